"""Templates made to hang or to break the program: told within seconds, never a traceback."""

from __future__ import annotations

import time
from pathlib import Path

import docx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carereach.errors import InputError
from carereach.maps.report.word_tags import endless
from carereach.maps.report.word_template import check_template

MANY = 20_000
NEST = 2_000


def template(path: Path, *lines: str, alt: str = "") -> Path:
    document = docx.Document()
    for line in (*lines, "{{p body }}"):
        document.add_paragraph(line)
    if alt:
        document.element.body[0].set("title", alt)
    document.save(str(path))
    return path


@pytest.mark.parametrize(
    ("line", "alt", "code"),
    [
        ("{%" * MANY, "", "word.endless"),
        ("{{" * MANY, "", "word.endless"),
        ("{#" * MANY, "", "word.endless"),
        ("x", "{%" * MANY, "word.endless"),
        ("{%" * 90, "", "word.unclosed"),
        ("{% if title %}" * NEST + "x" + "{% endif %}" * NEST, "", "word.nested"),
        ("{{ " + "not " * NEST + "title }}", "", "word.nested"),
        ("{{ " + "(" * NEST + "title" + ")" * NEST + " }}", "", "word.nested"),
        ("{{ title" + ".label" * NEST + " }}", "", "word.nested"),
        ("{% for a in range(10**9) %}x{% endfor %}", "", "word.refused"),
    ],
)
def test_a_template_that_would_not_end_is_refused_at_once(tmp_path: Path, line: str, alt: str, code: str) -> None:
    path = template(tmp_path / "模板 {{7*7}}.docx", line, alt=alt)
    begun = time.process_time()
    with pytest.raises(InputError) as caught:
        check_template(path)
    assert time.process_time() - begun < 5
    assert code in {problem.code for problem in caught.value.problems}


def test_many_good_tags_are_no_attack(tmp_path: Path) -> None:
    check_template(template(tmp_path / "own.docx", "{{ title }}" * 300, "{% if title %}x{% endif %}" * 100))


@given(st.lists(st.sampled_from(["{{", "{%", "{#", "}}", "%}", "#}", "x", "<w:t>", "</w:t>"]), max_size=100))
def test_few_braces_are_never_called_endless(parts: list[str]) -> None:
    assert not endless("".join(parts))
