"""carereach assess and demo: the plans' rules tested, and what the results folder holds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .shared import Lang, Language, Study, explained, show, steps

if TYPE_CHECKING:
    from ..maps.extras import Extra
    from ..maps.saved import Saved
    from ..maps.turned import Pair

DEMO = ("tutorial", "yulin")


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
    report: Annotated[
        bool,
        typer.Option("--report", help="Also a report to hand in, as Word document and PDF, in the chosen language."),
    ] = False,
    template: Annotated[
        Path | None,
        typer.Option("--template", metavar="FILE.docx", help="Your own Word template for the report (docs/report.md)."),
    ] = None,
) -> None:
    """Tests the plans' rules: verdicts, statistics, a map and a figure."""
    asked: dict[Extra, bool] = {"layers": layers, "figures": figures, "report": report or template is not None}
    extras = tuple(extra for extra, wanted in asked.items() if wanted)
    assess_into(study, out, lang, every=all_rules, located=facilities, extras=extras, template=template)


@explained
def demo(
    lang: Language,
    out: Annotated[
        Path, typer.Option("--out", "-o", file_okay=False, help="Folder for the maps and the tables.")
    ] = Path("out"),
) -> None:
    """Assesses two embedded studies, offline: tutorial (fictional, complete) and yulin (real, a screening)."""
    from ..texts import text

    for study in DEMO:
        typer.echo(text(f"cli.demo-{study}", lang.value))
        assess_into(study, out / study, lang)


def assess_into(
    study: str,
    out: Path,
    lang: Lang,
    *,
    every: bool = False,
    located: Path | None = None,
    compare: bool = False,
    extras: tuple[Extra, ...] = (),
    template: Path | None = None,
) -> None:
    """Assesses and writes, or reads what an unchanged study gave; ``compare``: says what the located list turned."""
    from ..files import require_file, sha256
    from ..layers.study import find_study, read_settings
    from ..maps.saved import fingerprint, load
    from ..texts import text

    path = find_study(study)
    key = fingerprint(path, read_settings(path), lang.value)
    if located is not None:
        key += sha256(require_file(located))
    key += "".join(sorted(extras))
    if template is not None:
        key += _checked(template, out)
    pairs: tuple[Pair, ...] | None = None
    saved = None if compare else load(out, key)
    if saved is None:
        saved, pairs = _assessed(path, out, lang, key, located, compare, extras, template)
    else:
        typer.echo(text("cli.unchanged", lang.value, made=saved.made))
    _print(saved, pairs, out, lang, every=every)


def _checked(template: Path, out: Path) -> str:
    """The template's hash, once it is sure that a report can be written with it: before anything is computed."""
    from ..errors import InputError, Problem
    from ..files import sha256
    from ..maps.report.word_template import check_template
    from ..maps.report.write import WORD

    check_template(template)
    if template.resolve() == (out / WORD).resolve():
        raise InputError(Problem("word.template-is-report", template.name))
    return sha256(template)


def _assessed(
    path: Path,
    out: Path,
    lang: Lang,
    key: str,
    located: Path | None,
    compare: bool,
    extras: tuple[Extra, ...],
    template: Path | None,
) -> tuple[Saved, tuple[Pair, ...] | None]:
    """Assesses the study and writes all files; what was saved, and what the located list turned."""
    from ..coverage.assess import assess as assess_study
    from ..coverage.assess import verdicts_of
    from ..layers.study import open_study
    from ..maps.extras import write_extras
    from ..maps.outputs import write_outputs
    from ..maps.saved import save
    from ..maps.turned import turned

    pairs = None
    with steps(lang) as step:
        opened = open_study(path, step=step, located=located)
        assessment = assess_study(opened, step=step)
        if compare and opened.listed is not None:
            before = verdicts_of(replace(opened, facilities=opened.listed, said=()))
            pairs = turned(before, assessment.verdicts)
        files = tuple(write_outputs(assessment, out, lang.value, step))
        files += write_extras(assessment, out, lang.value, extras, template=template, step=step)
    show(assessment.problems, lang)
    return save(out, key, assessment, files, lang.value), pairs


def _print(saved: Saved, pairs: tuple[Pair, ...] | None, out: Path, lang: Lang, *, every: bool) -> None:
    """Verdicts, what would settle more, who is reached, and the files."""
    from rich.console import Console

    from ..maps.terminal import (
        terminal_baselines,
        terminal_ledger,
        terminal_summary,
        terminal_table,
        terminal_to_settle,
    )
    from ..maps.turned import turned_table
    from ..texts import text

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
    if saved.earlier:
        typer.echo(text("cli.earlier", lang.value, names=", ".join(saved.earlier)))
