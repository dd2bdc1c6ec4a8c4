"""The catalogue of texts: both languages say the same things, and the code and the catalogue name the same codes."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from carereach.errors import Findings, InputError, Problem
from carereach.texts import LONGEST_VALUE, Message, MissingText, catalogue, clean, text

CODE = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")
SPEAKING = {"Problem", "error", "warn", "text"}
OWN_WORDS = {"row", "column", "value", "lang"}


def placeholders(wording: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(wording) if name is not None}


def sources(repo: Path) -> Iterator[tuple[Path, ast.Module]]:
    """The package's own modules, parsed."""
    for room in (".", "commands", "layers", "coverage", "scenarios", "maps"):
        for file in (repo / room).glob("*.py") if room == "." else (repo / room).rglob("*.py"):
            yield file.relative_to(repo), ast.parse(file.read_text(encoding="utf-8"))


def spoken(node: ast.expr) -> list[str]:
    """The codes that the first argument of a call may be."""
    if isinstance(node, ast.IfExp):
        return spoken(node.body) + spoken(node.orelse)
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.fullmatch(node.value):
        return [node.value]
    return []


def given(call: ast.Call) -> set[str] | None:
    """The names of the values that a call hands to its text; None if they cannot be read off."""
    names: set[str] = set()
    for keyword in call.keywords:
        if keyword.arg == "params":
            if not isinstance(keyword.value, ast.Dict):
                return None
            if any(not isinstance(key, ast.Constant) for key in keyword.value.keys):
                return None
            names |= {str(key.value) for key in keyword.value.keys if isinstance(key, ast.Constant)}
        elif keyword.arg is None:
            return None
        else:
            names.add(keyword.arg)
    return None if len(call.args) > 5 else names


def speaking_calls(repo: Path) -> Iterator[tuple[str, str, ast.Call]]:
    """Place, code and call of every text that the package names literally where it says it."""
    for file, tree in sources(repo):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and node.args:
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                if name in SPEAKING:
                    for code in spoken(node.args[0]):
                        yield f"{file}:{node.lineno}", code, node


def test_both_languages_have_the_same_placeholders() -> None:
    differing = [code for code, entry in catalogue().items() if placeholders(entry["zh"]) != placeholders(entry["en"])]
    assert differing == []


def test_no_text_is_empty() -> None:
    assert [code for code, entry in catalogue().items() if not all(entry.values())] == []


def test_chinese_is_chinese() -> None:
    """A text without a Chinese character may only be a sign, a number or a name that is the same in English."""
    left_in_english = [
        code
        for code, entry in catalogue().items()
        if not re.search(r"[\u4e00-\u9fff]", entry["zh"])
        and re.search("[A-Za-z]", re.sub(r"\{.*?\}", "", entry["zh"]))
        and entry["zh"] != entry["en"]
    ]
    assert left_in_english == []


def test_every_way_out_belongs_to_a_text() -> None:
    orphans = [code for code in catalogue() if code.endswith(".todo") and code.removesuffix(".todo") not in catalogue()]
    assert orphans == []


def test_what_is_said_of_one_takes_the_values_of_what_is_said_of_many() -> None:
    ones = [code.removesuffix(".one") for code in catalogue() if code.endswith(".one")]
    assert len(ones) > 40
    for code in ones:
        many, one = catalogue()[code]["en"], catalogue()[code + ".one"]["en"]
        assert placeholders(one) == placeholders(many), code
        assert "count" in placeholders(many), code
        assert one != many, code


def test_warnings_agree_with_a_count_of_one() -> None:
    values = {"before": "10", "after": "11", "least": "1.1", "most": "1.1"}
    assert text("people.calibrated", count=1, **values).startswith("The residents of 1 unit were scaled")
    assert text("people.calibrated", count=2, **values).startswith("The residents of 2 units were scaled")
    assert text("people.raster-infinite", count="1") == "1 cell holds an infinite value."
    assert text("people.raster-infinite", "zh", count=1) == text("people.raster-infinite", "zh", count="1")
    assert text("roads.reversible", count=1) == "1 road changes its direction with the hour; it is left out."
    assert text("roads.reversible", count=21).startswith("21 roads change their direction")


