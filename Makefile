# make demo   installs what is needed into .venv, assesses the studies that come along, says where the map is
# make test   the same for the tests; ARGS="-k roads" passes options to pytest
# make lint types format guide lock   for engineers
# Another Python: make demo PYTHON=python3.12. All paths are relative: the folder's name may hold spaces.
PYTHON ?= python3
ARGS ?=
BIN := .venv/bin
PIP := @$(BIN)/python -m pip install -qq --disable-pip-version-check
LOCK := $(BIN)/pip-compile --quiet --strip-extras --allow-unsafe --generate-hashes --build-deps-for=editable \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host

.PHONY: demo test lint types format guide lock

demo: .venv/demo.installed
	$(BIN)/carereach demo

# The command and not `python -m pytest`, which would put the folder coverage/ in front of coverage.py.
test: .venv/test.installed
	$(BIN)/pytest --numprocesses auto --dist loadfile $(ARGS)

lint: .venv/test.installed
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports

# mypy sees a built copy: in the checkout itself the package's folder does not have the package's name.
types: .venv/test.installed
	rm -rf build
	$(PIP) --no-deps --no-build-isolation --target build/typed .
	$(BIN)/mypy

format: .venv/test.installed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# The guide as a site in build/guide, with screenshots of today's pages (needs Chromium).
guide: .venv/test.installed
	$(BIN)/python docs/make_guide.py build/guide

# Pins anew, after a change of pyproject.toml; LOCK_ARGS=--upgrade also takes newer versions.
lock: .venv/test.installed
	$(PIP) pip-tools
	$(LOCK) $(LOCK_ARGS) --output-file requirements.txt pyproject.toml
	$(LOCK) $(LOCK_ARGS) --extra dev --constraint requirements.txt --output-file requirements-dev.txt pyproject.toml

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "carereach needs Python 3.11 or newer: make PYTHON=python3.11 ..." >&2; exit 1; }
	$(PYTHON) -m venv .venv

# A stamp is younger than the requirements it installed, so a second `make` installs nothing.
.venv/demo.installed: .venv/bin/python requirements.txt pyproject.toml
	@echo "Installing requirements.txt into .venv: some minutes the first time ..."
	$(PIP) --require-hashes -r requirements.txt
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

.venv/test.installed: .venv/bin/python requirements-dev.txt pyproject.toml
	@echo "Installing requirements-dev.txt into .venv: some minutes the first time ..."
	$(PIP) --require-hashes -r requirements-dev.txt
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@
