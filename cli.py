"""The command line: thin, with the words of the Python API. Heavy imports happen inside the commands."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .commands.assess import assess, assess_into, demo
from .commands.scenarios import compare, run
from .commands.shared import BAD_INPUT, Datum, Lang, Language, Study, explained, show, steps, terminal
from .commands.siting import site

if TYPE_CHECKING:
    from carereach.layers.study import Study as OpenedStudy

app = typer.Typer(name="carereach", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"carereach {version('carereach')}")
        raise typer.Exit


@app.callback()
def carereach(
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """How far care reaches: tests a health plan's spatial goals on a real road network."""


@app.command()
@explained
def check(
    study: Study,
    lang: Language,
    template: Annotated[
        Path | None,
        typer.Option("--template", file_okay=False, help="Folder for empty Excel tables that the plans need."),
    ] = None,
) -> None:
    """Reads every layer and plan, says what is wrong and where; changes nothing."""
    from carereach.coverage.check import check_study
    from carereach.texts import text

    with steps(lang) as step:
        opened, problems = check_study(study, step=step)
    show(problems, lang)
    if opened is None:
        raise typer.Exit(BAD_INPUT)
    for line in opened.summary(lang.value):
        typer.echo(line)
    typer.echo(text("cli.check-passed", lang.value))
    if template is not None:
        _write_templates(opened.study, template, lang)


def _write_templates(study: OpenedStudy, folder: Path, lang: Lang) -> None:
    from carereach.maps.templates import settings_for, write_templates
    from carereach.texts import text

    files = write_templates(study, folder, lang.value)
    for file in files:
        typer.echo(text("cli.wrote", lang.value, path=str(file)))
    typer.echo(text("template.next" if files else "template.none", lang.value))
    for line in settings_for(files, lang.value):
        typer.echo(line)


app.command()(assess)
app.command()(demo)


@app.command()
@explained
def fetch(
    study: Study,
    lang: Language,
    refresh: Annotated[bool, typer.Option("--refresh", help="Download again what is there already.")] = False,
) -> None:
    """Downloads the roads and the population raster that a study's fetch table names; can be interrupted."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from carereach.layers.boundaries import read_boundaries
    from carereach.layers.fetch import fetch as download
    from carereach.layers.study import find_study, read_settings
    from carereach.texts import text

    path = find_study(study)
    settings = read_settings(path)
    counties = None
    if settings.boundaries.path is not None:
        counties = read_boundaries(settings.boundaries, path.parent, None).frame.to_crs(4326)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=terminal()) as bar:
        tasks = {}

        def progress(done: int, total: int, label: str) -> None:
            if label not in tasks:
                tasks[label] = bar.add_task(text(label, lang.value), total=None)
            bar.update(tasks[label], completed=done, total=total or None)

        report = download(settings, path.parent, counties, progress=progress, refresh=refresh)
    show(report.problems, lang)
    for fetched in (report.roads, report.population):
        if fetched is not None:
            typer.echo(text("cli.wrote", lang.value, path=str(fetched.path)))


@app.command()
@explained
def geocode(
    file: Annotated[
        Path, typer.Argument(help="The facility list (xlsx, xls or csv), or a study: then its own list is placed.")
    ],
    lang: Language,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the located list and the review file.")],
    study: Annotated[
        str | None, typer.Option(help="The study the facilities belong to: its ground is checked.")
    ] = None,
    providers: Annotated[
        str, typer.Option(help="Whom to ask, with commas: tianditu, amap, baidu, nominatim, gazetteer, or FILE.toml.")
    ] = "",
    offline: Annotated[bool, typer.Option("--offline", help="Ask nobody; use the answers there are.")] = False,
    datum: Annotated[
        Datum | None, typer.Option(help="The datum of coordinates in the list, where the list does not say it.")
    ] = None,
    review: Annotated[
        Path | None, typer.Option(help="A review file with your decisions, if not in the folder.")
    ] = None,
    assess: Annotated[
        bool, typer.Option("--assess", help="Then assess the study with the places found, into the same folder.")
    ] = False,
) -> None:
    """Places a facility list, says what can be trusted, and writes a review file for the rest; can be interrupted."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from carereach.errors import InputError, Problem
    from carereach.layers.geocode.run import geocode as place
    from carereach.layers.geocode.setting import is_study
    from carereach.maps.review_page import write_review_page
    from carereach.texts import text

    if assess and study is None and not is_study(file):
        raise InputError(Problem("geocode.assess-without-study", file.name))
    names = [name.strip() for name in providers.split(",") if name.strip()]
    rate = TextColumn("{task.fields[rate]}")
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), rate, TimeRemainingColumn())
    with Progress(*columns, console=terminal()) as bar:
        task = bar.add_task(text("cli.geocoding", lang.value), total=None, rate="")

        def progress(done: int, total: int, label: str) -> None:
            speed = bar.tasks[0].speed or 0.0
            said = text("cli.per-second", lang.value, rate=f"{speed:.1f}")
            bar.update(task, description=text(label, lang.value), completed=done, total=total, rate=said)

        result = place(
            file,
            study=study,
            providers=names,
            offline=offline,
            out=out,
            datum=datum.value if datum else None,
            review=review,
            progress=progress,
        )
    page = write_review_page(result, out / "review.html", lang.value)
    show(result.problems, lang)
    counts = result.counts
    typer.echo(
        text("cli.geocoded", lang.value, accept=counts["accept"], review=counts["review"], reject=counts["reject"])
    )
    for path in (*result.files, page):
        typer.echo(text("cli.wrote", lang.value, path=str(path)))
    if assess:
        assess_into(study or str(file), out, lang, located=out / "located.xlsx", compare=True)


app.command()(run)
app.command()(compare)
app.command()(site)


def main() -> None:
    """Runs the command that the user typed."""
    app()
