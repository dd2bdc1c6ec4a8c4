"""Further figures for print: curves and the verdict matrix; what stands in them, in which colour, and that it fits."""

from __future__ import annotations

import struct
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from assessments import assessment, counties, demand, hostile, statistics, verdicts
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure
from matplotlib.text import Text
from test_layers_out import empty

from carereach.coverage.equity import gini
from carereach.coverage.results import Assessment
from carereach.files import sha256
from carereach.layers.model import Layer
from carereach.layers.settings_parts import Words
from carereach.maps.atlas import curves, plot_page, verdict_matrix
from carereach.maps.atlas.curves import share_within
from carereach.maps.atlas.plot_page import print_settings, shortened, spread, units_of
from carereach.maps.atlas.verdict_matrix import FILLS, MOST_ROWS, SIGN_COLOURS, rows_of, write_verdict_matrix
from carereach.maps.extras import write_extras

LANGS: tuple[Any, ...] = ("zh", "en")
MAPS = ("response_time", "isochrones", "service_areas", "unserved")


@pytest.fixture
def coarse(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few pixels, where their number does not matter."""
    monkeypatch.setattr(plot_page, "DPI", 40)


def many_counties(count: int, length: int = 3) -> Assessment:
    """So many counties side by side with a verdict each, and the people spread over them."""
    names = tuple(f"{place:02d}" + "县" * (length - 2) for place in range(count))
    people = demand()
    people["county"] = [names[place % count] for place in range(len(people))]
    met, short, *_ = verdicts()
    said = tuple(replace(met if place % 2 else short, unit=name) for place, name in enumerate(names))
    ground = Layer("boundaries", counties(names), "surveyed")
    return assessment(counties=ground, demand=people, verdicts=said, statistics=statistics(names[:2]))


def texts_of(figure: Figure) -> list[str]:
    return [said.get_text() for said in figure.findobj(Text) if said.get_text().strip() and said.get_visible()]


def drawn(make: Any, given: Assessment, lang: Any) -> tuple[Figure, list[tuple[Text, Any]]]:
    """The figure, and its texts with the boxes they take in pixels."""
    with print_settings():
        figure = make(given, lang)
        figure.canvas.draw()
        renderer = figure.canvas.get_renderer()
        found = [said for said in figure.findobj(Text) if said.get_text().strip() and said.get_visible()]
        return figure, [(said, said.get_window_extent(renderer)) for said in found]


def charts(given: Assessment, folder: Path, lang: Any) -> tuple[Path, ...]:
    """The files of the two curves and the matrix."""
    return (
        *curves.write_reach_curve(given, folder / "reach", lang),
        *curves.write_lorenz_curve(given, folder / "lorenz", lang),
        *write_verdict_matrix(given, folder / "matrix", lang),
    )


def matrix(given: Assessment, lang: Any) -> Figure:
    rows = rows_of(given, lang)
    return verdict_matrix._figure(given, rows, rows[:MOST_ROWS], "", lang)


MAKERS = {"reach": curves._reach_figure, "lorenz": curves._lorenz_figure, "matrix": matrix}


def test_share_within_counts_everybody() -> None:
    minutes, residents = np.array([10.0, np.inf, 20.0, 15.0]), np.array([100.0, 100.0, 300.0, 500.0])
    # a limit is inclusive; the 100 unreachable stay in the denominator
    assert share_within(minutes, residents, np.array([9.9, 10, 15, 20, 60])).tolist() == [0, 0.1, 0.6, 0.9, 0.9]
    assert share_within(np.array([]), np.array([]), np.array([5.0])).tolist() == [0.0]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0, 100), max_size=20), st.floats(0.5, 12))
def test_spread_keeps_order_distance_and_bounds(wanted: list[float], gap: float) -> None:
    places = spread(wanted, gap, 0.0, 100.0)
    assert all(-1e-9 <= place <= 100 + 1e-9 for place in places)
    order = np.argsort(wanted, kind="stable")
    steps = np.diff(np.array(places)[order])
    least = min(gap, 100 / max(len(wanted) - 1, 1))
    assert (steps >= least - 1e-9).all()


def test_spread_leaves_alone_what_has_room() -> None:
    assert spread([10.0, 50.0, 30.0], 5, 0, 100) == [10.0, 50.0, 30.0]
    # two at one place move half the gap each; at the bound the lower one gives way
    assert spread([50.0, 50.0], 6, 0, 100) == [47.0, 53.0]
    assert spread([100.0, 99.0], 6, 0, 100) == [100.0, 94.0]


def test_names_are_cut_by_their_width() -> None:
    assert shortened("东县", 6) == "东县"
    assert shortened("县" * 200, 9) == "县县县县…"
    assert units_of(shortened("a" * 200, 21)) <= 22
    assert shortened("a\u202eb\nc", 20) == "a b c"


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("kind", MAKERS)
def test_texts_do_not_collide_and_stay_on_the_page(kind: str, lang: Any) -> None:
    for case in (assessment(), many_counties(12, 40)):
        figure, boxes = drawn(MAKERS[kind], case, lang)
        whole = figure.bbox.padded(1)
        for place, (said, box) in enumerate(boxes):
            assert whole.x0 <= box.x0, said
            assert box.x1 <= whole.x1, said
            assert whole.y0 <= box.y0, said
            assert box.y1 <= whole.y1, said
            for other, taken in boxes[place + 1 :]:
                # boxes hold room above and below the letters: a third of the lower one may lie in the other
                near = min(box.height, taken.height) / 3 if said.get_rotation() in (0, 90) else box.height
                wide = min(box.x1, taken.x1) - max(box.x0, taken.x0)
                tall = min(box.y1, taken.y1) - max(box.y0, taken.y0)
                assert wide <= 2 or tall <= near, (said, other)


@pytest.mark.parametrize("kind", MAKERS)
def test_every_figure_says_source_grade_and_note(kind: str) -> None:
    figure, _ = drawn(MAKERS[kind], assessment(), "en")
    said = " ".join(texts_of(figure))
    assert "Two counties" in said
    assert "A made-up example: nothing here is real." in said
    assert "roads (open data) OpenStreetMap extract" in said
    assert "people (modelled)" in said
    assert "Data: boundaries 2024" in said


def test_reach_curve_ends_at_the_share_reached_and_marks_15_and_30() -> None:
    given = assessment()
    figure, _ = drawn(curves._reach_figure, given, "en")
    people = given.demand
    share = {limit: people.loc[people["response_min"] <= limit, "residents"].sum() / 46_500 for limit in (15, 30, 60)}
    assert {f"{100 * share[15]:.1f}%", f"{100 * share[30]:.1f}%"} <= set(texts_of(figure))
    line = max(
        (line for line in figure.axes[0].lines if line.get_color() == "#000000"), key=lambda e: len(e.get_xdata())
    )
    assert line.get_ydata()[-1] == pytest.approx(100 * share[60])
    assert {"all residents", "main urban area", "townships", "东县", "西县"} <= set(texts_of(figure))


def test_lines_are_told_apart_without_colour() -> None:
    given = many_counties(8)
    figure, _ = drawn(curves._reach_figure, given, "en")
    long = [line for line in figure.axes[1].lines if len(line.get_xdata()) > 10]
    assert len({(line.get_color(), line.get_linestyle()) for line in long}) == 8
    assert len({line.get_linestyle() for line in long}) > 1


def test_a_single_county_is_no_second_chart() -> None:
    whole = assessment()
    one = whole.counties.frame.iloc[:1]
    alone = replace(whole, counties=replace(whole.counties, frame=one), demand=whole.demand.assign(county="东县"))
    assert len(curves._reach_figure(whole, "en").axes) == len(curves._reach_figure(alone, "en").axes) + 1


def test_many_counties_are_drawn_faint_but_for_the_largest() -> None:
    figure, _ = drawn(curves._reach_figure, many_counties(20), "zh")
    long = [line for line in figure.axes[1].lines if len(line.get_xdata()) > 10]
    assert len(long) == 20
    assert sum(line.get_color() == curves.FAINT for line in long) == 8
    assert "其余 8 个" in " ".join(texts_of(figure))
    assert sum("县" in said and len(said) == 3 for said in texts_of(figure)) == curves.MOST_NAMED


def test_lorenz_figure_says_gini_and_who_is_left_out() -> None:
    given = assessment()
    figure, _ = drawn(curves._lorenz_figure, given, "en")
    reached = given.demand[np.isfinite(given.demand["response_min"])]
    said = texts_of(figure)
    assert f"{gini(reached['response_min'], reached['residents']):.3f}" in said
    assert "unreachable: 5,900 residents" in " ".join(said)


def test_matrix_has_a_sign_in_each_cell_that_was_asked() -> None:
    figure, _ = drawn(matrix, assessment(), "en")
    said = texts_of(figure)
    assert "12.0 min" in said
    assert "15.04 min" in said  # as many digits as tell it from the target
    assert [said.count(sign) for sign in ("✓", "✕", "?")] == [2, 2, 1]  # one in the key, one in a cell
    assert {"东县", "西县"} <= set(said)


def test_matrix_shows_the_worst_of_several_institutions_and_screenings() -> None:
    met, *_ = verdicts()
    several = (replace(met, subject="甲"), replace(met, subject="乙", status="not met", screening=True))
    figure, _ = drawn(matrix, assessment(verdicts=several), "zh")
    assert "≈✕" in texts_of(figure)


@pytest.mark.usefixtures("coarse")
def test_undecided_rules_are_counted_but_not_drawn(tmp_path: Path) -> None:
    met, _, _, city = verdicts()
    open_rules = tuple(
        replace(city, rule=f"R-{place}", unit="东县", title=Words(zh=f"规则{place}", en=f"Rule {place}"))
        for place in range(40)
    )
    rows = rows_of(assessment(verdicts=(met, *open_rules)), "en")
    assert [row.decided for row in rows] == [True] + [False] * 40
    assert [
        file.name for file in write_verdict_matrix(assessment(verdicts=(met, *open_rules)), tmp_path / "v", "en")
    ] == [
        "v.png",
        "v.svg",
    ]
    with print_settings():
        said = " ".join(texts_of(verdict_matrix._figure(assessment(), rows, rows[:1], "", "en")))
    assert "40 rules that cannot be told in any county" in said
    # everything undecided: all of them are drawn, on two pages
    files = write_verdict_matrix(assessment(verdicts=open_rules), tmp_path / "w", "en")
    assert [file.name for file in files] == ["w.png", "w.svg", "w_2.png", "w_2.svg"]


def test_no_rule_about_a_county_gives_no_matrix(tmp_path: Path) -> None:
    assert write_verdict_matrix(assessment(verdicts=()), tmp_path / "v", "zh") == ()
    assert list(tmp_path.iterdir()) == []


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.1."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_verdicts_read_in_grey_and_signs_on_their_ground() -> None:
    grey = sorted(luminance(colour) for colour in FILLS.values())
    assert grey[1] - grey[0] > 0.3  # not met is dark, the others light; these two differ by their signs
    for status, fill in FILLS.items():
        low, high = sorted((luminance(fill), luminance(SIGN_COLOURS[status])))
        assert (high + 0.05) / (low + 0.05) >= 4.4, status


def test_a_column_width_at_300_dpi_and_an_svg_without_fonts(tmp_path: Path) -> None:
    for file in charts(assessment(), tmp_path, "zh"):
        if file.suffix == ".png":
            assert struct.unpack(">I", file.read_bytes()[16:20])[0] == int(170 / 25.4 * 300)
        else:
            root = ET.parse(file).getroot()
            assert root.get("width", "").startswith("481.")  # 170 mm in points
            assert not list(root.iter("{http://www.w3.org/2000/svg}text"))
            assert not list(root.iter("{http://www.w3.org/2000/svg}script"))


@pytest.mark.usefixtures("coarse")
def test_same_bytes_and_no_setting_of_matplotlib_changes(tmp_path: Path) -> None:
    before = dict(mpl.rcParams)
    first = [sha256(file) for file in charts(assessment(), tmp_path / "a", "en")]
    assert first == [sha256(file) for file in charts(assessment(), tmp_path / "b", "en")]
    assert dict(mpl.rcParams) == before


@pytest.mark.usefixtures("coarse")
def test_nobody_and_nothing(tmp_path: Path) -> None:
    assert len(charts(empty(), tmp_path / "empty", "zh")) == 4
    never = {f"response_{level}min": np.inf for level in ("", "low_", "high_")}
    assert len(charts(assessment(demand=demand().assign(**never)), tmp_path / "unreached", "zh")) == 6


@pytest.mark.usefixtures("coarse")
def test_hostile_names_and_one_county(tmp_path: Path) -> None:
    assert len(charts(hostile(), tmp_path / "hostile", "en")) == 6
    assert len(charts(many_counties(1), tmp_path / "one", "en")) == 6


def test_names_with_dollars_are_no_formulas() -> None:
    names = ("$x^2$ 东县", "${y}$")
    given = assessment(
        counties=Layer("boundaries", counties(names), "surveyed"), demand=demand(names), verdicts=verdicts(names)
    )
    for make in (curves._reach_figure, matrix):
        assert set(names) <= set(texts_of(drawn(make, given, "en")[0]))


@pytest.mark.usefixtures("coarse")
def test_extras_are_written_as_asked(tmp_path: Path) -> None:
    assert write_extras(assessment(), tmp_path, "en", ()) == ()
    assert list(tmp_path.iterdir()) == []
    files = write_extras(assessment(), tmp_path, "en", ("layers", "figures"))
    names = (*MAPS, "verdicts_map", "reach_curve", "lorenz_curve", "verdicts_by_county")
    assert [file.name for file in files] == [
        "layers.gpkg", "demand.parquet", "response_min.tif", "response_min.qml",
        *(f"{name}.{kind}" for name in names for kind in ("png", "svg")),
    ]  # fmt: skip
