"""A comparison as files and on a terminal: what is said, what it fits, and what names cannot do."""

from __future__ import annotations

import csv
from dataclasses import replace
from io import StringIO
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from comparisons import FORMULA, NASTY, baseline, compared, demand, mixed, moved, refused, run_folder
from hypothesis import given
from hypothesis import strategies as st
from outcomes import outcome
from rich.cells import cell_len
from rich.console import Console, RenderableType

from carereach.errors import InputError
from carereach.maps.compare.names import apart
from carereach.maps.compare.page import compare_data
from carereach.maps.compare.study import ComparedStudy, study_of
from carereach.maps.compare.tables import frames_of, write_comparison, write_difference
from carereach.maps.compare.terminal import (
    best,
    named,
    only,
    refused_problems,
    terminal_answer,
    terminal_best,
    terminal_comparison,
    terminal_difference,
    terminal_notes,
)
from carereach.maps.tables import heading
from carereach.maps.workbook import meaning
from carereach.scenarios.between import between
from carereach.scenarios.compare import compare
from carereach.scenarios.filters import conditions, filtered
from carereach.texts import LANGS, Lang


def printed(*parts: RenderableType, width: int = 100) -> list[str]:
    """What a terminal shows, line by line."""
    console = Console(width=width, file=StringIO(), highlight=False)
    for part in parts:
        console.print(part)
    return console.file.getvalue().splitlines()  # type: ignore[attr-defined]


def rows_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(path.read_text(encoding="utf-8-sig"))))


# --- files -----------------------------------------------------------------------------------------------------------


def test_files_hold_every_scenario_best_first(tmp_path: Path) -> None:
    files = write_comparison(compared(tmp_path / "run"), tmp_path, "en")
    assert [path.name for path in files] == ["comparison.csv", "comparison.xlsx", "comparison.parquet"]
    rows = rows_of(files[0])
    # 90 gained, twice 50 (they share rank 2), twice none (rank 4), and the refused without a rank
    assert [row["rank"] for row in rows] == ["1", "2", "2", "4", "4", ""]
    assert rows[0]["people gained within 15 min"] == "90"
    assert {row["scenario"] for row in rows} >= {"North", "as it is today", "same", "at sea"}
    assert "sites.xlsx" in rows[-1]["error"]
    assert [row["any difference"] for row in rows if row["scenario"] == "same"] == ["no"]
    assert rows[1]["cost"] == "5"
    table = pd.read_parquet(files[2])
    assert table["scenario"].tolist()[0] == NASTY  # programs get names as they are
    assert len(table) == len(rows)


@pytest.mark.parametrize("lang", LANGS)
def test_a_refused_scenario_has_no_figures(tmp_path: Path, lang: Lang) -> None:
    csv_file, excel, _ = write_comparison(compared(tmp_path / "run"), tmp_path, lang)
    own = {heading(name, lang) for name in ("scenario", "error")} | {"site"}
    last = rows_of(csv_file)[-1]
    assert {name for name, cell in last.items() if cell} <= own
    sheet = openpyxl.load_workbook(excel).worksheets[0]
    names, cells = ([cell.value for cell in sheet[row]] for row in (1, sheet.max_row))
    assert {name for name, cell in zip(names, cells, strict=True) if cell is not None and cell != ""} <= own
    # Those that were applied keep theirs.
    assert rows_of(csv_file)[0][heading("differs", lang)] in ("yes", "是")
    assert rows_of(csv_file)[0][heading("opened", lang)] == "2"


def test_labels_that_carereach_gives_are_in_words(tmp_path: Path) -> None:
    one = outcome("one")
    object.__setattr__(one, "labels", (("candidate", "A"), ("candidate 2", "B"), ("baseline", "b"), ("growth", "low")))
    comparison = compare([run_folder(tmp_path / "run", baseline(), one)])
    names = list(rows_of(write_comparison(comparison, tmp_path, "zh")[0])[0])
    assert {"候选点", "候选点 2", "基准情形", "人口增长", "15 分钟内净增人口（人）", "30 分钟内净增人口（人）"} <= set(
        names
    )
    assert not {"candidate", "candidate 2", "baseline", "net_15", "net_30"} & set(names)
    assert {"candidate", "growth"} <= set(rows_of(write_comparison(comparison, tmp_path, "en")[0])[0])


