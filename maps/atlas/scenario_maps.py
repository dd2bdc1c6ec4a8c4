"""The figures of a comparison: before and after the best scenario, and minutes gained and lost in the best nine."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import NDArray
from pyproj import CRS

from ...coverage.results import Field
from ...scenarios.between import read_demand
from ...scenarios.compare import BASELINE, Comparison
from ...scenarios.outcome import Outcome
from ...texts import Lang, text
from ..compare.names import apart
from ..compare.rows import outcome_of
from ..compare.study import ComparedStudy
from ..compare.tables import area_name, scenario_text
from ..compare.terminal import signed
from ..palette import OUTSIDE
from ..tables import heading
from ..words import joint, labelled, plain, whole
from .change import change_classes, change_swatches, draw_change, on_cells
from .change_maps import LIMITS_MIN, SITES, State, Story, draw_sites, figure, site_marks
from .ground import Ground, draw_borders, ground_of, prepare
from .legend import PLAIN, Key, draw_legend, draw_swatches, ground_marks, projection_text
from .plot_page import INK, PAGE_IN, page, shortened, write_png_and_svg

BEFORE_AFTER, SCENARIOS = "before_after", "scenarios"
MOST, ACROSS = 9, 3
GAP_IN, HEAD_IN, TALLEST_IN, LOWEST_IN, CLASSES_IN, STRIP_IN = 0.12, 0.4, 2.1, 1.0, 0.62, 0.5
HEAD_PT, COUNT_PT, HEAD_UNITS = 6.6, 6.0, 46
WGS84 = CRS.from_epsg(4326)
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Places:
    """The ground of a comparison and its demand points on it: minutes as the study is, and cells with the place nearest
    to each."""

    ground: Ground
    minutes: Floats
    cells: Field
    nearest: NDArray[np.int64]

    def field(self, minutes: Floats) -> Field:
        """Minutes of the places as a field."""
        values = np.full(self.nearest.shape, np.nan, dtype=np.float32)
        here = self.nearest >= 0
        values[here] = minutes[self.nearest[here]]
        return replace(self.cells, minutes=values)

    def of(self, outcome: Outcome) -> Field:
        """The field of a scenario; places that only the scenario has are left out."""
        minutes = self.minutes.copy()
        known = outcome.demand_index < len(minutes)
        minutes[outcome.demand_index[known]] = outcome.minutes[known]
        return self.field(minutes)

    def sites(self, outcome: Outcome | None) -> dict[str, Floats]:
        """Places of a scenario's sites by what they are, in metres."""
        if outcome is None or outcome.sites.empty:
            return {}
        table = outcome.sites
        points = gpd.GeoSeries(gpd.points_from_xy(table["lon"], table["lat"]), crs=WGS84).to_crs(self.ground.crs)
        at = np.column_stack([points.x, points.y])
        return {what: at[(table["what"] == what).to_numpy()] for what in SITES}


def write_scenario_figures(
    comparison: Comparison, folders: Sequence[Path], folder: Path, lang: Lang, study: ComparedStudy
) -> dict[str, Path]:
    """Writes ``before_after`` (the best scenario against the study as it is) and ``scenarios`` (the best nine), each as
    PNG and SVG; the PNG of each by its name. Nothing where no scenario has a result.

    Raises :class:`~carereach.errors.InputError` for folders without people, and for outcomes that are gone.
    """
    rows = best_rows(comparison)
    if not rows:
        return {}
    places = places_of(read_demand(folders[0]), study)
    outcomes = [outcome_of(folders, str(row["folder"]), str(row["key"])) for row in rows]
    base = comparison.baseline
    today = None
    if base is not None and not base["error"]:
        today = outcome_of(folders, str(base["folder"]), str(base["key"]))
    scene = Scene(comparison, places, places.sites(today).get("station", np.empty((0, 2))), study, lang)
    first = write_png_and_svg(lambda: _before_after(scene, rows[0], outcomes[0]), folder / BEFORE_AFTER)
    second = write_png_and_svg(lambda: _small_maps(scene, rows, outcomes), folder / SCENARIOS)
    return {BEFORE_AFTER: first[0], SCENARIOS: second[0]}