def test_every_code_in_the_package_has_a_text(repo: Path) -> None:
    calls = list(speaking_calls(repo))
    assert len(calls) > 10
    missing = [f"{place}: {code}" for place, code, _ in calls if code not in catalogue()]
    assert not missing, "\n".join(missing)


def test_every_text_gets_its_values(repo: Path) -> None:
    short = []
    for place, code, call in speaking_calls(repo):
        names = given(call)
        if names is None or code not in catalogue():
            continue
        needed = placeholders(catalogue()[code]["en"]) | placeholders(catalogue().get(code + ".todo", {}).get("en", ""))
        if missing := needed - names:
            short.append(f"{place}: {code} lacks {', '.join(sorted(missing))}")
    assert not short, "\n".join(short)


def made_codes(node: ast.AST) -> re.Pattern[str] | None:
    """The codes that an f-string or a sum can make, if it begins like one: ``f"grade.{x}"``, ``"grade." + x``."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        parts: list[ast.expr] = [node.left, node.right]
    else:
        parts = node.values if isinstance(node, ast.JoinedStr) else []
    if not parts or not isinstance(parts[0], ast.Constant) or not CODE.match(f"{parts[0].value}x"):
        return None
    return re.compile("".join(re.escape(str(p.value)) if isinstance(p, ast.Constant) else ".+" for p in parts))


def test_every_text_is_used(repo: Path) -> None:
    """A code counts as used where it stands as a string, or where an f-string or a sum of strings can make it."""
    literal: set[str] = set()
    made: list[re.Pattern[str]] = []
    for _, tree in sources(repo):
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                literal.add(node.value)
            elif pattern := made_codes(node):
                made.append(pattern)
    unused = [
        code
        for code in catalogue()
        if not code.endswith((".todo", ".one")) and code not in literal and not any(p.fullmatch(code) for p in made)
    ]
    assert not unused, "\n".join(unused)


def test_text_fills_and_cleans_its_values() -> None:
    assert text("problem.row", row=7) == "row 7"
    assert text("problem.row", "zh", row=7) == "第 7 行"
    assert text("problem.column", column="a\x1b[31m\nb") == "column a [31m b"


def test_a_long_value_is_cut() -> None:
    shown = clean("x" * 1000)
    assert len(shown) == LONGEST_VALUE
    assert shown.endswith("…")


def test_a_missing_text_is_an_error_and_a_missing_way_out_is_not() -> None:
    assert text("no.such.code.todo") == ""
    with pytest.raises(MissingText):
        text("no.such.code")


def test_braces_in_a_users_value_are_not_filled_in() -> None:
    assert text("problem.value", value="{row}{0.__class__}") == "(found: {row}{0.__class__})"


def test_sentences_in_a_sentence_are_not_cut_short_but_a_users_words_in_them_are() -> None:
    count = Message("scenarios.kind-count", {"name": Message("kind.cdc"), "kind": "x" * 200, "count": 1})
    said = Problem("scenarios.none-of-kind", params={"unplaced": 0, "known": (count,) * 20}).message("en")
    assert said.count("; ") == 19
    assert said.count("x" * (LONGEST_VALUE - 1) + "…") == 20


def test_an_input_error_says_every_problem_with_its_place_and_the_way_out() -> None:
    findings = Findings(Path("folder") / "list.csv")
    findings.warn("file.empty")
    findings.raise_errors()
    findings.error("file.not-utf8", row=3, column="name", value="?", byte=17)
    with pytest.raises(InputError) as caught:
        findings.raise_errors()
    assert str(caught.value).splitlines() == [
        "list.csv: The file is empty. Export or download it again.",
        "list.csv, row 3, column name: The text is not UTF-8 (first bad byte at position 17). (found: ?) "
        "Save it again as UTF-8.",
    ]
    assert caught.value.problems[1].line("zh").startswith("list.csv, 第 3 行, “name”列: 文本不是 UTF-8")
    assert isinstance(caught.value.problems[0], Problem)