@pytest.mark.parametrize(("lang", "words"), [("en", "without a stated cost"), ("zh", "未列费用")])
def test_scenarios_without_a_cost_are_said(tmp_path: Path, lang: Lang, words: str) -> None:
    outcomes = [outcome("with", cost=2.0, gained_15=5.0), outcome("without", gained_15=9.0)]
    comparison = compare([run_folder(tmp_path, baseline(), *outcomes)])
    assert words in "\n".join(printed(*terminal_notes(comparison, lang, top=20)))
    both = [outcome("with", gained_15=5.0), outcome("without", gained_15=9.0)]
    none = compare([run_folder(tmp_path / "none", baseline(), *both)])
    assert words not in "\n".join(printed(*terminal_notes(none, lang, top=20)))


@pytest.mark.parametrize("lang", LANGS)
def test_where_there_is_no_mean_a_dash_stands(tmp_path: Path, lang: Lang) -> None:
    nobody = {"mean_min": np.nan, "mean_change_min": np.nan, "p90_min": np.nan, "share_15": np.nan}
    one = outcome("nobody", lost_15=400.0, within_15=0.0, **nobody)
    comparison = compare([run_folder(tmp_path, baseline(), one)])
    said = "\n".join(printed(*terminal_answer(comparison, ComparedStudy(), lang)))
    table = "\n".join(printed(terminal_comparison(comparison, lang, top=5)))
    assert "nan" not in said + table and "—" in said and "—" in table
    assert ("20.00 min today, then — min; change — min" if lang == "en" else "变为 — 分钟；变化 — 分钟") in said
    # Nobody is gained: no sign before nothing.
    assert "−0" not in said and "+0" not in said
    assert ("Within 15 min: 0 people gained, 400 lost;" in said) == (lang == "en")


def test_a_name_is_never_a_formula(tmp_path: Path) -> None:
    csv_file, excel, _ = write_comparison(compared(tmp_path / "run"), tmp_path, "zh")
    assert "'" + FORMULA in {row["情景"] for row in rows_of(csv_file)}
    book = openpyxl.load_workbook(excel)
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value in (FORMULA, NASTY)]
    assert len(cells) >= 6
    assert all(cell.data_type == "s" for cell in cells)


def test_workbook_has_a_sheet_for_each_question(tmp_path: Path) -> None:
    comparison = compared(tmp_path / "run")
    key = ("made", "M-1", "East", "")
    study = ComparedStudy(rules={("made", "M-1"): {"en": "Fast", "zh": "快"}}, status={key: "not met"})
    _, excel, _ = write_comparison(comparison, tmp_path, "en", study)
    book = openpyxl.load_workbook(excel)
    assert book.sheetnames == ["scenarios", "areas", "verdicts turned", "places", "data dictionary"]
    turned = [[cell.value for cell in row] for row in book["verdicts turned"].iter_rows()]
    assert len(turned) == 2
    line = dict(zip(turned[0], turned[1], strict=True))
    assert (line["title"], line["verdict today"], line["verdict"]) == ("Fast", "not met", "met")
    # The areas of the best scenario come first.
    assert book["areas"]["A2"].value == NASTY


@pytest.mark.parametrize("lang", LANGS)
def test_every_column_has_a_heading_and_a_meaning(tmp_path: Path, lang: Lang) -> None:
    comparison = compared(tmp_path / "run")
    frames = frames_of(comparison, lang, ComparedStudy())
    difference = between(tmp_path / "run", "baseline", "North")
    columns = {str(column) for frame in frames.values() for column in frame} - {"site"}  # a label of the user's
    columns |= {*difference.areas, *difference.places, "first", "second"}
    assert [column for column in sorted(columns) if not meaning(column, lang)] == []
    if lang == "zh":
        assert [column for column in sorted(columns) if heading(column, lang) == column] == []