@dataclass(frozen=True)
class Scene:
    """What all figures of one comparison share."""

    comparison: Comparison
    places: Places
    stations: Floats
    study: ComparedStudy
    lang: Lang

    def notes(self) -> list[str]:
        """The small print: what ranks, how places became areas, the study's note, sources, projection."""
        lang, study = self.lang, self.study
        ranked = text("atlas.ranked", lang, measure=heading(self.comparison.measure, lang))
        unit = self.comparison.unit
        if unit:
            ranked += text("atlas.ranked-unit", lang, unit=area_name(unit, lang))
        sources = labelled(text("maps.figure-source", lang), joint(lang).join(study.sources.get(lang, ())), lang)
        projection = projection_text(self.places.ground.crs)
        return [
            f"{ranked} {text('atlas.places-note', lang)}",
            study.notes.get(lang, ""),
            labelled(text("maps.figure-projection", lang), projection, lang),
            sources if study.sources.get(lang) else "",
        ]

    @property
    def title(self) -> str:
        return self.study.title(self.lang) or text("compare-legend.title", self.lang)


def best_rows(comparison: Comparison, most: int = MOST) -> list[dict[Hashable, Any]]:
    """The best scenarios that have a result and change anything, best first."""
    table = comparison.table
    fit = table[(table["error"] == "") & (table["scenario"] != BASELINE) & table["differs"].astype(bool)]
    return fit.head(most).to_dict("records")


def places_of(demand: pd.DataFrame, study: ComparedStudy) -> Places:
    """The ground under the people: the study's counties, or their own extent where there are none; in the UTM zone."""
    points = gpd.GeoSeries(gpd.points_from_xy(demand["lon"], demand["lat"]), crs=WGS84)
    crs = points.estimate_utm_crs() if len(points) else CRS.from_epsg(32649)
    placed = points.to_crs(crs)
    x, y = placed.x.to_numpy(dtype=float), placed.y.to_numpy(dtype=float)
    ground = ground_of(_counties(study, crs), None, crs, PAGE_IN, (x, y))
    lived = demand["residents"].to_numpy(dtype=float) > 0
    cells, nearest = on_cells(x[lived], y[lived], ground)
    nearest = np.where(nearest >= 0, np.append(np.flatnonzero(lived), -1)[nearest], -1)
    return Places(ground, demand["minutes"].to_numpy(dtype=float), cells, nearest)


def _counties(study: ComparedStudy, crs: CRS) -> gpd.GeoDataFrame:
    if not study.counties:
        return gpd.GeoDataFrame({"county": []}, geometry=gpd.GeoSeries([], crs=crs), crs=crs)
    frame = gpd.GeoDataFrame.from_features(list(study.counties), crs=WGS84)
    return frame.rename(columns={"name": "county"})[["county", "geometry"]].to_crs(crs)


def _before_after(scene: Scene, row: Mapping[Hashable, Any], outcome: Outcome) -> Figure:
    lang, places = scene.lang, scene.places
    name = scenario_text(str(row["scenario"]), lang)
    before = State(text("atlas.today", lang), places.field(places.minutes), {"station": scene.stations})
    sites = places.sites(outcome)
    after = State(
        labelled(text("atlas.after", lang), plain(name), lang), places.of(outcome), sites | _kept(scene, sites)
    )
    title = text("atlas.best-title", lang, name=scene.title, scenario=shortened(name, 60))
    story = Story(title, scene.notes(), _counts(scene.comparison, row, lang))
    return figure(places.ground, before, after, story, lang)


def _kept(scene: Scene, sites: Mapping[str, Floats]) -> dict[str, Floats]:
    """The stations as they are, without those that the scenario closes."""
    closed = sites.get("closed", np.empty((0, 2)))
    if not len(closed) or not len(scene.stations):
        return {"station": scene.stations}
    away = np.hypot(*(scene.stations[:, None, :] - closed[None, :, :]).transpose(2, 0, 1)).min(axis=1)
    return {"station": scene.stations[away > 1.0]}


