"""The package as an installed thing: its dependencies, its parts, and what the checkout promises about both."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

import carereach

HEAVY = ("numpy", "pandas", "geopandas", "shapely", "pyproj", "rasterio", "pydantic", "scipy", "networkx", "matplotlib")
CONDA_NAMES = {"osmium": "pyosmium", "h3": "h3-py"}
PIN = re.compile(r"^([a-z0-9._-]+)==(\S+) \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", re.MULTILINE)
NOT_IN_THE_PACKAGE = {"tests", "benchmarks", "examples", "docs", ".ci"}


@pytest.fixture(scope="session")
def pyproject(repo: Path) -> dict[str, Any]:
    return tomllib.loads((repo / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def tracked(repo: Path) -> list[PurePosixPath]:
    """The files of the checkout, as git knows them."""
    done = subprocess.run(["git", "ls-files", "-z"], cwd=repo, capture_output=True, text=True, check=True)
    return [PurePosixPath(name) for name in done.stdout.split("\0") if name and (repo / name).exists()]


def run_python(code: str, *, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], cwd=cwd, capture_output=True, text=True, timeout=60)


def heavy_modules_after(code: str) -> set[str]:
    """The heavy modules that a fresh Python has loaded once it has run ``code``."""
    done = run_python(f"import sys\n{code}\nprint('>', *(name for name in {HEAVY!r} if name in sys.modules))")
    assert done.returncode == 0, done.stderr
    return set(done.stdout.splitlines()[-1].split()[1:])


def test_import_is_light() -> None:
    assert heavy_modules_after("import carereach; dir(carereach); carereach.layers, carereach.coverage") == set()


def test_help_is_light() -> None:
    code = """
from carereach.cli import main
sys.argv = ["carereach", "--help"]
try:
    main()
except SystemExit as end:
    assert not end.code