def test_labels_never_take_the_place_of_a_figure(tmp_path: Path) -> None:
    one = outcome("one", cost=3.0)
    object.__setattr__(one, "labels", (("cost", "high"), ("growth", "low")))
    comparison = compare([run_folder(tmp_path, baseline(), one)])
    frame = frames_of(comparison, "en", ComparedStudy())["scenarios"].set_index("scenario")
    assert frame.loc["one", "cost"] == 3.0
    assert frame.loc["one", "cost *"] == "high"
    assert frame.loc["one", "growth"] == "low"


def test_everything_refused_is_still_a_comparison(tmp_path: Path) -> None:
    comparison = compare([run_folder(tmp_path / "run", baseline(), refused("a"), refused("b"))])
    files = write_comparison(comparison, tmp_path, "en")
    assert [row["scenario"] for row in rows_of(files[0])] == ["as it is today", "a", "b"]
    assert best(comparison) is None
    assert only(comparison) is None
    assert len(refused_problems(comparison)) == 2
    said = "\n".join(printed(*terminal_notes(comparison, "en", top=20)))
    assert "could not be applied: 2;" in said


# --- terminal --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("measure", ["gained_15", "p90_min", "share_15", "cost", "met", "longest_min"])
def test_the_table_fits_100_columns(tmp_path: Path, lang: Lang, measure: str) -> None:
    comparison = compared(tmp_path / "run", measure=measure)
    lines = printed(terminal_comparison(comparison, lang, top=20), *terminal_notes(comparison, lang, top=20))
    assert max(cell_len(line) for line in lines) <= 100
    said = "\n".join(lines)
    assert "North" in said
    assert ("as it is today" if lang == "en" else "现状") in said


def test_the_table_says_what_the_files_say(tmp_path: Path) -> None:
    comparison = compared(tmp_path / "run", measure="gained_15")
    lines = printed(terminal_comparison(comparison, "en", top=20))
    north = next(line for line in lines if "North" in line)
    assert "2 ★" in north and "+50" in north and "−2.00" in north and " 5 " in north
    assert any("refused" in line and "at sea" in line for line in lines)
    nasty = next(line for line in lines if "<img" in line)
    assert "✓1" in nasty  # one rule becomes met
    # Somebody is lost within 30 min in one scenario, nobody within 15 in any: only what is not zero has a column.
    head = next(line for line in lines if "scenario" in line)
    assert "−30 min" in head and "−15 min" not in head and "not reached" not in head


def test_the_study_as_it_is_stands_below_the_best(tmp_path: Path) -> None:
    lines = printed(terminal_comparison(compared(tmp_path / "run"), "en", top=1))
    assert "as it is today" in lines[-2]
    # Somebody loses somewhere: what is left of the gains is shown.
    assert "±15 min" in "".join(lines) and "+15 min" not in "".join(lines)
    said = printed(*terminal_notes(compared(tmp_path / "run"), "en", top=1))
    assert any(line.startswith("5 more") for line in said)


