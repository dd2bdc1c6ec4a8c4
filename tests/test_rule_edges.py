"""Rules on the edge: a census figure that its cells add up to only nearly, institutions with several names, and
counties without units of a rule's level."""

from __future__ import annotations

import numpy as np
import pytest
from plan_cases import judged, with_tables, with_townships
from studies import facility, people, rule, study, verdict_of

from carereach.coverage.facts import whole_people

RATIO = rule(
    "ratio",
    amount={"table": "beds", "column": "beds"},
    per_each={"each": 1000, "population": "resident"},
    threshold={"at_least": 5.4},
)
BANDS = rule(
    "banded-minimum",
    per="city",
    amount={"table": "beds", "column": "beds"},
    bands=[{"below": 300_000, "minimum": 20}, {"minimum": 50}],
)


def cells_of(total: float) -> np.ndarray:
    """Cells scaled to a total that they miss by a hair when they are added up."""
    for seed in range(100):
        parts = np.random.default_rng(seed).random(30)
        scaled = parts * (total / parts.sum())
        if scaled.sum() != total:
            return scaled
    raise AssertionError("no such cells")


@pytest.mark.parametrize(("residents", "beds", "status"), [(1_200_000, 6480, "met"), (1_200_000, 6479, "not met")])
def test_just_as_many_as_needed_is_enough(residents: float, beds: int, status: str) -> None:
    """6,480 beds for 1,200,000 people are the 5.4 per 1,000 asked for, also where the people come in odd cells."""
    for sign in (1, -1):
        cells = cells_of(residents)[::sign]
        made = with_tables(study([], people(residents=cells)), beds=[{"county": "手工市", "beds": beds}])
        assert verdict_of(RATIO, made).status == status


def test_a_unit_on_the_edge_belongs_to_the_larger_band() -> None:
    made = with_tables(study([], people(residents=cells_of(300_000))), beds=[{"county": "手工市", "beds": 50}])
    assert verdict_of(BANDS, made).target == ">= 50"


def test_people_are_counted_to_the_millionth() -> None:
    assert whole_people(1_200_000.0000000002) == 1_200_000
    assert whole_people(299_999.5) == 299_999.5


@pytest.mark.parametrize(
    ("names", "one", "status"),
    [
        (("甲院", "乙院"), True, "met"),  # one of its names is in the list: it is there
        (("甲院", "乙院"), False, "cannot tell"),  # two institutions, of which the list holds one
        (("甲院",), False, "met"),
        (("丙院", "乙院"), True, "cannot tell"),
    ],
)
def test_an_institution_with_several_names(names: tuple[str, ...], one: bool, status: str) -> None:
    plan = rule(
        "membership",
        facilities={"names": list(names), "one_institution": one},
        having={"role": "ems.network"},
    )
    made = study([facility(5, name="甲院", roles="ems.network")], complete_kinds=())
    assert verdict_of(plan, made).status == status


def test_counties_without_a_street_have_none_to_test() -> None:
    """甲县 has a street and a town, 乙市 a town only; of 丙区 the study knows no township."""
    plan = rule("count-per-unit", per="street", facilities={"kinds": ["ems.station"]}, threshold={"at_least": 1})
    made = with_townships(study([facility(2)]), {"甲街道": "street", "乙镇": "town", "丙镇": "town"})
    by_unit = {verdict.unit: verdict.status for verdict in judged(plan, made)}
    assert by_unit == {"甲县": "met", "丙区": "cannot tell"}


def test_where_no_county_has_one_each_says_so() -> None:
    plan = rule("count-per-unit", per="street", facilities={"kinds": ["ems.station"]}, threshold={"at_least": 1})
    made = with_townships(study([facility(2)]), {"甲镇": "town", "乙镇": "town", "丙镇": "town"})
    assert {verdict.status for verdict in judged(plan, made)} == {"cannot tell"}
