"""A study whose every text is an attack: nothing of it runs in any output, and each name reads the same in all of them.

What differs, and why: invisible characters are blanks everywhere (with a warning); CSV has an apostrophe before what a
spreadsheet would run; the PDF shows the code of a character that no font has; figures draw letters as outlines.
"""

from __future__ import annotations

import csv
import json
import re
import sqlite3
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docx
import geopandas as gpd
import numpy as np
import openpyxl
import pypdf
import pytest
from browser import Browser
from docx.oxml.ns import qn
from hostile_names import (
    COUNTIES,
    FOLDER,
    LICENCE,
    NOTE,
    RULE_TITLE,
    SOURCE,
    TEXTS,
    TITLE,
    TOWNSHIPS,
    write_hostile_study,
)
from lxml import etree
from PIL import Image
from typer.testing import CliRunner

from carereach import cli
from carereach.layers.invisible import INVISIBLE, visible
from carereach.maps.report.fonts import report_fonts
from carereach.maps.report.pdf_texts import code_of

NAMES, UNITS, TOWNS = ({visible(text) for text in each} for each in (TEXTS, COUNTIES, TOWNSHIPS))
WATCH = (
    "window.said = []; for (const name of ['alert', 'confirm', 'prompt', 'open'])"
    " window[name] = (...all) => { window.said.push([name, ...all]); };"
)
RUNNABLE = {"script", "foreignObject", "iframe", "object", "embed", "a", "set", "animate", "handler"}


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All outputs of the hostile study, in a folder that is called like one of its names."""
    folder = tmp_path_factory.mktemp("hostile")
    study, made = write_hostile_study(folder / FOLDER), folder / "出 {{7*7}} %s"
    words = ["assess", str(study), "-o", str(made), "--lang", "en", "--report", "--figures", "--layers"]
    result = CliRunner().invoke(cli.app, words)
    assert result.exit_code == 0, result.output
    assert result.output.count(TEXTS[7]) > 0  # the terminal says names as they are, too
    assert "\u202e" not in result.output
    return made


def squeezed(text: str) -> str:
    """A text without blanks, since a page breaks long names where it has to; pypdf gives wide signs as narrow ones."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def test_csv_runs_nothing_and_holds_every_name(out: Path) -> None:
    found: set[str] = set()
    for path in out.glob("*.csv"):
        with path.open(encoding="utf-8-sig", newline="") as stream:
            cells = [cell for row in csv.reader(stream) for cell in row if cell]
        runs = [cell for cell in cells if cell[0] in "=+-@＝＋－＠\t\r" and not _is_number(cell)]
        assert runs == [], path.name
        found |= {cell.removeprefix("'") if cell[1:2] in tuple("=+-@＝'") else cell for cell in cells}
    assert UNITS | {name.removeprefix("'") for name in TOWNS} <= found | {name.removeprefix("'") for name in found}


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return cell not in NAMES


def test_the_workbook_holds_texts_and_numbers_alone(out: Path) -> None:
    book = openpyxl.load_workbook(out / "verdicts.xlsx")
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s", "n"}
    assert all(cell.hyperlink is None for cell in cells)
    shown = {cell.value for cell in cells if cell.data_type == "s"}
    assert shown >= UNITS | TOWNS  # "007", "1e5", "nan" and "2024-01-01" are names here
    assert all(cell.quotePrefix for cell in cells if str(cell.value) in NAMES and str(cell.value)[0] in "=+-@")


def test_json_holds_every_name(out: Path) -> None:
    content = json.loads((out / "verdicts.json").read_text(encoding="utf-8"))
    assert content["study_title"] == {"zh": visible(TITLE), "en": visible(TITLE)}
    assert {verdict["unit"] for verdict in content["verdicts"]} >= UNITS
    rules = {verdict["rule"]: verdict["title"]["zh"] for verdict in content["verdicts"]}
    assert rules["H-0 " + TEXTS[0]] == visible(f"{TEXTS[0]} {RULE_TITLE}")
    hidden = [text for text in _texts_in(content) if text != visible(text) and text.strip() == text]
    assert hidden == []


def _texts_in(content: Any) -> Iterator[str]:
    if isinstance(content, dict):
        content = [*content, *content.values()]
    if isinstance(content, list):
        for each in content:
            yield from _texts_in(each)
    elif isinstance(content, str):
        yield content


