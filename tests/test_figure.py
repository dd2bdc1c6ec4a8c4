"""The figure for print: its size, scale, north, words and labels."""

from __future__ import annotations

import math
import struct
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import matplotlib as mpl
import numpy as np
import pytest
from assessments import SOUTH, UTM, WEST, assessment, counties, field, hostile, study_file
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.image import imread
from matplotlib.text import Text
from pyproj import CRS, Geod, Transformer
from shapely.geometry import box

from carereach.layers.model import Layer
from carereach.maps.atlas import figure
from carereach.maps.atlas.figure import coverage_png
from carereach.maps.atlas.legend import Frame, bar_km, north_angle, source_lines, wrapped
from carereach.maps.outputs import write_outputs


def frame_of(crs: CRS, x: float, y: float, wide: float = 40_000.0) -> Frame:
    return Frame(x - wide / 2, y - wide / 4, x + wide / 2, y + wide / 4, crs, 6.5)


def test_a4_width_at_300_dpi(tmp_path: Path) -> None:
    coverage_png(assessment(), tmp_path / "coverage.png", "en")
    png = (tmp_path / "coverage.png").read_bytes()
    width, height = struct.unpack(">II", png[16:24])
    assert width == int(170 / 25.4 * 300)  # 2007
    assert 1_000 < height < 3_000
    at = png.index(b"pHYs") + 4
    per_metre, _, unit = struct.unpack(">IIB", png[at : at + 9])
    assert unit == 1
    assert per_metre == pytest.approx(300 / 0.0254, rel=1e-3)


def test_colours_of_the_field_stand_where_they_belong(tmp_path: Path) -> None:
    coverage_png(assessment(), tmp_path / "coverage.png", "en")
    seen = {
        tuple(pixel)
        for pixel in np.round(imread(tmp_path / "coverage.png")[::5, ::5, :3] * 255).astype(int).reshape(-1, 3)
    }
    # the first classes and the grey of what is unreachable
    assert {(0xFF, 0xFF, 0xCC), (0x41, 0xB6, 0xC4), (0x1D, 0x91, 0xC0), (0xB9, 0xB9, 0xB9)} <= seen


def test_no_setting_of_matplotlib_changes(tmp_path: Path) -> None:
    before = dict(mpl.rcParams)
    coverage_png(assessment(), tmp_path / "coverage.png", "zh")
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_names_are_no_formulas_and_every_sign_has_a_glyph(tmp_path: Path, lang: str) -> None:
    """A missing glyph would be a warning, hence an error here; $\\frac{ would not parse as a formula."""
    whole = hostile()
    broken = "$\\frac{ 龙门 x^2$ [b]"
    titled = study_file(title={"zh": broken, "en": broken}, note={"zh": broken * 6, "en": broken * 6})
    named = replace(
        whole.counties, frame=whole.counties.frame.assign(county=[broken, "玉州区" * 60]), source=broken * 8
    )
    coverage_png(replace(whole, settings=titled, counties=named), tmp_path / "coverage.png", lang)  # type: ignore[arg-type]
    assert (tmp_path / "coverage.png").stat().st_size > 50_000


class TestScaleAndNorth:
    @pytest.mark.parametrize(
        ("crs", "x", "y"),
        [(UTM, 420_000.0, 2_510_000.0), (CRS.from_epsg(3857), 2_800_000.0, 8_400_000.0)],
        ids=["UTM", "Mercator at 60 degrees north"],
    )
    def test_the_bar_is_true_at_the_middle(self, crs: CRS, x: float, y: float) -> None:
        drawn = frame_of(crs, x, y)
        km, inches = bar_km(drawn, 1.5)
        half = inches * drawn.metres_per_inch / 2
        lon, lat = Transformer.from_crs(crs, 4326, always_xy=True).transform([x - half, x + half], [y, y])
        metres = Geod(ellps="WGS84").inv(lon[0], lat[0], lon[1], lat[1])[2]
        assert metres == pytest.approx(km * 1000, rel=2e-4)
        assert inches <= 1.5

    def test_the_bar_is_the_longest_round_one(self) -> None:
        # 40 km on 6.5 inches: 6.15 km per inch; 1.5 inches are 9.2 km, so the bar says 5 km
        assert bar_km(frame_of(UTM, 420_000.0, 2_510_000.0), 1.5)[0] == 5

    def test_north_leans_by_the_meridian_convergence(self) -> None:
        """West of the central meridian (111) true north leans right, by about (111 - lon) sin lat."""
        x, y = 420_000.0, 2_510_000.0
        lon, lat = Transformer.from_crs(UTM, 4326, always_xy=True).transform(x, y)
        expected = (111.0 - lon) * math.sin(math.radians(lat))
        assert expected > 0.2
        assert north_angle(frame_of(UTM, x, y)) == pytest.approx(expected, rel=0.01)


