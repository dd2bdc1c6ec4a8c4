"""``carereach site``: where the next stations should stand, proven as far as the time allows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .shared import Lang, Language, Study, explained, show, terminal

if TYPE_CHECKING:
    from ..scenarios.proposals.proposal import Proposal
    from ..scenarios.proposals.question import Model
    from ..scenarios.siting.clock import Step

FILES = {"scenario": "site.toml", "map": "site.html", "words": "site.md"}
NO_ANSWER = 1

Out = Annotated[Path, typer.Option("--out", "-o", file_okay=False, help="Folder for scenario, map, tables and words.")]


@explained
def site(
    study: Study,
    lang: Language,
    out: Out,
    cover: Annotated[
        float | None, typer.Option(metavar="MIN", help="Most people within so many minutes (facilities: km).")
    ] = None,
    cover_all: Annotated[
        float | None,
        typer.Option(metavar="MIN", help="Everybody within so many minutes (facilities: km), by the fewest."),
    ] = None,
    mean: Annotated[bool, typer.Option("--mean", help="The shortest mean time.")] = False,
    worst: Annotated[bool, typer.Option("--worst", help="The shortest longest time.")] = False,
    backup: Annotated[
        float | None, typer.Option(metavar="MIN", help="Most people within so many minutes of two stations.")
    ] = None,
    vehicles: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="So many more vehicles; most find a free one --within.")
    ] = None,
    mean_under: Annotated[
        list[str] | None,
        typer.Option(metavar="[ZONE=]MIN", help="Fewest stations with the mean below: urban=15, township=30, or 15."),
    ] = None,
    comply: Annotated[
        bool, typer.Option("--comply", help="Fewest changes after which the plans' rules are met.")
    ] = False,
    new: Annotated[int | None, typer.Option(metavar="N", help="How many new ones, at most.")] = None,
    within: Annotated[float | None, typer.Option(metavar="MIN", help="Minutes, for --vehicles.")] = None,
    all_within: Annotated[
        float | None, typer.Option(metavar="MIN", help="With --backup: everybody within so many minutes of one.")
    ] = None,
    busy: Annotated[float | None, typer.Option(help="Share of their time that vehicles are busy (0 to 1).")] = None,
    calls_per_day: Annotated[float | None, typer.Option(help="Instead of --busy: calls a day ...")] = None,
    job_min: Annotated[
        float | None, typer.Option(help="... minutes from the call until the vehicle is free ...")
    ] = None,
    staffed: Annotated[float | None, typer.Option(help="... and staffed vehicles, mean over the day.")] = None,
    demand: Annotated[str, typer.Option(help="Who is to be reached: residents, or facilities:KIND.")] = "residents",
    candidates: Annotated[
        str, typer.Option(help="A list (xlsx, csv), or junctions:COUNT, grid:KM, facilities:KIND.")
    ] = "junctions:200",
    kind: Annotated[str | None, typer.Option(help="What is opened there; without it, a station of the study.")] = None,
    ambulances: Annotated[float | None, typer.Option(help="Ambulances of each new station.")] = None,
    keep: Annotated[list[str] | None, typer.Option(help="A candidate that is decided already; several times.")] = None,
    avoid: Annotated[
        list[str] | None, typer.Option(help="A candidate not to be proposed, or a file of polygons; several times.")
    ] = None,
    budget: Annotated[float | None, typer.Option(help="What the new ones may cost together, by the list.")] = None,
    spacing: Annotated[
        float | None, typer.Option(metavar="KM", help="Least distance of a new one from any other.")
    ] = None,
    per_county_min: Annotated[int | None, typer.Option(min=0, help="Least number of stations in each county.")] = None,
    anew: Annotated[
        bool, typer.Option("--anew", help="As if none stood: those that stand are candidates too, others close.")
    ] = False,
    rules: Annotated[
        list[str] | None, typer.Option(help="With --comply: rules by id, or how the id begins; several times.")
    ] = None,
    move_cost: Annotated[
        float | None, typer.Option(help="With --comply: stations may move, at this cost (opening costs 1).")
    ] = None,
    ambulance_cost: Annotated[float, typer.Option(min=0, help="With --comply: cost of one more ambulance.")] = 0.1,
    within_percent: Annotated[
        float | None, typer.Option(min=0, help="Also list choices at most so many percent worse.")
    ] = None,
    curve: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Also the best for every number up to this; where it bends.")
    ] = None,
    time_limit: Annotated[float | None, typer.Option(metavar="SECONDS", help="Then the best so far is taken.")] = None,
    gap: Annotated[float, typer.Option(min=0, help="Relative gap that is good enough, 0.01 is 1 %.")] = 0.0,
) -> None:
    """Proposes sites, proves how good they are, and says what is nearly as good; can be interrupted."""
    from ..layers.study import find_study, open_study
    from ..scenarios.proposals.question import Question, busy_of
    from ..scenarios.proposals.site import site as propose

    of_people = demand == "residents"
    model, minutes = _model(cover, cover_all, mean, worst, backup, vehicles, mean_under, comply)
    asked = Question(
        model,
        new=vehicles if model == "vehicles" else new,
        within_min=within if model == "vehicles" else (minutes if of_people else None),
        within_km=None if of_people else minutes,
        all_within_min=all_within,
        busy=busy_of(busy, calls_per_day, job_min, staffed),
        demand=demand,
        candidates=candidates,
        kind=kind,
        ambulances=ambulances,
        keep=tuple(keep or ()),
        avoid=tuple(avoid or ()),
        budget=budget,
        spacing_km=spacing,
        per_county_min=per_county_min,
        anew=anew,
        mean_under=_targets(mean_under or []),
        rules=tuple(rules or ()),
        move_cost=move_cost,
        ambulance_cost=ambulance_cost,
        within_percent=within_percent,
        curve=curve,
        time_limit_s=time_limit,
        gap=gap,
    ).checked()
    with _progress(lang) as (step, progress):
        opened = open_study(find_study(study), step=step)
        proposal = propose(opened, asked, step=step, progress=progress)
    _report(proposal, study, out, lang)


def _model(
    cover: float | None,
    cover_all: float | None,
    mean: bool,
    worst: bool,
    backup: float | None,
    vehicles: int | None,
    mean_under: list[str] | None,
    comply: bool,
) -> tuple[Model, float | None]:
    """Which question is asked, and its minutes; :class:`~carereach.errors.InputError` unless it is one."""
    from ..errors import InputError, Problem

    asked: list[tuple[Model, bool, float | None]] = [
        ("cover", cover is not None, cover),
        ("cover-all", cover_all is not None, cover_all),
        ("mean", mean, None),
        ("worst", worst, None),
        ("backup", backup is not None, backup),
        ("vehicles", vehicles is not None, None),
        ("targets", bool(mean_under), None),
        ("comply", comply, None),
    ]
    given = [(model, minutes) for model, there, minutes in asked if there]
    if len(given) != 1:
        said = ", ".join(model for model, _ in given) or "—"
        raise InputError(Problem("site.one-question", params={"given": said}))
    return given[0]


def _targets(words: list[str]) -> tuple[tuple[str, float], ...]:
    """Means that are asked for: "urban=15", or "15" for the whole."""
    from ..errors import InputError, Problem

    found: list[tuple[str, float]] = []
    problems = []
    for word in words:
        zone, _, minutes = word.rpartition("=")
        zone = zone.strip() or "all"
        try:
            value = float(minutes)
        except ValueError:
            value = -1.0
        if zone not in ("all", "urban", "township") or not 0 < value < float("inf"):
            problems.append(Problem("site.zone-word", value=word))
        found.append((zone, value))
    if problems:
        raise InputError(problems)
    return tuple(found)


def _report(proposal: Proposal, study: str, out: Path, lang: Lang) -> None:
    """Writes the folder, then prints the paragraph and the table."""
    from rich.console import Console
    from rich.text import Text

    from ..files import write_text
    from ..maps.site_page import write_site_page
    from ..maps.site_tables import terminal_counties, terminal_curve, write_tables
    from ..maps.site_words import paragraphs
    from ..scenarios.proposals.scenario_text import scenario_text
    from ..texts import text

    files: list[Path] = []
    if proposal.scenario is not None:
        comment = text("site.scenario-comment", lang.value, study=study, file=FILES["scenario"])
        path = out / FILES["scenario"]
        write_text(path, scenario_text(proposal.scenario, [comment, *paragraphs(proposal, lang.value)]))
        files.append(path)
    files.append(write_site_page(proposal, out / FILES["map"], lang.value))
    files += write_tables(proposal, out, lang.value)
    words = out / FILES["words"]
    write_text(words, "\n\n".join("\n".join(paragraphs(proposal, each)) for each in ("zh", "en")) + "\n")
    if proposal.layout.problems:
        show(proposal.layout.problems, lang)
    console = Console(width=100, highlight=False)
    for said in paragraphs(proposal, lang.value):
        console.print(Text(said))
    console.print(terminal_counties(proposal, lang.value))
    if proposal.answer.curve is not None:
        console.print(terminal_curve(proposal, lang.value))
    for path in (*files, words):
        typer.echo(text("cli.wrote", lang.value, path=str(path)))
    if not proposal.answer.siting.found:
        raise typer.Exit(NO_ANSWER)


@contextmanager
def _progress(lang: Lang) -> Iterator[tuple[Callable[[str], None], Callable[[Step], None]]]:
    """A line that says what is done, and how far the search is."""
    from ..maps.site_words import progress_text
    from ..texts import text

    with terminal().status(text("cli.starting", lang.value)) as status:
        yield (
            lambda step: status.update(text(f"step.{step}", lang.value)),
            lambda step: status.update(progress_text(step, lang.value)),
        )
