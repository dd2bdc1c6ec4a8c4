"""Writes commands.md beside this file: every command with its options, as the command line itself explains them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from carereach.cli import app
from carereach.files import write_text

OPENING = """\
# Every command

This page is made from the command line's own help: `python docs/make_commands.py` writes it anew.

Every command speaks Chinese or English (`--lang zh`, `--lang en`, or the variable `CARE_LANG`). It ends with 0 when
all went well, with 2 when something in the input must be mended (one message for each mistake: file, place, value, way
out), with 130 when it was interrupted.
"""
PLAIN = {"TYPER_USE_RICH": "0", "COLUMNS": "100", "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"}


def page() -> str:
    """The whole page as Markdown."""
    names = [info.name or getattr(info.callback, "__name__", "") for info in app.registered_commands]
    return OPENING + "".join(f"\n## {name}\n\n```text\n{_help(name)}\n```\n" for name in names)


def _help(name: str) -> str:
    """What ``carereach NAME --help`` prints."""
    command = [sys.executable, "-c", "from carereach.cli import main; main()", name, "--help"]
    done = subprocess.run(command, check=True, capture_output=True, encoding="utf-8", env={**os.environ, **PLAIN})
    return done.stdout.replace("Usage: -c ", "Usage: carereach ").strip()


if __name__ == "__main__":
    write_text(Path(__file__).with_name("commands.md"), page())
