"""The command line: thin, with the words of the Python API."""

from __future__ import annotations

from importlib.metadata import version
from typing import Annotated

import typer

app = typer.Typer(name="carereach", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(version("carereach"))
        raise typer.Exit


@app.callback()
def carereach(
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """How far care reaches: tests a health plan's spatial goals on a real road network."""


def main() -> None:
    """Runs the command that the user typed."""
    app()
