"""Units above a population need one more: counties and townships, strict or not, far from the seat or not."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import pytest
from networks import METRIC
from plan_cases import codes, judged, with_tables, with_townships
from studies import at, facility, rule, study

from carereach.layers.study import Study

NEED: dict[str, Any] = {"facilities": {"kinds": ["hospital.general"]}}
TOWNS = {"东街": "street", "西镇": "town", "南乡": "township", "北乡": "township"}


def hospital(x_km: float | None) -> dict[str, Any]:
    return facility(x_km, kind="hospital.general")


def made(*rows: dict[str, Any], **settings: Any) -> Study:
    return study(rows, complete_kinds=["hospital.general"], **settings)


@pytest.mark.parametrize(("strict", "above", "units"), [(False, 1000, 3), (True, 1000, 0), (True, 999, 3)])
def test_a_county_of_exactly_so_many(strict: bool, above: float, units: int) -> None:
    """Each county has 1,000 residents."""
    plan = rule("population-trigger", **NEED, above=above, strict=strict)
    assert len(judged(plan, made(hospital(5.0)))) == units


def test_county_with_and_without() -> None:
    found = judged(rule("population-trigger", **NEED, above=1000), made(hospital(5.0)))
    assert [(v.unit, v.status) for v in found] == [("甲县", "met"), ("乙市", "not met"), ("丙区", "not met")]


def test_population_that_is_not_known() -> None:
    plan = rule("population-trigger", **NEED, above=1000, population="registered", units=["甲县"])
    (found,) = judged(plan, made(hospital(5.0)))
    assert (found.status, codes(found.would_settle)) == ("cannot tell", ["settle.column"])
    large = with_tables(made(hospital(5.0)), population=[{"county": "甲县", "registered": "1000"}])
    assert judged(plan, large)[0].status == "met"
    small = with_tables(made(hospital(5.0)), population=[{"county": "甲县", "registered": "999"}])
    assert judged(plan, small) == ()


def test_townships_above_it() -> None:
    """Each township has 5 x 100 residents; 西镇 has a hospital, 东街 has none."""
    plan = rule("population-trigger", **NEED, per="township", above=500, units=["甲县"])
    (found,) = judged(plan, with_townships(made(hospital(7.0)), TOWNS))
    assert (found.status, found.value, found.target, found.worst) == ("not met", 1, ">= 2", ("东街",))
    (both,) = judged(plan, with_townships(made(hospital(7.0), hospital(2.0)), TOWNS))
    assert both.status == "met"


def test_townships_that_are_far_from_the_seat() -> None:
    """The seat stands in 东街 (km 2), which is then left out; by the other readings nothing is far enough."""
    (point,) = gpd.GeoSeries([at(2.0)], crs=METRIC).to_crs(4326)
    plan = rule(
        "population-trigger",
        **NEED,
        per="township",
        above=500,
        far_from_seat=True,
        units=["甲县"],
        choices=["C12-far"],
    )
    there = with_townships(made(hospital(7.0)), TOWNS)
    (unknown,) = judged(plan, there)
    assert (unknown.status, codes(unknown.would_settle)) == ("cannot tell", ["settle.seat"])
    seated = with_tables(there, seats=[{"county": "甲县", "lon": point.x, "lat": point.y}])
    (found,) = judged(plan, seated)
    assert (found.status, found.target) == ("met", ">= 1")
    far = with_townships(made(hospital(7.0), choices={"C12-far": "ten-km"}), TOWNS)
    assert judged(plan, with_tables(far, seats=[{"county": "甲县", "lon": point.x, "lat": point.y}])) == ()


def test_without_townships() -> None:
    (found,) = judged(rule("population-trigger", **NEED, per="township", above=1, units=["甲县"]), made(hospital(5.0)))
    assert (found.status, codes(found.would_settle)) == ("cannot tell", ["settle.townships"])


def test_a_facility_whose_township_is_unknown_may_be_the_one() -> None:
    plan = rule("population-trigger", **NEED, per="township", above=500, units=["甲县"])
    rows = [hospital(7.0), facility(None, kind="hospital.general", county="甲县")]
    (found,) = judged(plan, with_townships(made(*rows), TOWNS))
    assert found.status == "cannot tell"
