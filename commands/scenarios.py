"""``carereach run`` and ``carereach compare``: many futures, and which is best."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .shared import Lang, Language, explained, show, steps, terminal

if TYPE_CHECKING:
    from ..maps.compare.study import ComparedStudy
    from ..scenarios.batch import RunReport
    from ..scenarios.compare import Comparison

FAILED = 1
DEFAULT_MEASURE = "net_15"
DEFAULT_TOP = 20

Out = Annotated[Path, typer.Option("--out", "-o", file_okay=False, help="Folder for the results.")]
Measure = Annotated[
    str,
    typer.Option("--by", help="What ranks them: net_15 (gained less lost), net_30, gained_15, mean_min, met, cost ..."),
]
Unit = Annotated[str, typer.Option("--unit", help="Rank by the measures of this county or zone.")]
Top = Annotated[int, typer.Option("--top", min=1, help="How many scenarios the terminal lists.")]
Where = Annotated[
    list[str] | None,
    typer.Option("--where", metavar="LABEL=VALUE", help="Only scenarios of a sweep with this label, growth=high."),
]


@explained
def run(
    lang: Language,
    out: Out,
    study: Annotated[
        str | None, typer.Argument(help="A study.toml, its folder, or an embedded study: tutorial, yulin, qinzhou.")
    ] = None,
    scenarios: Annotated[list[Path] | None, typer.Argument(help="Scenario files (TOML).")] = None,
    open_at: Annotated[
        list[str] | None, typer.Option("--open", metavar="LON,LAT", help="Try a new station here; several together.")
    ] = None,
    close: Annotated[
        list[str] | None, typer.Option("--close", metavar="FACILITY", help="Try without this facility.")
    ] = None,
    ambulances: Annotated[
        float | None, typer.Option(min=0, help="How many ambulances each station of --open has.")
    ] = None,
    candidates: Annotated[
        str | None,
        typer.Option(help="Rank sites: a list (xlsx, csv), or junctions:COUNT, grid:KM, facilities:KIND."),
    ] = None,
    pairs: Annotated[bool, typer.Option("--pairs", help="Try every pair of candidates.")] = False,
    again: Annotated[
        Path | None, typer.Option("--from", metavar="DIR", help="Reproduce the results of this folder.")
    ] = None,
    draws: Annotated[int, typer.Option(min=0, help="How often to draw uncertain speeds, turnout and people.")] = 0,
    seed: Annotated[int, typer.Option(min=0, help="Where the draws begin.")] = 0,
    workers: Annotated[int, typer.Option(help="Processes on this machine.")] = 1,
    scheduler: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="A Dask scheduler instead, tcp://host:8786.")
    ] = None,
    by: Measure = DEFAULT_MEASURE,
    unit: Unit = "",
    top: Top = DEFAULT_TOP,
) -> None:
    """Tries scenarios, or answers single questions without a file; goes on where it was interrupted."""
    from ..errors import InputError, Problem
    from ..scenarios.asked import Asked
    from ..scenarios.batch import run as run_batch
    from ..scenarios.batch import run_again
    from ..texts import text

    if (again is not None) == any((study, scenarios, open_at, close, candidates)):
        raise InputError(Problem("run.study-or-from"))
    with _progress(lang) as progress:
        if again is not None:
            report = run_again(again, out, workers=workers, scheduler=scheduler, progress=progress)
        else:
            asked = Asked(
                study=str(study),
                files=tuple(str(path) for path in scenarios or ()),
                open=tuple(open_at or ()),
                close=tuple(close or ()),
                ambulances=ambulances,
                candidates=candidates,
                choose=2 if pairs else 1,
                draws=draws,
                seed=seed,
            )
            report = run_batch(asked, out, workers=workers, scheduler=scheduler, progress=progress)
    if report.problems:
        show(report.problems, lang)
    counts = {"scenarios": report.scenarios, "computed": report.computed, "kept": report.kept}
    typer.echo(text("run.done", lang.value, **counts))
    _compare([out], out, lang, by, unit, top)
    _say_failures(report, lang)


@explained
def compare(
    folders: Annotated[list[Path], typer.Argument(help="Results folders of carereach run.")],
    lang: Language,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", file_okay=False, help="Folder for the tables and the page.")
    ] = None,
    by: Measure = DEFAULT_MEASURE,
    unit: Unit = "",
    where: Where = None,
    top: Top = DEFAULT_TOP,
    between: Annotated[
        tuple[str, str] | None, typer.Option("--between", metavar="A B", help="The second against the first, by name.")
    ] = None,
    figures: Annotated[
        bool, typer.Option("--figures", help="Also maps for print: before and after the best, minutes gained and lost.")
    ] = False,
) -> None:
    """Scenarios side by side: what each gains, loses, costs and turns, per county; tables and a page."""
    target = out or folders[0]
    if between is not None:
        _between(folders, target, lang, between)
    else:
        _compare(folders, target, lang, by, unit, top, where or [], figures=figures)


def _compare(
    folders: list[Path],
    out: Path,
    lang: Lang,
    by: str,
    unit: str,
    top: int,
    where: list[str] | None = None,
    *,
    figures: bool = False,
) -> None:
    """Compares, writes the tables and the page, and prints the ranking; or the answer, where one question was asked."""
    from ..maps.compare.page import write_compare_page
    from ..maps.compare.study import study_of
    from ..maps.compare.tables import write_comparison
    from ..maps.compare.terminal import refused_problems
    from ..scenarios.compare import compare as compare_folders
    from ..scenarios.filters import conditions, filtered

    with steps(lang) as step:
        step("comparison")
        wanted = conditions(where or [])
        comparison = filtered(compare_folders(folders, measure=by, unit=unit), wanted)
        study = study_of(folders[0])
        files = write_comparison(comparison, out, lang.value, study)
        page = write_compare_page(comparison, folders, out / "compare.html", lang.value, study)
        drawn = _figures(comparison, folders, out, lang, study) if figures else ()
    problems = refused_problems(comparison)
    if problems:
        show(problems, lang)
    _print_comparison(comparison, study, lang, top)
    _say_written((*files, page, *drawn), lang)


def _figures(
    comparison: Comparison, folders: list[Path], out: Path, lang: Lang, study: ComparedStudy
) -> tuple[Path, ...]:
    """Maps for print; each PNG has an SVG beside it."""
    from ..maps.atlas.scenario_maps import write_scenario_figures

    pngs = write_scenario_figures(comparison, folders, out, lang.value, study)
    return tuple(file for png in pngs.values() for file in (png, png.with_suffix(".svg")))


def _print_comparison(comparison: Comparison, study: ComparedStudy, lang: Lang, top: int) -> None:
    from rich.console import Console

    from ..maps.compare.terminal import (
        best,
        terminal_answer,
        terminal_best,
        terminal_comparison,
        terminal_notes,
    )

    console = Console(width=100, highlight=False)
    answer = terminal_answer(comparison, study, lang.value)
    for line in answer:
        console.print(line)
    if answer:
        return
    console.print(terminal_comparison(comparison, lang.value, top=top))
    for said in terminal_notes(comparison, lang.value, top=top):
        console.print(said)
    row = best(comparison)
    if row is not None:
        for line in terminal_best(comparison, row, study, lang.value):
            console.print(line)


def _between(folders: list[Path], out: Path, lang: Lang, names: tuple[str, str]) -> None:
    from rich.console import Console

    from ..maps.compare.tables import write_difference
    from ..maps.compare.terminal import named, terminal_difference
    from ..scenarios.between import between

    difference = between(folders, named(names[0]), named(names[1]))
    console = Console(width=100, highlight=False)
    for line in terminal_difference(difference, lang.value):
        console.print(line)
    _say_written(write_difference(difference, out, lang.value), lang)


def _say_written(files: tuple[Path, ...], lang: Lang) -> None:
    from ..texts import text

    for path in files:
        typer.echo(text("cli.wrote", lang.value, path=str(path)))


def _say_failures(report: RunReport, lang: Lang) -> None:
    """Scenarios that carereach itself failed on: said, and the exit code says so too."""
    from ..errors import Problem

    if report.failed:
        show(tuple(Problem("run.failed", value=name, params={"reason": why}) for name, why in report.failed), lang)
        raise typer.Exit(FAILED)


@contextmanager
def _progress(lang: Lang) -> Iterator[Callable[[int, int], None]]:
    """A bar with how many are done and the time that is left."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    from ..texts import text

    counts = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(TextColumn("{task.description}"), *counts, console=terminal()) as bar:
        task = bar.add_task(text("step.scenarios", lang.value), total=None)

        def progress(done: int, total: int) -> None:
            bar.update(task, description=text("run.progress", lang.value), completed=done, total=total)

        yield progress