def _counts(comparison: Comparison, row: Mapping[Hashable, Any], lang: Lang) -> list[tuple[str, str, str]]:
    base = comparison.baseline
    rows = []
    for limit in LIMITS_MIN:
        before = "–" if base is None else whole(float(base[f"within_{limit}"]))
        rows.append((text("atlas.within", lang, minutes=limit), before, whole(float(row[f"within_{limit}"]))))
    before = "–" if base is None else _mean(float(base["mean_min"]))
    rows.append((text("atlas.mean", lang), before, _mean(float(row["mean_min"]))))
    return rows


def _mean(minutes: float) -> str:
    return f"{minutes:.1f}" if np.isfinite(minutes) else "–"


def _small_maps(scene: Scene, rows: Sequence[Mapping[Hashable, Any]], outcomes: Sequence[Outcome]) -> Figure:
    """A small map of the change for each scenario, with its rank, its name, and people gained and lost."""
    lang, ground = scene.lang, scene.places.ground
    across = min(ACROSS, max(len(rows), 2))
    wide_in = (PAGE_IN - GAP_IN * (across - 1)) / across
    frame = ground.frame(wide_in, tallest_in=TALLEST_IN * 3 / across, lowest_in=LOWEST_IN)
    map_in = wide_in * (frame.north - frame.south) / (frame.east - frame.west)
    before = scene.places.field(scene.places.minutes)
    each = [change_classes(before.minutes, scene.places.of(outcome).minutes) for outcome in outcomes]
    sites = [scene.places.sites(outcome) for outcome in outcomes]
    sites = [own | _kept(scene, own) for own in sites]
    down, under_in = -(-len(rows) // across), CLASSES_IN + STRIP_IN
    tall_in = down * (HEAD_IN + map_in + GAP_IN) + under_in
    title = text("atlas.scenarios-title", lang, name=scene.title, count=len(rows))
    drawn = page(title, scene.notes(), tall_in)
    _, names = apart([scenario_text(str(row["scenario"]), lang) for row in rows])
    for place, row in enumerate(rows):
        left = (place % across) * (wide_in + GAP_IN)
        up = tall_in - (place // across + 1) * (HEAD_IN + map_in + GAP_IN) + GAP_IN
        axes = drawn.axes(left, up, wide_in, map_in)
        prepare(axes, frame)
        axes.spines[:].set_linewidth(0.4)
        draw_change(axes, before, each[place], ground, dense=2)
        draw_borders(axes, ground, 0.4)
        draw_sites(axes, sites[place], 0.7)
        _head(axes, map_in, across, f"{row['rank']:.0f}  {names[place]}", _gain(row, lang))
    shown = {what for own in sites for what, at in own.items() if len(at)}
    found = np.concatenate([classes.ravel() for classes in each]) if each else np.array([OUTSIDE], dtype=np.uint8)
    classes_axes = drawn.axes(0, STRIP_IN, PAGE_IN, CLASSES_IN)
    classes_axes.set_axis_off()
    classes_axes.set_xlim(0, 1)
    classes_axes.set_ylim(0, 1)
    classes_axes.text(0, 0.99, text("atlas.change-long", lang), fontsize=7, va="top", **PLAIN)
    draw_swatches(classes_axes, change_swatches(lang, found), 1.0)
    marks = [*site_marks(shown, lang), *ground_marks(lang, stations=False, roads="")]
    draw_legend(drawn.axes(0, 0, PAGE_IN, STRIP_IN), frame, Key("", (), tuple(marks)), lang)
    return drawn.figure


def _head(axes: Any, map_in: float, across: int, name: str, gain: str) -> None:  # noqa: ANN401 axes of matplotlib
    units = int(HEAD_UNITS * ACROSS / across)
    for words, up_in, size, colour in ((name, 0.17, HEAD_PT, INK), (gain, 0.045, COUNT_PT, "#444444")):
        axes.text(
            0, 1 + up_in / map_in, shortened(words, units), fontsize=size, va="bottom", color=colour,
            transform=axes.transAxes, **PLAIN,
        )  # fmt: skip


def _gain(row: Mapping[Hashable, Any], lang: Lang) -> str:
    change = float(row["mean_change_min"])
    return text(
        "atlas.gain", lang, gained=whole(float(row["gained_15"])), lost=whole(float(row["lost_15"])),
        mean=signed(change) if np.isfinite(change) else "–",
    )  # fmt: skip