@pytest.mark.parametrize("lang", LANGS)
def test_what_all_names_share_is_said_once(tmp_path: Path, lang: Lang) -> None:
    grid = [("建成", "车 1"), ("建成", "车 2"), ("高增长", "车 1"), ("高增长", "车 2")]
    names = [
        f"竹山 + 茶坪 + {growth} + {vehicles} + all roads of the county as they were in 2025"
        for growth, vehicles in grid
    ]
    outcomes = [outcome(name, gained_15=10.0 - place, cost=1e6) for place, name in enumerate(names)]
    lines = printed(terminal_comparison(compare([run_folder(tmp_path, baseline(), *outcomes)]), lang, top=20))
    assert max(cell_len(line) for line in lines) <= 100
    # Three parts are in all four names: said above the table, and nowhere in it.
    head = next(
        place for place, line in enumerate(lines) if ("scenario" if lang == "en" else "名次") in line and "15" in line
    )
    above, table = " ".join("".join(lines[:head]).split()), "\n".join(lines[head:])
    assert "竹山 + 茶坪 + all roads of the county as they were in 2025" in above
    assert "竹山" not in table and "2025" not in table
    assert [sum(f"{growth} + {vehicles}" in line for line in lines) for growth, vehicles in grid] == [1, 1, 1, 1]


def test_names_stay_apart() -> None:
    assert apart(["A + x", "B + x"]) == (("x",), ["A", "B"])
    # Nothing left of a name, or one name alone: as they are.
    assert apart(["x", "x + y"]) == ((), ["x", "x + y"])
    assert apart(["A + x"]) == ((), ["A + x"])
    assert apart([]) == ((), [])
    # 200 letters that differ at the end are cut in the middle; where they differ there, they stay whole.
    shared, cut = apart(["a" * 200 + "1", "a" * 200 + "2"])
    assert (shared, [len(name) for name in cut], [name[-1] for name in cut]) == ((), [161, 161], ["1", "2"])
    middle = ["a" * 100 + sign + "a" * 100 for sign in "12"]
    assert apart(middle) == ((), middle)


@given(st.lists(st.lists(st.sampled_from("ABCxyz"), min_size=1, max_size=4).map(" + ".join), max_size=6))
def test_different_names_are_shown_differently(names: list[str]) -> None:
    _, left = apart(names)
    assert len(left) == len(names) and all(left)
    assert len(set(zip(names, left, strict=True))) == len(set(names)) == len(set(left))


def test_draws_are_said(tmp_path: Path) -> None:
    plain = compared(tmp_path / "run")
    table = plain.table.assign(rank_low=2.0, rank_high=3.0, first_share=0.25)
    comparison = replace(plain, table=table, draws=20, first_changes=4)
    lines = printed(terminal_comparison(comparison, "en", top=20), *terminal_notes(comparison, "en", top=20))
    assert max(cell_len(line) for line in lines) <= 100
    assert any("North" in line and "2–3" in line for line in lines)
    assert any(line.startswith("In 20 draws") and line.endswith("first in 4.") for line in lines)


def test_an_answer_says_its_draws(tmp_path: Path) -> None:
    one = moved(outcome("one", gained_15=50.0, mean_change_min=-2.0), {1: 12.0})
    plain = compare([run_folder(tmp_path, baseline(), one)])
    # 20 worlds: 1 to 20 people gained. The lower of the values around 5 % and 95 % of the way: 1 and 19.
    drawn = pd.DataFrame({"draw": range(20), "net_15": np.arange(1.0, 21.0), "net_30": 5.0, "mean_change_min": -1.5})
    drawn = drawn.assign(folder=tmp_path.name, key=one.key)
    lines = printed(*terminal_answer(replace(plain, drawn=drawn, draws=20), ComparedStudy(), "en"))
    said = " ".join(lines)
    assert "within 15 min +1 to +19, within 30 min +5 to +5, mean −1.50 to −1.50 min" in " ".join(said.split())


def test_no_difference_is_said(tmp_path: Path) -> None:
    said = "\n".join(printed(*terminal_notes(compared(tmp_path / "run"), "en", top=20)))
    said = " ".join(said.split())
    assert "No difference: scenarios that change nothing" in said and "nor a verdict: 1." in said
    assert "could not be applied: 1;" in said and "1 scenarios" not in said
    assert "Scenarios without a stated cost stand on no front." not in said
    all_same = compare([run_folder(tmp_path / "same", baseline(), moved(outcome("a"), {}), moved(outcome("b"), {}))])
    assert "(scenarios: 2)" in "\n".join(printed(*terminal_notes(all_same, "en", top=20)))
    assert best(all_same) is None