class TestWords:
    def test_sources_grades_dates_projection_and_note(self) -> None:
        whole = assessment()
        said = "\n".join(source_lines(whole, frame_of(UTM, 420_000.0, 2_510_000.0), "en"))
        for words in (
            "A made-up example", "people (modelled) a stated model", "roads (open data) OpenStreetMap extract",
            "Data: boundaries 2024; facilities 2025; people 2020; roads 2024-05", "EPSG:32649",
        ):  # fmt: skip
            assert words in said

    @given(st.text(st.sampled_from("ab 玉林，。；$"), max_size=400), st.integers(4, 60))
    @settings(deadline=None)
    def test_nothing_is_lost_in_wrapping(self, said: str, units: int) -> None:
        assert "".join(wrapped(said, units)).replace(" ", "") == said.replace(" ", "")

    @given(st.text(st.sampled_from("玉林"), max_size=400), st.integers(4, 60))
    @settings(deadline=None)
    def test_chinese_lines_are_no_wider_than_asked(self, said: str, units: int) -> None:
        assert max(2 * len(line) for line in wrapped(said, units)) <= units

    def test_no_line_begins_with_a_full_stop(self) -> None:
        # "二。" goes down together: 一 and it would be 6 units wide
        assert wrapped("一二。三", 4) == ["一", "二。", "三"]


def labels_of(whole_names: list[str], across: int) -> list[tuple[Text, object]]:
    corners = [(WEST + 4_000 * (i % across), SOUTH + 4_000 * (i // across)) for i in range(len(whole_names))]
    squares = [box(x, y, x + 4_000, y + 4_000) for x, y in corners]
    frame = gpd.GeoDataFrame({"county": whole_names, "code": "", "city": ""}, geometry=squares, crs=UTM)
    whole = assessment(counties=Layer("boundaries", frame, "surveyed"))
    with mpl.rc_context({"font.family": [figure.font_name(), "DejaVu Sans"]}):
        drawn = figure._figure(whole, "en")
        axes = max(drawn.axes, key=lambda a: a.get_position().height)
        renderer = drawn.canvas.get_renderer()  # type: ignore[attr-defined]
        return [(text, text.get_window_extent(renderer)) for text in axes.texts]


def test_county_names_do_not_collide() -> None:
    names = [f"很长的县名第{i}个" for i in range(50)]
    drawn = labels_of(names, 10)
    assert 5 < len(drawn) <= 50
    for place, (_, one) in enumerate(drawn):
        for _, other in drawn[place + 1 :]:
            assert not one.overlaps(other)  # type: ignore[attr-defined]


def test_every_short_name_that_has_room_is_drawn() -> None:
    assert {text.get_text() for text, _ in labels_of(["甲", "乙", "丙"], 3)} == {"甲", "乙", "丙"}


@pytest.mark.parametrize("what", ["no field", "no stations", "no roads", "one county", "field in another CRS"])
def test_what_may_be_missing(tmp_path: Path, what: str) -> None:
    whole = assessment()
    empty = replace(field(), minutes=np.full((60, 60), np.nan, dtype=np.float32))
    changed = {
        "no field": replace(whole, field=empty),
        "no stations": replace(whole, stations=whole.stations.iloc[:0]),
        "no roads": replace(whole, road_lines=whole.road_lines.iloc[:0]),
        "one county": replace(whole, counties=Layer("boundaries", counties(("东县",)), "surveyed")),
        "field in another CRS": replace(whole, counties=replace(whole.counties, frame=counties().to_crs(4490))),
    }
    coverage_png(changed[what], tmp_path / "coverage.png", "zh")
    assert (tmp_path / "coverage.png").stat().st_size > 20_000


def test_all_outputs_in_a_new_folder(tmp_path: Path) -> None:
    outputs = write_outputs(assessment(), tmp_path / "a" / "b", "zh")
    assert [path.suffix for path in outputs] == [".html", ".xlsx", ".csv", ".json", ".csv", ".csv", ".png"]
    assert sorted(path.name for path in (tmp_path / "a" / "b").iterdir()) == sorted(path.name for path in outputs)
    assert all(path.stat().st_size > 200 for path in outputs)