"""
    assert heavy_modules_after(code) == set()


def test_the_measure_sees_a_heavy_module() -> None:
    assert "numpy" in heavy_modules_after("import numpy")


def test_installed_package_is_this_checkout(repo: Path) -> None:
    assert carereach.__file__ is not None
    assert Path(carereach.__file__).resolve().parent == repo


@pytest.mark.parametrize("name", carereach.__all__)
def test_facade_gives_every_name_it_lists(name: str) -> None:
    assert name in dir(carereach)
    assert getattr(carereach, name) is not None


def test_facade_gives_modules_without_further_import() -> None:
    done = run_python(
        "import carereach as cr\n"
        "for thing in (cr.layers.roads.read_osm, cr.coverage.times.travel_times, cr.coverage.isochrones.isochrones,"
        " cr.layers.datum.gcj02_to_wgs84): print(thing.__module__)"
    )
    assert done.stdout.split() == [
        "carereach.layers.roads.osm",
        "carereach.coverage.times",
        "carereach.coverage.isochrones",
        "carereach.layers.datum",
    ], done.stderr


def typed_names(repo: Path, package: str) -> set[str]:
    """The names that a package's ``__init__.py`` shows to type checkers alone."""
    tree = ast.parse((repo.joinpath(*package.split(".")[1:]) / "__init__.py").read_text(encoding="utf-8"))
    guarded = [node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"]
    imports = [node for block in guarded for node in block.body if isinstance(node, ast.ImportFrom)]
    return {alias.asname or alias.name for node in imports for alias in node.names}


def test_names_for_type_checkers_exist_at_run_time(repo: Path, pyproject: dict[str, Any]) -> None:
    packages = pyproject["tool"]["setuptools"]["packages"]
    for package in packages:
        assert typed_names(repo, package) == set(getattr(import_module(package), "__all__", ())), package
        for name in typed_names(repo, package):
            assert getattr(import_module(package), name) is not None, f"{package}.{name}"


def test_unknown_names_are_attribute_errors() -> None:
    for package in ("carereach", "carereach.layers", "carereach.layers.roads", "carereach.coverage"):
        module = import_module(package)
        for name in ("no_such_name", "__wrapped__", "_private"):
            with pytest.raises(AttributeError, match=f"{package}.*{name}"):
                getattr(module, name)


def test_coverage_room_is_not_taken_for_coverage_py(repo: Path) -> None:
    done = run_python("import coverage", cwd=repo)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("ImportError: This folder is carereach.coverage, not coverage.py")
    assert "`pytest`" in done.stderr


def test_every_package_folder_is_listed(tracked: list[PurePosixPath], pyproject: dict[str, Any]) -> None:
    folders = {file.parent for file in tracked if file.suffix == ".py" and file.parts[0] not in NOT_IN_THE_PACKAGE}
    assert {".".join(("carereach", *folder.parts)) for folder in folders} == set(
        pyproject["tool"]["setuptools"]["packages"]
    )


def test_every_data_file_of_a_package_is_packed(tracked: list[PurePosixPath], pyproject: dict[str, Any]) -> None:
    setuptools = pyproject["tool"]["setuptools"]
    folders = {PurePosixPath(*name.split(".")[1:]) for name in setuptools["packages"]} - {PurePosixPath()}
    folders.add(PurePosixPath("messages"))
    patterns = [
        str(PurePosixPath(*package.split(".")[1:]) / pattern)
        for package, of_package in setuptools["package-data"].items()
        for pattern in of_package
    ]
    loose = [
        str(file)
        for file in tracked
        if file.suffix != ".py"
        and folders.intersection(file.parents)
        and not any(len(file.parts) == pattern.count("/") + 1 and file.match(pattern) for pattern in patterns)
    ]
    assert loose == []


def conda_dependencies(repo: Path) -> tuple[set[str], set[str]]:
    """The entries of environment.yml's two lists: from conda-forge, and from pip."""
    text = (repo / "environment.yml").read_text(encoding="utf-8")
    return set(re.findall(r"^  - ([^:\n]+)$", text, re.MULTILINE)[1:]), set(
        re.findall(r"^      - (.+)$", text, re.MULTILINE)
    )


def test_conda_environment_equals_pyproject(repo: Path, pyproject: dict[str, Any]) -> None:
    conda, pip = conda_dependencies(repo)
    wanted = {re.match(r"[\w-]+", line)[0]: line for line in pyproject["project"]["dependencies"]}  # type: ignore[index]
    from_pip = {"docxtpl", "folium-offline", "typst", "zhplot"}
    assert pip == {wanted[name] for name in from_pip} | {"--editable ."}
    renamed = {
        line.replace(name, CONDA_NAMES.get(name, name), 1) for name, line in wanted.items() if name not in from_pip
    }
    assert conda == renamed | {"pip", "python" + pyproject["project"]["requires-python"]}


def pins(repo: Path, name: str) -> dict[str, str]:
    """Package -> version of a requirements file, every line of which must be a pin with hashes or a comment."""
    text = (repo / name).read_text(encoding="utf-8")
    rest = [line for line in PIN.sub("", text).splitlines() if line and not line.lstrip().startswith("#")]
    assert rest == [], f"{name}: neither a pin with hashes nor a comment"
    return {package: version for package, version, _ in PIN.findall(text)}


def test_requirements_pin_every_dependency(repo: Path, pyproject: dict[str, Any]) -> None:
    run, dev = pins(repo, "requirements.txt"), pins(repo, "requirements-dev.txt")
    project = pyproject["project"]
    assert _names(project["dependencies"]) | {"setuptools"} <= run.keys()
    assert _names(project["optional-dependencies"]["dev"]) <= dev.keys()
    assert run.items() <= dev.items()


def _names(dependencies: list[str]) -> set[str]:
    return {re.split(r"[<>=~!\[; ]", line, maxsplit=1)[0] for line in dependencies}


def test_readme_commands_are_those_that_ci_runs(repo: Path) -> None:
    readme = (repo / "README.md").read_text(encoding="utf-8")
    commands = re.findall(r"^```(?:sh|console)\n(.+?)```", readme, re.MULTILINE | re.DOTALL)[0].split("\n")
    typed = [line.partition("#")[0].strip() for line in commands if line]
    assert typed == ["make demo", "make test"]
    ci = (repo / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert set(typed) <= set(ci)


def test_no_path_of_one_machine_and_no_registry_host(repo: Path, tracked: list[PurePosixPath]) -> None:
    found = []
    unwanted = re.compile(
        r"(?<![\w.])/(?:work|farm|root|tmp|home)/|\b[A-Z]:\\Users|pypi\.org|pythonhosted\.org|anaconda\.(?:org|com)"
        r"|(?:deb|security)\.debian\.org|registry\.npmjs"
    )
    for name in tracked:
        content = (repo / name).read_bytes()
        if b"\0" in content[:8192]:
            continue
        for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), 1):
            if match := unwanted.search(line):
                found.append(f"{name}:{number}: {match[0]}")
    assert not found, "\n".join(found)


def run_without_real_inputs(repo: Path, checkout: Path, required: str) -> str:
    """What pytest says of a test that needs real inputs, in a checkout that has none beside it."""
    (checkout / "tests").mkdir(parents=True)
    for name in ("conftest.py", "browser.py"):
        shutil.copy(repo / "tests" / name, checkout / "tests")
    (checkout / "tests" / "test_it.py").write_text("def test_it(shared_data):\n    assert False\n", encoding="utf-8")
    done = subprocess.run(
        [
            sys.executable,
            "-P",
            "-m",
            "pytest",
            "-q",
            "-ra",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:randomly",
            str(checkout),
        ],
        cwd=checkout,
        env={**os.environ, "CARE_DATA_REQUIRED": required},
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.stdout


def test_absent_real_inputs_skip_with_a_reason(repo: Path, tmp_path: Path) -> None:
    said = run_without_real_inputs(repo, tmp_path / "checkout", "")
    assert "1 skipped" in said
    assert "../shared/data is absent" in said


def test_absent_real_inputs_fail_where_they_are_required(repo: Path, tmp_path: Path) -> None:
    said = run_without_real_inputs(repo, tmp_path / "checkout", "1")
    assert "1 error" in said
    assert "../shared/data is absent" in said
