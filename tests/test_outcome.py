"""The outcome of a scenario as a file: what goes in comes out, and equal outcomes are equal bytes."""

from __future__ import annotations

import math
from dataclasses import fields

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carereach.errors import InputError, Problem
from carereach.scenarios.outcome import MEASURES, PLACES, VERDICTS, Outcome, table_of

NAN, INF = math.nan, math.inf


def outcome(**parts: object) -> Outcome:
    """An outcome whose numbers are written down here."""
    measures = [
        (
            "city",
            "手工市",
            3000.0,
            3,
            7.0,
            12.5,
            INF,
            40.25,
            1500.0,
            2000.0,
            0.5,
            2 / 3,
            10.0,
            5.0,
            0.0,
            1.0,
            2.0,
            -0.1,
        ),
        ("county", "甲县", 0.0, 0, NAN, NAN, NAN, NAN, 0.0, 0.0, NAN, NAN, 0.0, 0.0, 0.0, 0.0, 0.0, NAN),
    ]
    verdicts = [
        ("p", "r1", "甲县", "", "met", True, 12.5, "<= 15 min", 2.5, "min", False, ""),
        ("p", "r2", "甲县", "kind.cdc", "cannot tell", False, NAN, "", NAN, "", True, '{"zh": "缺", "en": "lacks"}'),
    ]
    content: dict[str, object] = {
        "name": "新站 1",
        "key": "ab" * 32,
        "group": "sweep",
        "labels": (("candidate", "N1"), ("growth", "high")),
        "cost": 1.5,
        "opened": 1,
        "closed": 0,
        "stations": 3,
        "measures": table_of(measures, MEASURES),
        "verdicts": table_of(verdicts, VERDICTS),
        "places": table_of([("甲县·镇", 100.0, 20.0, INF)], PLACES),
        "demand_index": np.array([3, 7], dtype=np.int32),
        "minutes": np.array([4.25, np.inf], dtype=np.float32),
    }
    return Outcome(**(content | parts))  # type: ignore[arg-type]


def assert_same(one: Outcome, other: Outcome) -> None:
    """Every field, with its types."""
    for field in fields(Outcome):
        left, right = getattr(one, field.name), getattr(other, field.name)
        if isinstance(left, pd.DataFrame):
            pd.testing.assert_frame_equal(left, right)
        elif isinstance(left, np.ndarray):
            assert left.dtype == right.dtype
            np.testing.assert_array_equal(left, right)
        else:
            assert left == right


def test_what_goes_in_comes_out() -> None:
    made = outcome()
    content = made.to_bytes()
    read = Outcome.from_bytes(content)
    assert_same(read, made)
    assert read.to_bytes() == content
    assert read.ok


def test_an_outcome_without_any_change_has_no_rows() -> None:
    made = outcome(demand_index=np.empty(0, dtype=np.int32), minutes=np.empty(0, dtype=np.float32), cost=None)
    assert_same(Outcome.from_bytes(made.to_bytes()), made)


def test_a_failed_scenario_keeps_its_reasons() -> None:
    problem = Problem("file.missing", "s.toml", 3, "close", "S9", {"limit": 2, "ways": ("a", "b")})
    made = Outcome.failed("n", "k", (problem,), group="g", labels=(("a", "b"),))
    read = Outcome.from_bytes(made.to_bytes())
    assert not read.ok
    assert read.error[0].message() == problem.message()
    assert (read.name, read.group, read.labels, len(read.measures)) == ("n", "g", (("a", "b"),), 0)
    assert read.to_bytes() == made.to_bytes()


@pytest.mark.parametrize("cut", [0, 4, 100, -1])
def test_a_torn_file_is_an_error_that_names_it(cut: int) -> None:
    content = outcome().to_bytes()
    with pytest.raises(InputError) as caught:
        Outcome.from_bytes(content[:cut], "ab.parquet")
    assert caught.value.problems[0].file == "ab.parquet"
    assert "run" in caught.value.problems[0].message()


def test_a_parquet_file_of_something_else_is_refused(tmp_path) -> None:  # noqa: ANN001
    path = tmp_path / "x.parquet"
    pd.DataFrame({"demand": [1], "minutes": [2.0]}).to_parquet(path)
    with pytest.raises(InputError):
        Outcome.from_bytes(path.read_bytes(), path.name)


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=1, max_size=5))
def test_numbers_keep_every_bit(numbers: list[float]) -> None:
    made = outcome(places=table_of([("x", number, number, number) for number in numbers], PLACES))
    read = Outcome.from_bytes(made.to_bytes()).places["residents"].to_numpy()
    np.testing.assert_array_equal(read, numbers)