@pytest.mark.parametrize("lang", LANGS)
def test_one_question_has_a_short_answer(tmp_path: Path, lang: Lang) -> None:
    one = outcome(
        "110.1,22.5",
        opened=1,
        cost=2.5,
        gained_15=50.0,
        within_15=450.0,
        share_15=0.45,
        turned="met",
        mean_min=18.0,
        mean_change_min=-2.0,
    )
    comparison = compare([run_folder(tmp_path, baseline(), moved(one, {1: 12.0}))])
    study = ComparedStudy(status={("made", "M-1", "East", ""): "not met"})
    lines = printed(*terminal_answer(comparison, study, lang))
    assert max(cell_len(line) for line in lines) <= 100
    said = "\n".join(lines)
    for words in (
        "110.1,22.5",
        "50",
        "400",
        "450",
        "45.0%",
        "20.00",
        "18.00",
        "−2.00",
        "2.5",
        "M-1 East",
        "East 20.0 → 18.0",
    ):
        assert words in said, words
    assert ("not met → met" if lang == "en" else "未达标 → 达标") in said
    assert lines[-2].strip().startswith("East")  # the county's row


@pytest.mark.parametrize(
    ("lang", "words"), [("en", "ambulances of the new station not"), ("zh", "未写明新站点的救护车")]
)
@pytest.mark.parametrize(
    ("opened", "known", "rules", "said"),
    # The study's stations have 3 ambulances: a fourth is the new station's own, so it was stated.
    [(1, 3.0, {("made", "M-1")}, True), (1, 4.0, {("made", "M-1")}, False), (0, 3.0, {("made", "M-1")}, False),
     (1, 3.0, set(), False)],
)  # fmt: skip
def test_why_a_rule_of_ambulances_cannot_be_told(
    tmp_path: Path, lang: Lang, words: str, opened: int, known: float, rules: set[tuple[str, str]], said: bool
) -> None:
    one = moved(outcome("new", opened=opened, ambulances=known, gained_15=9.0, turned="cannot tell"), {1: 12.0})
    comparison = compare([run_folder(tmp_path, baseline(), one)])
    status = {("made", "M-1", "East", ""): "not met"}
    study = ComparedStudy(status=status, of_ambulances=frozenset(rules))
    lines = printed(*terminal_answer(comparison, study, lang))
    assert any(words in line and "--ambulances N" in line for line in lines) == said


def test_an_answer_may_be_that_nothing_changes(tmp_path: Path) -> None:
    comparison = compare([run_folder(tmp_path, baseline(), moved(outcome("idle"), {}))])
    assert "No difference" in "\n".join(printed(*terminal_answer(comparison, ComparedStudy(), "en")))
    assert terminal_answer(compared(tmp_path / "run"), ComparedStudy(), "en") == []


def test_a_verdict_that_can_no_longer_be_told_is_a_difference(tmp_path: Path) -> None:
    # A new storage point moves nobody; its rule goes from "not met" to "cannot tell", and no other figure changes.
    unsure = moved(outcome("storage", opened=1, turned="cannot tell"), {})
    comparison = compare([run_folder(tmp_path, baseline(), unsure, moved(outcome("idle"), {}))])
    assert comparison.table.set_index("scenario")["differs"].to_dict() == {
        "baseline": False,
        "storage": True,
        "idle": False,
    }
    alone = compare([run_folder(tmp_path / "alone", baseline(), unsure)])
    study = ComparedStudy(status={("made", "M-1", "East", ""): "not met"})
    said = "\n".join(printed(*terminal_answer(alone, study, "en")))
    assert "No difference" not in said
    assert "Nobody is reached sooner or later than today." in said
    assert "not met → cannot tell" in said


