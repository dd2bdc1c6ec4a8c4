"""Facilities in a distance band about the seat, what they supply, and where new ones would serve most."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from networks import METRIC
from plan_cases import codes, judged, param, with_tables
from studies import at, facility, rule, study

from carereach.coverage.kinds.distance_band import TRIES, best_sites
from carereach.coverage.tables import needs_of
from carereach.layers.study import Study

KINDS = ["hospital.general", "primary.township"]
BAND: dict[str, Any] = {
    "facilities": {"kinds": ["hospital.general"], "levels": ["secondary"]},
    "band": [3, 8],
    "serves": {"facilities": {"kinds": ["primary.township"]}, "within_km": 2.5},
    "units": ["甲县"],
}


def hospital(x_km: float | None, **columns: Any) -> dict[str, Any]:
    return facility(x_km, **{"kind": "hospital.general", "level": "secondary", "county": "甲县", **columns})


def centre(x_km: float) -> dict[str, Any]:
    return facility(x_km, kind="primary.township", name=f"centre {x_km:g}")


def seated(rows: list[dict[str, Any]], x_km: float = 0.0, y_km: float = 5.0, **settings: Any) -> Study:
    """The seat of 甲县 at km ``x_km``."""
    (point,) = gpd.GeoSeries([at(x_km, y_km)], crs=METRIC).to_crs(4326)
    made = study(rows, **{"complete_kinds": KINDS, **settings})
    return with_tables(made, seats=[{"county": "甲县", "lon": point.x, "lat": point.y, "radius_km": "1"}])


def test_one_qualifies_and_supplies_all() -> None:
    (found,) = judged(rule("distance-band", **BAND), seated([hospital(5.0), hospital(1.0), centre(3.0), centre(7.0)]))
    assert (found.status, found.value, found.worst) == ("met", 1, ())
    assert found.target == ">= 1 (3-8 km)"
    assert param(found.notes, "note.supplied", "count") == 2


@pytest.mark.parametrize("rows", [[], [hospital(1.0)], [hospital(5.0), centre(5.0)]])
def test_a_count_of_none_has_no_empty_brackets(rows: list[dict[str, Any]]) -> None:
    (found,) = judged(rule("distance-band", **BAND), seated(rows))
    said = [note.text(lang) for note in found.notes for lang in ("en", "zh")]  # type: ignore[arg-type]
    assert not [line for line in said if "()" in line or "（）" in line]
    assert any("0" in line for line in said)


def test_the_template_asks_for_all_that_the_distance_needs() -> None:
    (goal,) = rule("distance-band", **BAND).rule
    assert [(need.table, need.column) for need in needs_of(goal)] == [
        ("seats", "lon"),
        ("seats", "lat"),
        ("seats", "radius_km"),
    ]


@pytest.mark.parametrize(("x_km", "inside"), [(2.9, 0), (3.1, 1), (7.9, 1), (8.1, 0)])
def test_edges_of_the_band(x_km: float, inside: int) -> None:
    (found,) = judged(rule("distance-band", **{**BAND, "serves": None}), seated([hospital(x_km)]))
    assert (found.value, found.status) == (inside, "met" if inside else "not met")


def test_centres_left_without_supply_are_named() -> None:
    (found,) = judged(rule("distance-band", **BAND), seated([hospital(5.0), centre(3.0), centre(9.0), centre(1.0)]))
    assert (found.status, found.worst) == ("not met", ("centre 9", "centre 1"))


def test_by_road_or_as_the_crow_flies() -> None:
    """A seat 3 km off the road: 5 km along it are 5 + 3 x 1.3 = 8.9 km by road, sqrt(25 + 9) = 5.8 straight."""
    plan = rule("distance-band", **{**BAND, "serves": None}, choices=["C8"])
    (found,) = judged(plan, seated([hospital(5.0)], y_km=8.0))
    assert (found.status, codes(found.notes)[0]) == ("not met", "note.other-reading")
    (found,) = judged(plan, seated([hospital(5.0)], y_km=8.0, choices={"C8": "straight"}))
    assert found.status == "met"
    assert [item.layer for item in found.evidence] == ["facilities"]


def test_from_the_edge_of_the_seat() -> None:
    """3.5 km from the government are 2.5 km from the edge, 1 km out."""
    plan = rule("distance-band", **{**BAND, "serves": None}, choices=["C8-from"])
    (found,) = judged(plan, seated([hospital(3.5)]))
    assert (found.status, codes(found.notes)[0]) == ("met", "note.other-reading")


@pytest.mark.parametrize(
    "rows",
    [
        [hospital(None)],
        [hospital(1.0), hospital(5.0, level="")],
        [hospital(5.0, status="")],
        [hospital(9.0, precision="seat", uncertainty_km=3.0)],
    ],
)
def test_what_may_qualify_leaves_it_open(rows: list[dict[str, Any]]) -> None:
    (found,) = judged(rule("distance-band", **{**BAND, "serves": None}), seated(rows))
    assert found.status == "cannot tell"
    assert found.would_settle


def test_a_seat_that_is_not_known() -> None:
    (found,) = judged(rule("distance-band", **BAND), study([hospital(5.0)], complete_kinds=KINDS))
    assert (found.status, codes(found.would_settle)) == ("cannot tell", ["settle.seat"])


def test_new_points_where_they_serve_most() -> None:
    """Seat at km 0; 3.2, 4 and 7 lie in the band. A point at 3.2 supplies 1, 3.2 and 4; one at 7 supplies 7 and 9."""
    rows = [centre(x) for x in (1.0, 3.2, 4.0, 7.0, 9.0)]
    (found,) = judged(rule("distance-band", **BAND, new=[1, 2]), seated(rows))
    proposed = [(n.params["count"], n.params["served"], n.params["names"]) for n in found.notes if "new" in n.code]
    assert proposed == [(1, 3, ("甲县·centre 3.2",)), (2, 5, ("甲县·centre 3.2", "甲县·centre 7"))]


def test_more_new_points_than_help_are_not_proposed() -> None:
    """One point at km 4 supplies both centres; a second and a third add nothing."""
    (found,) = judged(rule("distance-band", **BAND, new=[1, 3]), seated([centre(4.0), centre(5.0)]))
    assert [(n.params["count"], n.params["served"]) for n in found.notes if "new" in n.code] == [(1, 2)]


def test_new_points_are_those_of_all_units_together() -> None:
    """Seats at km 0 and 20. One point: the two centres at 4 and 5 in 甲县 beat the one at 15 in 乙市."""
    rows = [centre(4.0), centre(5.0), {**centre(15.0), "county": "乙市"}]
    made = study(rows, complete_kinds=KINDS)
    points = gpd.GeoSeries([at(0.0, 5.0), at(20.0, 5.0)], crs=METRIC).to_crs(4326)
    seats = [{"county": name, "lon": p.x, "lat": p.y} for name, p in zip(("甲县", "乙市"), points, strict=True)]
    plan = rule("distance-band", **{**BAND, "units": ["甲县", "乙市"]}, new=[1, 2])
    first, second = judged(plan, with_tables(made, seats=seats))
    said = [(n.params["count"], n.params["served"], n.params["left"]) for n in first.notes if "new" in n.code]
    assert said == [(1, 2, 3), (2, 3, 3)]
    assert [n for n in first.notes if "new" in n.code] == [n for n in second.notes if "new" in n.code]


def test_nowhere_for_a_new_point() -> None:
    (found,) = judged(rule("distance-band", **BAND, new=[1, 3]), seated([centre(1.0)]))
    assert [n.params["left"] for n in found.notes if n.code == "note.no-new-point"] == [1]


@given(st.integers(1, 3), st.lists(st.lists(st.booleans(), min_size=5, max_size=5), min_size=1, max_size=6))
def test_few_sites_are_tried_in_all_combinations(count: int, rows: list[list[bool]]) -> None:
    within = np.array(rows)
    best = max(
        int(within[list(chosen)].any(axis=0).sum()) for chosen in combinations(range(len(rows)), min(count, len(rows)))
    )
    chosen = best_sites(within, count)
    assert (int(within[list(chosen)].any(axis=0).sum()) if chosen else 0) == best


def test_many_sites_are_chosen_one_after_the_other() -> None:
    """60 sites, 5 of them: 5.4 million combinations. Each site holds one place, the last ten hold two."""
    within = np.eye(60, dtype=bool)
    within[50:, :10] |= np.eye(10, dtype=bool)
    chosen = best_sites(within, 5)
    assert TRIES < 5_400_000
    assert len(set(chosen)) == 5 and int(within[list(chosen)].any(axis=0).sum()) == 10
