"""Maps of what is within reach and counties side by side: what is drawn, what is said, and what may be missing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from accesses import access, services, with_access
from assessments import NASTY, SOUTH, UTM, WEST, assessment, counties
from matplotlib.figure import Figure
from matplotlib.text import Text
from shapely.geometry import box

from carereach.coverage.results import Assessment
from carereach.layers.model import Layer
from carereach.maps.atlas import access_map, equity_bars, plot_page
from carereach.maps.atlas.figure import study_ground
from carereach.maps.atlas.ground import Ground, ground_of
from carereach.maps.atlas.plot_page import print_settings


@pytest.fixture
def coarse(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(plot_page, "DPI", 40)
    monkeypatch.setattr(plot_page, "SVG_DPI", 40)
    yield


def drawn(given: Assessment, lang: str = "en") -> Figure:
    assert given.access is not None
    with print_settings():
        return access_map.figure(given, given.access.services[0], lang, study_ground(given))  # type: ignore[arg-type]


def texts_of(figure: Figure) -> str:
    return "\n".join(each.get_text() for each in figure.findobj(Text))


def square() -> Ground:
    land = counties().iloc[:1].set_geometry([box(WEST, SOUTH, WEST + 20_000, SOUTH + 20_000)], crs=UTM)
    return ground_of(land, None, UTM, 6.5)


@pytest.mark.usefixtures("coarse")
def test_the_map_says_what_it_shows_in_both_languages() -> None:
    said = texts_of(drawn(with_access()))
    assert "Two counties: hospital beds within reach, catchment 60 min" in said
    assert "hospital beds within reach, per 1,000 residents (2SFCA)" in said
    assert "Within a catchment reach fades with time by a Gaussian curve" in said
    assert {"0–0.12", "0.12–0.25", "0.25–0.5", "0.5–1", "over 1", "none within reach"} <= set(said.split("\n"))
    assert "每千人口可达医院床位（张），2SFCA" in texts_of(drawn(with_access(), "zh"))


def test_a_cell_is_the_mean_of_its_residents() -> None:
    """Four points on 400 km2: cells of 10 km, two each way. Both western ones lie in one: (1 x 100 + 4 x 300) / 400."""
    x, y = np.array([1.0, 2.0, 15.0, 15.0]) * 1000 + WEST, np.array([1.0, 2.0, 1.0, 15.0]) * 1000 + SOUTH
    values, residents = np.array([1.0, 4.0, 0.0, 7.0]), np.array([100.0, 300.0, 5.0, 5.0])
    field = access_map.cells_of(x, y, values, residents, square())
    assert field.cell_m == 10_000.0
    assert field.minutes.tolist()[1] == [3.25, 0.0]  # the south is the last row
    assert np.isnan(field.minutes[0, 0])
    assert field.minutes[0, 1] == 7.0


@pytest.mark.usefixtures("coarse")
@pytest.mark.parametrize("what", ["nobody", "nothing", "no facility takes part", "a hostile name"])
def test_what_may_be_missing(what: str) -> None:
    whole = with_access()
    service = services()[0]
    nothing = replace(service, index=np.zeros(30))
    unplaced = replace(service, takes_part=np.array([False, False]))
    empty = access().table.assign(**{service.column: 0.0})
    changed = {
        "nobody": replace(whole, demand=whole.demand.assign(residents=0.0)),
        "nothing": replace(whole, access=replace(access(), services=(nothing,), table=empty)),
        "no facility takes part": replace(whole, access=replace(access(), services=(unplaced,))),
        "a hostile name": with_access(
            names=(NASTY, "$x^2$"), counties=Layer("boundaries", counties((NASTY, "$x^2$")), "surveyed")
        ),
    }
    assert drawn(changed[what]).axes


@pytest.mark.usefixtures("coarse")
def test_files_of_each_service_and_none_without_access(tmp_path: Path) -> None:
    ground = study_ground(assessment())
    assert access_map.write_access_maps(assessment(), tmp_path, "en", ground) == ()
    assert equity_bars.write_equity_bars(assessment(), tmp_path / "e", "en") == ()
    assert list(tmp_path.iterdir()) == []
    files = access_map.write_access_maps(with_access(), tmp_path, "zh", ground)
    names = ["access_hospital.png", "access_hospital.svg", "access_emergency.png", "access_emergency.svg"]
    assert [file.name for file in files] == names
    assert len(equity_bars.write_equity_bars(with_access(), tmp_path / "equity_bars", "zh")) == 2
    table = access().equity
    alone = replace(access(), equity=table[(table["level"] == "city") | (table["unit"] == "东县")])
    assert equity_bars.write_equity_bars(with_access(access=alone), tmp_path / "e", "en") == ()  # nothing to compare


@pytest.mark.usefixtures("coarse")
def test_counties_side_by_side() -> None:
    given = with_access()
    with print_settings():
        figure = equity_bars.figure(given, "en")
    said = texts_of(figure)
    mean = access().equity.set_index("unit").loc["西县", "mean_min"]
    assert f"{mean:.1f}" in said.split("\n")
    assert "main urban area" in said
    assert "5,900 residents whom nobody reaches are left out" in said
    bars = figure.axes[0].patches
    assert len(bars) == 5  # the city, two zones, two counties
    assert [bar.get_hatch() for bar in bars] == ["", "////", "////", "", ""]  # told apart without colour


def test_of_very_many_counties_the_most_populous_are_shown() -> None:
    rows = access().equity
    county = rows[rows["level"] == "county"].iloc[0]
    many = rows.iloc[:3].copy()
    for place in range(40):
        many.loc[3 + place] = county.replace({"东县": f"县{place}"}).to_dict() | {"residents": 100.0 + place}
    shown, more = equity_bars.rows_of(replace(with_access(), access=replace(access(), equity=many)))
    assert more == 10
    assert len(shown) == 33
    assert shown["residents"].iloc[3:].min() == 110.0
