"""From a question and its ground to chosen sites: the table of minutes, the conditions, the model of ``siting``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from ...errors import InputError, Problem
from ...texts import Message
from ..siting.center import p_center
from ..siting.clock import Clock, Progress
from ..siting.cover import backup_cover, cover_all, max_cover, max_expected_cover
from ..siting.curve import Curve, max_cover_curve, p_median_curve
from ..siting.given import Options
from ..siting.median import p_median
from ..siting.menu import Menu, max_cover_menu, p_median_menu
from ..siting.result import Siting
from .layout import Floats, Layout, km_apart
from .question import Question

Ints = NDArray[np.int64]
LIMIT_MIN = 15.0  # minutes that count as near, where the question has no limit of its own


@dataclass(frozen=True)
class Case:
    """A question as arrays: ``minutes`` (R, D) of the rows, first those that stand (``standing`` of them), then the
    candidates; ``weight`` (D,); ``options``: the conditions. Minutes are km where facilities are supplied."""

    asked: Question
    minutes: Floats
    weight: Floats
    standing: int
    options: Options

    @property
    def limit(self) -> float:
        """Minutes (or km) that count as within."""
        return float((self.asked.within_min if self.asked.of_people else self.asked.within_km) or 0.0)


@dataclass(frozen=True)
class Answer:
    """What was chosen: ``siting`` by rows of the case, and of the candidates by index: ``chosen`` (repeated for
    vehicles) and ``nearly`` (in the menu, but not in the best). ``added``: standing rows that get a vehicle each time
    they are named. ``closed``: standing rows that go. ``standing``: how many rows stand. ``hopeless``: weight of the
    points that no usable row reaches within the limit. ``points_out``: positions of the points left out because nothing
    reaches them. ``notes``: what was decided on the way."""

    siting: Siting
    chosen: Ints
    added: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    closed: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    nearly: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    menu: Menu | None = None
    curve: Curve | None = None
    points_out: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    standing: int = 0
    hopeless: float = 0.0
    notes: tuple[Message, ...] = ()


def case_of(
    layout: Layout,
    asked: Question,
    minutes: Floats,
    now: Floats | None,
    weight: Floats,
    *,
    fixed_rows: Floats,
    stands: gpd.GeoDataFrame,
    capacity: Floats | None = None,
) -> Case:
    """The rows and conditions of a question. ``now`` (D,): how the points are reached as it is, as one row that stands;
    None: ``fixed_rows`` (S, D) stand one by one, or may be chosen anew where the question asks that. ``stands``: what
    stands of the kind that is opened, for the spacing and the counties. ``capacity`` (of these and the candidates):
    how many each can take."""
    standing = fixed_rows if now is None else now[None, :]
    count = len(standing)
    rows = np.vstack([standing, minutes])
    fixed = [] if asked.anew else [*range(count)]
    forbidden = _forbidden(layout, asked, stands)
    free = len(layout.opens) - len(np.union1d(forbidden, layout.keep)) + (count if asked.anew else 0)
    _check_enough(asked, free, layout.problems)
    options: Options = {
        "fixed": np.array([*fixed, *(layout.keep + count)], dtype=np.int64),
        "forbidden": forbidden + count,
        "time_limit_s": asked.time_limit_s,
        "gap": asked.gap,
    }
    if capacity is not None:
        options["capacity"] = capacity
    options.update(_money(layout, asked, count))
    if asked.spacing_km is not None:
        options["spacing"] = (_distances(layout, asked, count), asked.spacing_km)
    if asked.per_county_min is not None:
        options.update(_counties(layout, asked, count, stands))
    return Case(asked, rows, weight, count, options)


def _check_enough(asked: Question, free: int, said: Sequence[Problem]) -> None:
    """More new ones than there are candidates is a mistake, not a question; ``said``: what was odd about the list."""
    if asked.new is not None and asked.model in ("cover", "mean", "worst", "backup") and asked.new > free:
        raise InputError([Problem("site.too-many-new", value=asked.new, params={"free": free}), *said])


def _forbidden(layout: Layout, asked: Question, stands: gpd.GeoDataFrame) -> Ints:
    """Candidates not to be proposed: avoided ones, and those too near to one that stands."""
    if asked.spacing_km is None or asked.anew:
        return layout.avoid
    near = np.flatnonzero(layout.nearest_km(stands) < asked.spacing_km)
    return np.setdiff1d(np.union1d(layout.avoid, near), layout.keep)


def _money(layout: Layout, asked: Question, count: int) -> Options:
    if asked.budget is None:
        return {}
    cost = np.array([np.nan if one.cost is None else one.cost for one in layout.opens])
    if np.isnan(cost).any():
        names = ", ".join(layout.opens[place].name for place in np.flatnonzero(np.isnan(cost))[:5])
        raise InputError(Problem("site.no-cost", params={"count": int(np.isnan(cost).sum()), "names": names}))
    return {"cost": np.concatenate([np.zeros(count), cost]), "budget": asked.budget}


def _distances(layout: Layout, asked: Question, count: int) -> Floats:
    """Km between rows; what stands is far from everything, because candidates near it are forbidden."""
    whole = np.full((count + len(layout.opens),) * 2, np.inf)
    whole[count:, count:] = layout.distance_km()
    if asked.anew:
        there = np.column_stack([layout.standing.geometry.x, layout.standing.geometry.y])
        every = np.vstack([there, layout.xy])
        whole = km_apart(every, every)
    return whole


def _counties(layout: Layout, asked: Question, count: int, stands: gpd.GeoDataFrame) -> Options:
    """Least number in each county; what stands counts towards it."""
    assert asked.per_county_min is not None
    names = [str(name) for name in layout.study.counties.frame["county"]]
    own = stands["county"].tolist()
    if asked.anew or count == len(own):
        labels = [*own, *layout.county]
        least = dict.fromkeys(names, asked.per_county_min)
    else:
        labels = [""] * count + list(layout.county)
        least = {name: max(0, asked.per_county_min - own.count(name)) for name in names}
    lacking = [name for name, number in least.items() if number and name not in labels]
    if lacking:
        raise InputError([Problem("site.county-without", value=name) for name in lacking])
    return {"groups": labels, "group_min": {name: number for name, number in least.items() if name in labels}}


def answer(case: Case, progress: Progress | None = None) -> Answer:
    """The best sites for the question, proven as far as the time allowed."""
    out = _out_of_reach(case)
    inner = replace(case, minutes=np.delete(case.minutes, out, axis=1), weight=np.delete(case.weight, out))
    if progress is not None:
        inner = replace(inner, options={**inner.options, "progress": progress})
    menu, siting, curve = _searched(inner)
    new, count = siting.new, case.standing
    nearly = menu.nearly_chosen if menu is not None else np.zeros(0, dtype=np.int64)
    kept = np.asarray(case.options["fixed"], dtype=np.int64)
    closed = np.setdiff1d(np.arange(count), siting.sites) if case.asked.anew and siting.found else new[:0]
    return Answer(
        siting,
        np.sort(np.concatenate([new[new >= count], kept[kept >= count]])) - count,
        added=new[new < count] if not case.asked.anew else new[:0],
        closed=closed,
        nearly=nearly[nearly >= count] - count,
        menu=menu,
        curve=curve,
        points_out=out,
        standing=count,
        hopeless=hopeless_weight(case),
    )


def _searched(case: Case) -> tuple[Menu | None, Siting, Curve | None]:
    """The answer, with what is nearly as good and the curve where they are asked for, all within the one time limit;
    after Ctrl-C nothing more is begun."""
    clock = Clock(case.asked.time_limit_s)
    first = case if case.asked.curve is None else _timed(case, clock.left_s / 2)
    menu = _menu(first)
    siting = menu.best if menu is not None else _siting(first)
    stopped = siting.status == "interrupted"
    return menu, siting, None if stopped else _curve(_timed(case, clock.left_s))


def _timed(case: Case, seconds: float) -> Case:
    return replace(case, options={**case.options, "time_limit_s": None if np.isinf(seconds) else seconds})


def hopeless_weight(case: Case) -> float:
    """Residents (facilities) whom nothing that stands and no candidate that may be proposed reaches within the limit
    (15 minutes where the question has none)."""
    limit = case.limit or (LIMIT_MIN if case.asked.of_people else np.inf)
    return float(case.weight[~(case.minutes[_usable(case)] <= limit).any(axis=0)].sum())


def _usable(case: Case) -> Ints:
    """Rows that can be in an answer: not forbidden, not dearer than the budget, not too near to one that is fixed."""
    options, fixed = case.options, np.asarray(case.options["fixed"], dtype=np.int64)
    usable = np.ones(len(case.minutes), dtype=bool)
    usable[np.asarray(options["forbidden"], dtype=np.int64)] = False
    if (cost := options.get("cost")) is not None:
        usable &= np.asarray(cost) <= (options.get("budget") or 0.0)
    if (spacing := options.get("spacing")) is not None:
        near = np.asarray(spacing[0])[:, fixed] < spacing[1]
        near[fixed, np.arange(len(fixed))] = False
        usable &= ~near.any(axis=1)
    usable[fixed] = True
    return np.flatnonzero(usable)


def _out_of_reach(case: Case) -> Ints:
    """Points that no usable row reaches at all, or (to cover everybody) not within the limit: left out, and said."""
    model = case.asked.model
    if model not in ("cover-all", "backup", "mean", "worst"):
        return np.zeros(0, dtype=np.int64)
    limit = np.inf
    if model == "cover-all":
        limit = case.limit
    elif model == "backup":
        limit = case.asked.all_within_min or case.limit
    table = case.minutes[_usable(case)]
    return np.flatnonzero(~((table <= limit) & np.isfinite(table)).any(axis=0))


def _siting(case: Case) -> Siting:
    asked, minutes, weight, options = case.asked, case.minutes, case.weight, case.options
    new = asked.new or 0
    if asked.model == "cover":
        return max_cover(minutes, weight, p=new, within_min=case.limit, **options)
    if asked.model == "cover-all":
        return cover_all(minutes, within_min=case.limit, residents=weight, **options)
    if asked.model == "mean":
        return p_median(minutes, weight, p=new, **options)
    if asked.model == "worst":
        return p_center(minutes, p=new, residents=weight, **options)
    if asked.model == "backup":
        outer = asked.all_within_min
        return backup_cover(minutes, weight, p=new, within_min=case.limit, all_within_min=outer, **options)
    assert asked.model == "vehicles" and asked.busy is not None
    return max_expected_cover(minutes, weight, vehicles=new, within_min=case.limit, busy=asked.busy, **options)


def _menu(case: Case) -> Menu | None:
    """What is at most ``within_percent`` worse, where the question asks for it."""
    asked = case.asked
    if asked.within_percent is None:
        return None
    within, new = asked.within_percent / 100.0, asked.new or 0
    if asked.model == "cover":
        return max_cover_menu(case.minutes, case.weight, p=new, within_min=case.limit, within=within, **case.options)
    return p_median_menu(case.minutes, case.weight, p=new, within=within, **case.options)


def _curve(case: Case) -> Curve | None:
    """The answer with every number of new sites up to ``curve``, where the question asks for it."""
    asked = case.asked
    if asked.curve is None:
        return None
    most = min(asked.curve, len(case.minutes) - len(np.union1d(case.options["fixed"], case.options["forbidden"])))
    if asked.model == "cover":
        return max_cover_curve(case.minutes, case.weight, p=most, within_min=case.limit, **case.options)
    return p_median_curve(case.minutes, case.weight, p=most, **case.options)