def test_layers_hold_every_name_and_their_styles_are_sound(out: Path) -> None:
    path = out / "layers.gpkg"
    read = {name: gpd.read_file(path, layer=name) for name in ("counties", "townships", "facilities", "sources")}
    assert set(read["counties"]["county"]) == UNITS
    assert set(read["townships"]["township"]) == TOWNS
    assert set(read["facilities"]["name"]) == NAMES
    assert set(read["sources"]["source"]) == {SOURCE}
    assert set(read["sources"]["licence"]) == {LICENCE}
    with sqlite3.connect(path) as base:
        styles = [row[0] for row in base.execute("select styleQML from layer_styles")]
    for style in (*styles, (out / "response_min.qml").read_text(encoding="utf-8")):
        root = etree.fromstring(style.encode())
        assert root.tag == "qgis"
        assert not [name for name in NAMES if len(name) > 6 and name in "".join(root.itertext())]
    points = gpd.read_parquet(out / "demand.parquet")
    assert set(points["county"]) == UNITS
    assert set(points["township"]) == TOWNS


def test_word_shows_every_name_and_runs_no_field(out: Path) -> None:
    document = docx.Document(str(out / "report.docx"))
    shown = "\n".join(
        "".join(run.text or "" for run in paragraph.iter(qn("w:t"))) for paragraph in document.element.iter(qn("w:p"))
    )
    assert [name for name in UNITS | TOWNS | {TITLE[:-1], NOTE, SOURCE, LICENCE} if name not in shown] == []
    assert document.core_properties.subject == visible(TITLE)
    fields = {(each.text or "").split()[0] for each in document.element.iter(qn("w:instrText"))}
    assert fields <= {"TOC", "PAGEREF", "SEQ", "PAGE", "NUMPAGES", "REF"}
    targets = {each.target_ref for each in document.part.rels.values() if each.is_external}
    assert targets == set()
    margins = [each for part in document.sections for each in (part.header, part.footer)]
    assert all("{{" not in line.text for margin in margins for line in margin.paragraphs)


def test_pdf_shows_every_name(out: Path) -> None:
    reader = pypdf.PdfReader(out / "report.pdf")
    shown = squeezed("".join(page.extract_text() for page in reader.pages))
    fonts = report_fonts()
    lacking = {name for name in UNITS | TOWNS if any(fonts.advance_em(sign) is None for sign in name)}
    assert [name for name in (UNITS | TOWNS) - lacking if squeezed(name) not in shown] == []
    for name in lacking:  # its other letters, and the code of each that no font has
        said = "".join(sign if fonts.advance_em(sign) is not None else code_of(sign) for sign in name)
        assert squeezed(said) in shown
    links = [note.get_object() for page in reader.pages for note in page.get("/Annots") or ()]
    assert not [note for note in links if "/URI" in (note.get("/A") or {}) or "/JS" in (note.get("/A") or {})]


def test_figures_are_drawn_and_hold_no_script(out: Path) -> None:
    drawings, pictures = list(out.glob("*.svg")), list(out.glob("*.png"))
    assert len(drawings) > 8
    for path in drawings:
        root = etree.parse(str(path)).getroot()
        parts = [each for each in root.iter() if isinstance(each.tag, str)]
        assert not RUNNABLE & {etree.QName(each).localname for each in parts}, path.name
        words = [name for each in parts for name in each.attrib if etree.QName(name).localname.startswith("on")]
        assert words == [], path.name
    for path in pictures:
        with Image.open(path) as image:
            colours = np.unique(np.asarray(image.convert("RGB")).reshape(-1, 3)[::97], axis=0)
        assert len(colours) > 20, path.name


def test_the_page_runs_nothing_and_finds_every_name(out: Path, browser: Browser) -> None:
    with browser.tab(out / "map.html", fragment="lang=en", at_start=WATCH) as tab:
        tab.wait_for("document.querySelector('details.legend')")
        assert tab.run("document.getElementById('title').textContent") == visible(TITLE)
        assert tab.run("document.getElementById('note').textContent") == NOTE
        named = tab.run("[...document.querySelectorAll('.county-name')].map((each) => each.textContent)")
        assert set(named) == UNITS
        data = tab.run(
            "[...document.querySelectorAll('script[type=\"application/json\"]')].map((each) => each.textContent)"
        )
        held = {text for block in data for text in _texts_in(json.loads(block))}
        assert NAMES - held == set()
        for part in tab.run("[...document.querySelectorAll('[role=tab]')].map((each) => each.id)"):
            tab.run(f"document.getElementById('{part}').click()")
            tab.run("document.querySelectorAll('#panel details').forEach((each) => { each.open = true; })")
            tab.settle()
        assert tab.run("document.querySelectorAll('img:not(.field), iframe, object, embed').length") == 0
        assert tab.run("window.hit === undefined && window.said.length === 0")
        assert tab.complaints == []
        assert [each for each in tab.requests if not each.startswith(("data:", "blob:", "file:"))] == []


def test_no_output_of_text_holds_an_invisible_character(out: Path) -> None:
    allowed = str.maketrans("", "", "\n\r\t\ufeff")
    for path in [*out.glob("*.csv"), *out.glob("*.json")]:
        assert not re.search(INVISIBLE, path.read_text(encoding="utf-8").translate(allowed)), path.name
