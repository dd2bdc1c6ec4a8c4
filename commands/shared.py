"""What every command has: its language, its study, errors as lines, and a word on what is being done."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from functools import wraps
from typing import TYPE_CHECKING, Annotated, ParamSpec

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from ..errors import Problem
    from ..maps.steps import Told

P = ParamSpec("P")
BAD_INPUT = 2


class Lang(StrEnum):
    """Languages of messages and outputs."""

    zh = "zh"
    en = "en"


class Datum(StrEnum):
    """Datums that the coordinates of a list may be in."""

    wgs84 = "wgs84"
    gcj02 = "gcj02"
    bd09 = "bd09"


def default_lang() -> Lang:
    """Chinese where the system speaks it, else English; CARE_LANG decides where it is set."""
    spoken = next(
        (os.environ[key] for key in ("CARE_LANG", "LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(key)), ""
    )
    return Lang.zh if spoken.lower().startswith("zh") else Lang.en


Study = Annotated[str, typer.Argument(help="A study.toml, its folder, or an embedded study: tutorial, yulin, qinzhou.")]
Language = Annotated[
    Lang,
    typer.Option(
        "--lang",
        default_factory=default_lang,
        show_default="CARE_LANG, else the system's",
        help="Language of all that is written.",
    ),
]


def explained(command: Callable[P, None]) -> Callable[P, None]:
    """Wraps a command so that bad input is one line per problem and exit code 2, never a traceback."""

    @wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
        from ..errors import InputError, Problem

        lang = Lang(str(kwargs.get("lang") or default_lang().value))
        try:
            command(*args, **kwargs)
        except InputError as error:
            show(error.problems, lang)
            raise typer.Exit(BAD_INPUT) from error
        except BrokenPipeError:
            raise
        except OSError as error:
            reason = {"reason": error.strerror or str(error)}
            show((Problem("cli.disk", str(error.filename or ""), params=reason),), lang)
            raise typer.Exit(BAD_INPUT) from error

    return wrapped


def terminal() -> Console:
    from rich.console import Console

    return Console(stderr=True, highlight=False, soft_wrap=True)


def show(problems: tuple[Problem, ...], lang: Lang) -> None:
    """Prints problems, errors first, as plain text: nothing in a user's file is markup."""
    from rich.text import Text

    from ..texts import text

    console = terminal()
    for problem in sorted(problems, key=lambda p: p.level != "error"):
        style = "bold red" if problem.level == "error" else "yellow"
        label = text(f"cli.{problem.level}", lang.value)
        console.print(Text.assemble((label, style), "  ", problem.line(lang.value)))
    errors = sum(problem.level == "error" for problem in problems)
    console.print(Text(text("cli.count", lang.value, errors=errors, warnings=len(problems) - errors)))


@contextmanager
def steps(lang: Lang) -> Iterator[Told]:
    """A line on the terminal that says what is being done, while it is done."""
    from ..texts import Message, text

    console = terminal()
    with console.status(text("cli.starting", lang.value)) as status:

        def told(name: str, /, **values: object) -> None:
            status.update(Message(f"step.{name}", values).text(lang.value))

        yield told
