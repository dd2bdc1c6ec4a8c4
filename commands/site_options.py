"""The options of ``carereach site``, as one dataclass, and the question they make."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any, Concatenate, ParamSpec, TypeVar, get_type_hints

import typer

if TYPE_CHECKING:
    from ..scenarios.proposals.question import Model, Question

P = ParamSpec("P")
O = TypeVar("O")  # noqa: E741 - the options
TIME_LIMIT_S = 120.0

ASKED, WHO, CONDITIONS, COMPLY, PROOF = (
    "The question (one of them)",
    "For whom, and where",
    "Conditions",
    "With --comply",
    "Nearly as good, time and proof",
)


def _in(panel: str, text: str, metavar: str | None = None, **more: Any) -> Any:  # noqa: ANN401 - typer's own
    return typer.Option(help=text, metavar=metavar, rich_help_panel=panel, **more)


@dataclass(frozen=True)
class SiteOptions:
    """What ``carereach site`` can be told; each field is an option of the same name."""

    cover: Annotated[float | None, _in(ASKED, "Most people within so many minutes (facilities: km).", "MIN")] = None
    cover_all: Annotated[
        float | None, _in(ASKED, "Everybody within so many minutes (facilities: km), by the fewest.", "MIN")
    ] = None
    mean: Annotated[bool, typer.Option("--mean", help="The shortest mean time.", rich_help_panel=ASKED)] = False
    worst: Annotated[bool, typer.Option("--worst", help="The shortest longest time.", rich_help_panel=ASKED)] = False
    backup: Annotated[float | None, _in(ASKED, "Most people within so many minutes of two stations.", "MIN")] = None
    vehicles: Annotated[
        int | None, _in(ASKED, "So many more vehicles; most people find a free one --within.", "N", min=1)
    ] = None
    mean_under: Annotated[
        list[str] | None,
        _in(ASKED, "Fewest stations with the mean below: urban=15, township=30, or 15.", "[ZONE=]MIN"),
    ] = None
    comply: Annotated[
        bool,
        typer.Option("--comply", help="Fewest changes after which the plans' rules are met.", rich_help_panel=ASKED),
    ] = False

    new: Annotated[int | None, _in(WHO, "How many new ones, at most.", "N")] = None
    demand: Annotated[str, _in(WHO, "Who is to be reached: residents, or facilities:KIND.")] = "residents"
    candidates: Annotated[str, _in(WHO, "A list (xlsx, csv), or junctions:COUNT, grid:KM, facilities:KIND.")] = (
        "junctions:200"
    )
    kind: Annotated[str | None, _in(WHO, "What is opened there; without it, a station of the study.")] = None
    ambulances: Annotated[float | None, _in(WHO, "Ambulances of each new station.")] = None
    anew: Annotated[
        bool,
        typer.Option(
            "--anew",
            help="As if none stood: those that stand are candidates too, others close.",
            rich_help_panel=WHO,
        ),
    ] = False

    keep: Annotated[list[str] | None, _in(CONDITIONS, "A candidate that is decided already; several times.")] = None
    avoid: Annotated[
        list[str] | None,
        _in(CONDITIONS, "A candidate not to be proposed, or a file of polygons; several times."),
    ] = None
    budget: Annotated[float | None, _in(CONDITIONS, "What the new ones may cost together, by the list.")] = None
    spacing: Annotated[float | None, _in(CONDITIONS, "Least distance of a new one from any other.", "KM")] = None
    per_county_min: Annotated[int | None, _in(CONDITIONS, "Least number of stations in each county.", min=0)] = None
    capacity: Annotated[
        str | None,
        _in(
            CONDITIONS,
            "People (facilities; with --vehicles: vehicles) that a site can take: a number, or the column beds or "
            "people of the list.",
            "N|beds|people",
        ),
    ] = None
    people_per_bed: Annotated[float | None, _in(CONDITIONS, "With --capacity beds: people that a bed is for.")] = None
    standing_capacity: Annotated[
        float | None, _in(CONDITIONS, "What each site that stands can take, if not what --capacity says.", "N")
    ] = None
    within: Annotated[float | None, _in(CONDITIONS, "With --vehicles: minutes.", "MIN")] = None
    all_within: Annotated[
        float | None, _in(CONDITIONS, "With --backup: everybody within so many minutes of one.", "MIN")
    ] = None
    busy: Annotated[
        float | None, _in(CONDITIONS, "With --vehicles: share of their time that they are busy (0 to 1).")
    ] = None
    calls_per_day: Annotated[float | None, _in(CONDITIONS, "Instead of --busy: calls a day ...")] = None
    job_min: Annotated[float | None, _in(CONDITIONS, "... minutes from the call until the vehicle is free ...")] = None
    staffed: Annotated[float | None, _in(CONDITIONS, "... and staffed vehicles, mean over the day.")] = None

    rules: Annotated[
        list[str] | None, _in(COMPLY, "Rules by id, or (where no rule has that id) how it begins; several times.")
    ] = None
    move_cost: Annotated[float | None, _in(COMPLY, "Stations may move, at this cost (opening costs 1).")] = None
    ambulance_cost: Annotated[float, _in(COMPLY, "Cost of one more ambulance.", min=0)] = 0.1

    within_percent: Annotated[float | None, _in(PROOF, "Also list choices at most so many percent worse.", min=0)] = (
        None
    )
    curve: Annotated[
        int | None, _in(PROOF, "Also the best for every number up to this; where it bends.", "N", min=1)
    ] = None
    time_limit: Annotated[
        float,
        _in(PROOF, "Then the best so far is taken, with its gap; inf: until it is proven.", "SECONDS", min=0),
    ] = TIME_LIMIT_S
    gap: Annotated[float, _in(PROOF, "Relative gap that is good enough, 0.01 is 1 %.", min=0)] = 0.0

    def question(self) -> Question:
        """The question; :class:`~carereach.errors.InputError` where the options do not make one."""
        from ..scenarios.proposals.question import Question, busy_of

        model, minutes = self._model()
        of_people = self.demand == "residents"
        return Question(
            model,
            new=self.vehicles if model == "vehicles" else self.new,
            within_min=self.within if model == "vehicles" else (minutes if of_people else None),
            within_km=None if of_people else minutes,
            all_within_min=self.all_within,
            busy=busy_of(self.busy, self.calls_per_day, self.job_min, self.staffed),
            demand=self.demand,
            candidates=self.candidates,
            kind=self.kind,
            ambulances=self.ambulances,
            keep=tuple(self.keep or ()),
            avoid=tuple(self.avoid or ()),
            budget=self.budget,
            spacing_km=self.spacing,
            per_county_min=self.per_county_min,
            capacity=_capacity(self.capacity),
            people_per_bed=self.people_per_bed,
            standing_capacity=self.standing_capacity,
            anew=self.anew,
            mean_under=_targets(self.mean_under or []),
            rules=tuple(self.rules or ()),
            move_cost=self.move_cost,
            ambulance_cost=self.ambulance_cost,
            within_percent=self.within_percent,
            curve=self.curve,
            time_limit_s=self.time_limit,
            gap=self.gap,
        ).checked()

    def _model(self) -> tuple[Model, float | None]:
        """Which question is asked, and its minutes; :class:`~carereach.errors.InputError` unless it is one."""
        from ..errors import InputError, Problem

        asked: list[tuple[Model, bool, float | None]] = [
            ("cover", self.cover is not None, self.cover),
            ("cover-all", self.cover_all is not None, self.cover_all),
            ("mean", self.mean, None),
            ("worst", self.worst, None),
            ("backup", self.backup is not None, self.backup),
            ("vehicles", self.vehicles is not None, None),
            ("targets", bool(self.mean_under), None),
            ("comply", self.comply, None),
        ]
        given = [(model, minutes) for model, there, minutes in asked if there]
        if len(given) != 1:
            said = ", ".join(model for model, _ in given) or "—"
            raise InputError(Problem("site.one-question", params={"given": said}))
        return given[0]


def taking(options: type[O]) -> Callable[[Callable[Concatenate[O, P], None]], Callable[..., None]]:
    """A command whose first argument is a dataclass of options, as one that takes each of its fields by name."""

    def made(command: Callable[Concatenate[O, P], None]) -> Callable[..., None]:
        names = [field.name for field in fields(options)]  # type: ignore[arg-type]

        @wraps(command)
        def wrapped(*args: P.args, **given: P.kwargs) -> None:
            chosen = options(**{name: given.pop(name) for name in names if name in given})
            command(chosen, *args, **given)

        hints = get_type_hints(command, include_extras=True)
        own = [one.replace(annotation=hints[one.name]) for one in inspect.signature(command).parameters.values()][1:]
        signature = inspect.Signature([*own, *_parameters(options)], return_annotation=None)
        wrapped.__signature__ = signature  # type: ignore[attr-defined]
        wrapped.__annotations__ = {one.name: one.annotation for one in signature.parameters.values()}
        del wrapped.__wrapped__
        return wrapped

    return made


def _parameters(options: type[Any]) -> list[inspect.Parameter]:
    """The fields of a dataclass as parameters of a function."""
    hints = get_type_hints(options, include_extras=True)
    return [
        inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=inspect.Parameter.empty if field.default is MISSING else field.default,
            annotation=hints[field.name],
        )
        for field in fields(options)
    ]


def _capacity(word: str | None) -> float | str | None:
    """A number, or the word as it is: :meth:`Question.checked` knows which there are."""
    if word is None:
        return None
    try:
        return float(word)
    except ValueError:
        return {"床位": "beds", "床位数": "beds", "人数": "people", "服务人数": "people"}.get(
            word.strip(), word.strip()
        )


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
