"""Comparison of scenarios: ranks, fronts, what turned, and what cannot be compared."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from outcomes import outcome

from carereach.errors import InputError, Problem
from carereach.scenarios.collect import collect
from carereach.scenarios.compare import RANKINGS, compare, labels_of, pareto, ranked
from carereach.scenarios.outcome import Outcome
from carereach.scenarios.run_folder import RunFolder


def folder_with(path: Path, *outcomes: Outcome) -> Path:
    run = RunFolder(path)
    for one in outcomes:
        run.put(one.key, one.to_bytes())
    assert not collect(run, [one.key for one in outcomes]).damaged
    return path


@pytest.fixture
def made(tmp_path: Path) -> Path:
    return folder_with(
        tmp_path / "run",
        outcome("baseline"),
        outcome("one", opened=1, cost=5.0, gained_15=50.0, within_15=450.0, mean_min=18.0),
        outcome("two", opened=2, cost=9.0, gained_15=90.0, within_15=490.0, mean_min=17.0, turned="met"),
        outcome("dear", opened=1, cost=8.0, gained_15=50.0, within_15=450.0, mean_min=18.0),
        outcome("cut off", cost=0.0, lost_15=10.0, within_15=390.0, mean_min=12.0, unreachable=200.0),
        outcome("same"),
        Outcome.failed("at sea", "0f", (Problem("file.missing", "sites.xlsx", row=3),)),
    )


def test_best_first_equal_values_share_a_rank(made: Path) -> None:
    table = compare([made]).table.set_index("scenario")
    assert table.loc["two", "rank"] == 1
    assert table.loc["one", "rank"] == table.loc["dear", "rank"] == 2
    assert table.loc["baseline", "rank"] == table.loc["same", "rank"] == 4
    assert table.loc["cut off", "rank"] == 6  # loses 10 people and gains nobody
    assert np.isnan(table.loc["at sea", "rank"]) and "sites.xlsx" in table.loc["at sea", "error"]


def test_who_cuts_people_off_is_not_best_by_mean(made: Path) -> None:
    found = compare([made], measure="mean_min").table
    assert list(found["scenario"][:3]) == ["two", "one", "dear"]
    assert found["scenario"].iloc[-2] == "cut off"


def test_fronts_by_cost(made: Path) -> None:
    found = compare([made])
    front = found.table.set_index("scenario")["front_within_15"]
    assert found.by_cost
    # "dear" costs more than "one" for the same; "cut off" costs nothing, but leaves 200 unreached, and nobody else
    # costs as little: it stays. The baseline states no cost.
    assert front[front].index.tolist() == ["two", "one", "cut off"]


def test_without_costs_the_number_of_stations_counts(tmp_path: Path) -> None:
    run = folder_with(
        tmp_path, outcome("baseline"), outcome("one", opened=1, within_15=450.0), outcome("two", opened=2)
    )
    found = compare([run])
    assert not found.by_cost
    assert found.table.set_index("scenario")["front_within_15"].to_dict() == {
        "one": True,
        "baseline": True,
        "two": False,
    }


def test_no_difference_is_said(made: Path) -> None:
    differs = compare([made]).table.set_index("scenario")["differs"]
    assert not differs["same"] and not differs["baseline"]
    assert differs["one"] and differs["cut off"]


def test_turned_verdicts(made: Path) -> None:
    found = compare([made])
    assert found.turned["scenario"].tolist() == ["two"]
    assert found.table.set_index("scenario").loc["two", ["met", "turned_met", "turned_not_met"]].tolist() == [1, 1, 0]


def test_one_county(made: Path) -> None:
    assert set(compare([made], unit="East").table["unit"]) == {"East", ""}


def test_labels_become_columns(made: Path) -> None:
    assert "site" in labels_of(compare([made]).table)


def test_two_folders_of_one_study_have_one_baseline(made: Path, tmp_path: Path) -> None:
    other = folder_with(tmp_path / "other", outcome("baseline"), outcome("one", gained_15=70.0))
    table = compare([made, other]).table
    assert (table["scenario"] == "baseline").sum() == 1
    assert table[table["scenario"] == "one"]["folder"].tolist() == ["other", "run"]


@pytest.mark.parametrize(
    ("options", "code"),
    [({"measure": "gained"}, "compare.measure"), ({"unit": "Est"}, "compare.unit")],
)
def test_unknown_words_are_refused(made: Path, options: dict[str, str], code: str) -> None:
    with pytest.raises(InputError) as raised:
        compare([made], **options)
    assert raised.value.problems[0].code == code
    assert raised.value.problems[0].line("zh") != raised.value.problems[0].line("en")


def test_folders_of_other_studies_are_refused(made: Path, tmp_path: Path) -> None:
    other = folder_with(tmp_path / "other", outcome("baseline", residents=2000.0))
    with pytest.raises(InputError, match="not of one study"):
        compare([made, other])
    with pytest.raises(InputError, match="no results"):
        compare([tmp_path / "nothing"])


@given(
    st.lists(
        st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(0, 2), st.sampled_from(["", "bad"])),
        min_size=1,
        max_size=12,
    ),
    st.sampled_from(RANKINGS),
)
def test_ranks_and_fronts_as_pairs_have_them(rows: list[tuple[int, int, int, str]], measure: str) -> None:
    table = pd.DataFrame(rows, columns=["cost", "value", "unreachable", "error"]).astype({"cost": float})
    table = table.assign(**{name: table["value"].astype(float) for name in RANKINGS if name not in table})
    order = ranked(table, measure)
    better = [order[measure].iloc[k] for k in range(len(order)) if order["error"].iloc[k] == ""]
    assert order["rank"].isna().sum() == (order["error"] == "bad").sum()
    if measure.startswith(("net", "gained", "within", "share", "met", "turned_met")):
        assert better == sorted(better, reverse=True)
    elif measure not in ("mean_min", "p90_min", "longest_min"):
        assert better == sorted(better)
    assert all(a <= b for a, b in pairwise(order["rank"].dropna()))
    front = pareto(table, "within_15", "cost")
    for i, one in table.iterrows():
        beaten = any(
            other["cost"] <= one["cost"]
            and other["value"] >= one["value"]
            and other["unreachable"] <= one["unreachable"]
            and (other["cost"], other["value"], other["unreachable"]) != (one["cost"], one["value"], one["unreachable"])
            for _, other in table.iterrows()
        )
        assert front[i] == (not beaten)  # type: ignore[call-overload]