def test_the_best_says_its_rules_and_counties(tmp_path: Path) -> None:
    comparison = compared(tmp_path / "run")
    row = best(comparison)
    assert row is not None and row["scenario"] == NASTY
    said = "\n".join(printed(*terminal_best(comparison, row, ComparedStudy(), "en")))
    assert "Rules turned: 1" in said and "East" in said


# --- two scenarios, and filters --------------------------------------------------------------------------------------


def test_any_two_scenarios(tmp_path: Path) -> None:
    folder = mixed(tmp_path / "run")
    # North: 12 at point 1 (today 20); the other: 9 at point 1, and 30 at point 3, whom nobody reaches today.
    difference = between(folder, "North", NASTY)
    whole = difference.areas.iloc[0]
    assert (whole["gained_15"], whole["gained_30"], whole["faster"]) == (0.0, 100.0, 200.0)
    lines = printed(*terminal_difference(difference, "en"))
    assert max(cell_len(line) for line in lines) <= 100
    assert any("the whole study" in line and "+100" in line for line in lines)
    files = write_difference(difference, tmp_path, "en")
    assert [path.name for path in files] == ["difference.csv", "difference.xlsx", "difference.parquet"]
    assert rows_of(files[0])[0]["unit"] == "the whole study"


def test_two_scenarios_without_difference(tmp_path: Path) -> None:
    difference = between(mixed(tmp_path), "baseline", "same")
    assert "No difference: everybody" in printed(*terminal_difference(difference, "en"))[0]
    assert named("现状") == named("as it is today") == "baseline"
    assert named("North") == "North"


def test_unknown_and_refused_names_are_said(tmp_path: Path) -> None:
    folder = mixed(tmp_path)
    with pytest.raises(InputError) as unknown:
        between(folder, "Nord", "Süd")
    assert [problem.value for problem in unknown.value.problems] == ["Nord", "Süd"]
    with pytest.raises(InputError, match=r"sites\.xlsx"):
        between(folder, "baseline", "at sea")
    assert unknown.value.problems[0].line("zh") != unknown.value.problems[0].line("en")


def sweep_folder(path: Path) -> Path:
    outcomes = []
    for growth, gained in (("low", 10.0), ("high", 30.0)):
        for site, cost in (("A", 1.0), ("B", 2.0)):
            one = outcome(
                f"{site} {growth}", cost=cost, opened=1, gained_15=gained + cost, within_15=400 + gained + cost
            )
            object.__setattr__(one, "labels", (("site", site), ("growth", growth)))
            outcomes.append(one)
    return run_folder(path, baseline(), *outcomes)


def test_filters_rank_what_is_left(tmp_path: Path) -> None:
    comparison = compare([sweep_folder(tmp_path)])
    low = filtered(comparison, conditions(["growth=low"]))
    assert low.table["scenario"].tolist() == ["B low", "A low", "baseline"]
    assert low.table["rank"].tolist() == [1, 2, 3]
    # Of all, "A high" beats "B low" (41 > 12 people for less); among the low ones, B is on the front.
    assert not comparison.table.set_index("scenario").loc["B low", "front_within_15"]
    assert low.table.set_index("scenario").loc["B low", "front_within_15"]
    assert set(low.areas["scenario"]) == {"B low", "A low", "baseline"}
    assert filtered(comparison, {}) is comparison
    both = filtered(comparison, conditions([" growth = low ", "site=A"]))
    assert both.table["scenario"].tolist() == ["A low", "baseline"]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (["growth"], "compare.where"),
        (["=low"], "compare.where"),
        (["grwth=low"], "compare.label"),
        (["growth=lo"], "compare.label-value"),
    ],
)
def test_filters_that_fit_nothing_are_refused(tmp_path: Path, given: list[str], code: str) -> None:
    with pytest.raises(InputError) as raised:
        filtered(compare([sweep_folder(tmp_path)]), conditions(given))
    assert [problem.code for problem in raised.value.problems] == [code]
    assert raised.value.problems[0].line("zh")


