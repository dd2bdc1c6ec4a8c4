"""The command line: thin, with the words of the Python API. Heavy imports happen inside the commands."""

from __future__ import annotations

from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .commands.scenarios import compare, run
from .commands.shared import BAD_INPUT, Datum, Lang, Language, Study, explained, show, steps, terminal
from .commands.siting import site

if TYPE_CHECKING:
    from carereach.layers.study import Study as OpenedStudy
    from carereach.maps.extras import Extra
    from carereach.maps.turned import Pair

app = typer.Typer(name="carereach", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
DEMO = ("tutorial", "yulin")


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


@app.command()
@explained
def assess(
    study: Study,
    lang: Language,
    out: Annotated[Path, typer.Option("--out", "-o", file_okay=False, help="Folder for the map and the tables.")],
    all_rules: Annotated[
        bool, typer.Option("--all-rules", help="Print every rule and unit, also what cannot be told.")
    ] = False,
    facilities: Annotated[
        Path | None, typer.Option("--facilities", help="A located list of carereach geocode: its places stand in.")
    ] = None,
    layers: Annotated[
        bool, typer.Option("--layers", help="Also layers for QGIS: GeoPackage with styles, GeoParquet, GeoTIFF.")
    ] = False,
    figures: Annotated[
        bool, typer.Option("--figures", help="Also figures: people against minutes, Lorenz curve, verdicts by county.")
    ] = False,
) -> None:
    """Tests the plans' rules: verdicts, statistics, a map and a figure."""
    asked: dict[Extra, bool] = {"layers": layers, "figures": figures}
    extras = tuple(extra for extra, wanted in asked.items() if wanted)
    _assess(study, out, lang, every=all_rules, located=facilities, extras=extras)


@app.command()
@explained
def demo(
    lang: Language,
    out: Annotated[
        Path, typer.Option("--out", "-o", file_okay=False, help="Folder for the maps and the tables.")
    ] = Path("out"),
) -> None:
    """Assesses two embedded studies, offline: tutorial (fictional, complete) and yulin (real, a screening)."""
    from carereach.texts import text

    for study in DEMO:
        typer.echo(text(f"cli.demo-{study}", lang.value))
        _assess(study, out / study, lang)


def _assess(
    study: str,
    out: Path,
    lang: Lang,
    *,
    every: bool = False,
    located: Path | None = None,
    compare: bool = False,
    extras: tuple[Extra, ...] = (),
) -> None:
    """Assesses and writes, or reads what an unchanged study gave; ``compare``: says what the located list turned."""
    from rich.console import Console

    from carereach.coverage.assess import assess as assess_study
    from carereach.coverage.assess import verdicts_of
    from carereach.files import require_file, sha256
    from carereach.layers.study import find_study, open_study, read_settings
    from carereach.maps.extras import write_extras
    from carereach.maps.outputs import write_outputs
    from carereach.maps.saved import fingerprint, load, save
    from carereach.maps.terminal import (
        terminal_baselines,
        terminal_ledger,
        terminal_summary,
        terminal_table,
        terminal_to_settle,
    )
    from carereach.maps.turned import turned, turned_table
    from carereach.texts import text

    path = find_study(study)
    key = fingerprint(path, read_settings(path), lang.value)
    if located is not None:
        key += sha256(require_file(located))
    key += "".join(sorted(extras))
    pairs: tuple[Pair, ...] | None = None
    saved = None if compare else load(out, key)
    if saved is None:
        with steps(lang) as step:
            opened = open_study(path, step=step, located=located)
            assessment = assess_study(opened, step=step)
            if compare and opened.listed is not None:
                before = verdicts_of(replace(opened, facilities=opened.listed, said=()))
                pairs = turned(before, assessment.verdicts)
            step("outputs")
            files = (*write_outputs(assessment, out, lang.value), *write_extras(assessment, out, lang.value, extras))
        show(assessment.problems, lang)
        saved = save(out, key, assessment, files, lang.value)
    else:
        typer.echo(text("cli.unchanged", lang.value, made=saved.made))
    console = Console(width=100, highlight=False)
    console.print(terminal_table(saved.verdicts, lang.value, every=every))
    for line in terminal_summary(saved.verdicts, saved.skipped, lang.value, every=every):
        console.print(line)
    lacking = terminal_to_settle(saved.to_settle, lang.value)
    if lacking is not None:
        console.print(lacking)
    for line in terminal_baselines(saved.baselines, lang.value):
        console.print(line)
    console.print(terminal_ledger(saved.ledger, lang.value))
    for said in saved.basis:
        typer.echo(said)
    if pairs is not None:
        typer.echo(text("cli.turned" if pairs else "cli.turned-none", lang.value, count=len(pairs)))
        console.print(turned_table(pairs, lang.value))
    for name in saved.files:
        typer.echo(text("cli.wrote", lang.value, path=str(out / name)))


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
        _assess(study or str(file), out, lang, located=out / "located.xlsx", compare=True)


app.command()(run)
app.command()(compare)
app.command()(site)


def main() -> None:
    """Runs the command that the user typed."""
    app()