def test_a_folder_without_its_study_has_no_titles(tmp_path: Path) -> None:
    study = study_of(mixed(tmp_path))
    assert study.title("en") == ""
    assert study.rule_title("made", "M-1", "en") == ""
    assert study.status == {("made", "M-1", "East", ""): "not met"}


def test_people_nobody_reaches_are_said(tmp_path: Path) -> None:
    one = outcome("cut off", lost_15=100.0, within_15=300.0, unreachable=100.0, p90_min=np.inf)
    folder = run_folder(tmp_path, baseline(), moved(one, {0: np.inf}), people=demand([10.0, 20.0]))
    comparison = compare([folder], measure="p90_min")
    lines = printed(terminal_comparison(comparison, "en", top=5))
    assert any("cut off" in line and "∞" in line and "−100" in line for line in lines)
    assert any(
        "Not reached at all: 100 people" in line
        for line in printed(*terminal_answer(comparison, ComparedStudy(), "en"))
    )


@pytest.mark.parametrize(("lang", "lacks"), [("en", "what is lacking"), ("zh", "缺什么")])
def test_what_an_open_verdict_lacks_is_said_everywhere(tmp_path: Path, lang: Lang, lacks: str) -> None:
    run = run_folder(tmp_path, baseline(), moved(outcome("open", turned="cannot tell", gained_15=1.0), {1: 12.0}))
    comparison, study = compare([run]), ComparedStudy()
    assert frames_of(comparison, lang, study)["turned"]["would_settle"].tolist() == [lacks]
    assert any(lacks in line for line in printed(*terminal_answer(comparison, study, lang)))
    (row,) = compare_data(comparison, [run], lang, study)["scenarios"]
    assert row["turned"][0][-1] == lacks


def test_a_damaged_table_of_results_is_a_clear_error(tmp_path: Path) -> None:
    for name in ("scenarios.parquet", "verdicts.parquet", "places.parquet"):
        run = mixed(tmp_path / name)
        (run / name).write_bytes((run / name).read_bytes()[:-9])
        with pytest.raises(InputError) as raised:
            compare([run])
        assert raised.value.problems[0].code == "compare.damaged"
        assert raised.value.problems[0].file.endswith(name)


def folders_of_two_runs(path: Path) -> list[Path]:
    """One run with "a" and "both", another with "b" and another scenario of the name "both"."""
    sooner, later = {1: 12.0}, {1: 25.0}
    both = moved(outcome("both"), sooner), replace(moved(outcome("both"), later), key="b07b")
    made = [moved(outcome("a"), sooner), both[0]], [moved(outcome("b"), later), both[1]]
    return [run_folder(path / name, baseline(), *ones) for name, ones in zip(("one", "two"), made, strict=True)]


def test_two_scenarios_of_two_folders(tmp_path: Path) -> None:
    difference = between(folders_of_two_runs(tmp_path), "a", "b")
    whole = difference.areas.iloc[0]
    # Place 1 (100 people of West): 12 minutes in a, 25 in b
    assert (difference.first, difference.second) == ("a", "b")
    assert (whole["lost_15"], whole["gained_15"], whole["slower"]) == (100.0, 0.0, 100.0)
    assert not between(folders_of_two_runs(tmp_path)[::-1], "baseline", "b").none


def test_a_name_that_two_folders_use_and_another_study_are_errors(tmp_path: Path) -> None:
    folders = folders_of_two_runs(tmp_path)
    with pytest.raises(InputError) as raised:
        between(folders, "both", "c")
    assert [problem.code for problem in raised.value.problems] == ["compare.name-in-several", "compare.no-scenario"]
    assert not between([folders[1]], "baseline", "both").none
    other = run_folder(tmp_path / "other", baseline(), people=demand([1.0, 2.0, 3.0, 4.0]))
    with pytest.raises(InputError) as raised:
        between([folders[0], other], "baseline", "a")
    assert raised.value.problems[0].code == "compare.other-study"
