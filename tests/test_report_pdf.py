"""The report as a PDF: its words, fonts, pages and marks for screen readers; nothing of a study runs in it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import replace
from importlib.machinery import ModuleSpec
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typst
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader
from pypdf.generic import DictionaryObject
from reports import HOSTILE, hostile_report, sample_report, verdict_table, write_picture

from carereach.errors import InputError
from carereach.maps.palette import STATUS_SIGNS
from carereach.maps.report import fonts as fonts_module
from carereach.maps.report.blocks import (
    Bullets,
    Cell,
    Column,
    Heading,
    PageBreak,
    Paragraph,
    Picture,
    Report,
    Section,
    Table,
)
from carereach.maps.report.fonts import report_fonts
from carereach.maps.report.pdf import write_pdf
from carereach.maps.report.pdf_data import TEXT_MM, png_size, report_data
from carereach.maps.report.pdf_tables import fitted, layout, signed
from carereach.maps.report.pdf_texts import Setter, is_code, unmarked, words
from carereach.texts import LANGS, Lang

MM = 72 / 25.4


def text_of(pdf: Path) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(pdf).pages)


def joined(text: str) -> str:
    """Without the white space, which line breaks and columns change."""
    return re.sub(r"\s", "", text)


def bookmarks(pdf: Path) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []

    def walk(entries: list[Any], level: int) -> None:
        for entry in entries:
            if isinstance(entry, list):
                walk(entry, level + 1)
            else:
                found.append((level, str(entry.title)))

    walk(PdfReader(pdf).outline, 1)
    return found


def embedded(pdf: Path) -> list[bool]:
    """For each font that a page uses: whether its glyphs are in the file."""
    reader = PdfReader(pdf)
    descriptors = []
    for page in reader.pages:
        for used in page["/Resources"].get_object().get("/Font", {}).values():
            font = used.get_object()
            assert font["/Subtype"] == "/Type0"
            assert "/ToUnicode" in font  # or nothing could be found or copied
            descriptors += [child.get_object()["/FontDescriptor"].get_object() for child in font["/DescendantFonts"]]
    return [any(key in d for key in ("/FontFile", "/FontFile2", "/FontFile3")) for d in descriptors]


def alternatives(pdf: Path) -> list[str]:
    """The texts that stand for pictures."""
    found: list[str] = []
    seen: set[int] = set()

    def walk(node: Any) -> None:
        node = node.get_object()
        if isinstance(node, list):
            for part in node:
                walk(part)
        elif isinstance(node, DictionaryObject) and id(node) not in seen:
            seen.add(id(node))
            if "/Alt" in node:
                found.append(str(node["/Alt"]))
            if "/K" in node:
                walk(node["/K"])

    walk(PdfReader(pdf).trailer["/Root"]["/StructTreeRoot"])
    return found


def one_section(*blocks: Any, title: str = "Only", lang: Lang = "en") -> Report:
    return Report("A title", "", (), (Section("summary", title, tuple(blocks)),), lang)


@pytest.mark.parametrize("lang", LANGS)
def test_every_text_of_the_report_can_be_read_and_copied(tmp_path: Path, lang: Lang) -> None:
    report = sample_report(tmp_path, lang)
    shown = joined(text_of(write_pdf(report, tmp_path / "report.pdf")))
    expected = [report.title, report.subtitle, *(word for fact in report.facts for word in fact)]
    for section in report.sections:
        expected.append(section.title)
        for block in section.blocks:
            if isinstance(block, Heading | Paragraph):
                expected.append(block.text)
            elif isinstance(block, Bullets):
                expected.extend(block.items)
            elif isinstance(block, Table):
                expected += [block.caption, *(column.heading for column in block.columns)]
                expected += [signed(cell) for row in block.rows for cell in row]
            elif isinstance(block, Picture):
                expected.append(block.caption)
    assert [words for words in expected if joined(words) not in shown] == []


@pytest.mark.parametrize("lang", LANGS)
def test_all_fonts_are_embedded(tmp_path: Path, lang: Lang) -> None:
    found = embedded(write_pdf(sample_report(tmp_path, lang), tmp_path / "report.pdf"))
    assert found
    assert all(found)


def test_title_language_tags_and_bookmarks(tmp_path: Path) -> None:
    pdf = write_pdf(sample_report(tmp_path, "zh"), tmp_path / "report.pdf")
    reader = PdfReader(pdf)
    root = reader.trailer["/Root"]
    assert reader.metadata is not None
    assert reader.metadata.title == "医疗服务可及范围：玉林市"
    assert root["/Lang"] == "zh-CN"
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert [(level, joined(title)) for level, title in bookmarks(pdf)] == [
        (1, "一、摘要"),
        (1, "二、判定结果"),
        (2, "（一）院前急救"),
        (3, "表格读法"),
        (1, "三、地图"),
    ]
    assert alternatives(pdf) == ["曲线从 0 升至 97%"]


def test_english_headings_are_numbered_and_the_contents_say_the_page(tmp_path: Path) -> None:
    pdf = write_pdf(sample_report(tmp_path, "en"), tmp_path / "report.pdf")
    reader = PdfReader(pdf)
    assert PdfReader(pdf).trailer["/Root"]["/Lang"] == "en-GB"
    assert [title.replace("  ", " ") for _, title in bookmarks(pdf)] == [
        "1 Summary",
        "2 Verdicts",
        "2.1 Emergency care",
        "How to read the table",
        "3 Maps",
    ]
    # title, contents, summary with verdicts, maps (which begin with a page break)
    assert len(reader.pages) == 4
    contents = reader.pages[1].extract_text()
    assert re.search(r"Summary *\.[ .]*3\b", contents)
    assert re.search(r"Maps *\.[ .]*4\b", contents)
    assert "3 / 4" in reader.pages[2].extract_text()
    assert "/ 4" not in reader.pages[0].extract_text()
    assert "How far care reaches: Yulin" in reader.pages[3].extract_text()  # the running header


def test_a_section_that_begins_with_a_page_break_takes_its_title_along(tmp_path: Path) -> None:
    report = sample_report(tmp_path, "en")
    pages = PdfReader(write_pdf(report, tmp_path / "report.pdf")).pages
    assert "3  Maps" not in pages[2].extract_text().replace("3 Maps", "3  Maps")
    assert "Residents reached within a time" in pages[3].extract_text()


@pytest.mark.parametrize("lang", LANGS)
def test_texts_of_a_study_never_run(tmp_path: Path, lang: Lang) -> None:
    pdf = write_pdf(hostile_report(tmp_path, lang), tmp_path / "report.pdf")
    shown = joined(text_of(pdf))
    for hard in HOSTILE:  # once as a paragraph, a bullet and in two cells
        assert shown.count(joined(hard)) >= 4, hard
    assert "root:x:0" not in shown
    reader = PdfReader(pdf)
    links = [note.get_object() for page in reader.pages for note in page.get("/Annots", [])]
    assert all("/URI" not in link.get("/A", {}) for link in links)  # only the contents lead somewhere: within the file


def test_the_template_imports_and_evaluates_nothing() -> None:
    template = (files("carereach.maps.report") / "assets" / "report.typ").read_text(encoding="utf-8")
    assert not re.search(r"\b(import|include|eval|plugin|read)\b[ (]", re.sub(r"(?m)^//.*$", "", template))
    assert "@preview" not in template
    assert re.findall(r'json\("([^"]+)"\)', template) == ["report.json"]


def test_control_characters_and_turned_text_become_spaces(tmp_path: Path) -> None:
    hard = "a\x00b\x1b[31mc\u202ed\ud800e\u200bf"
    shown = text_of(write_pdf(one_section(Paragraph(hard)), tmp_path / "report.pdf"))
    assert "a b [31mc d e f" in shown
    lines = text_of(write_pdf(one_section(Paragraph("one\ntwo\r\nthree")), tmp_path / "lines.pdf"))
    assert "one\ntwo\nthree" in lines


@pytest.mark.parametrize(
    ("lang", "remark"),
    [("en", "lack characters of the study (3)"), ("zh", "缺少研究数据中的 3 个字符")],
)
def test_what_no_font_has_is_written_as_a_code_and_told(tmp_path: Path, lang: Lang, remark: str) -> None:
    # U+20BB7 is a rare Chinese character, U+1F3E5 a hospital, U+E000 of private use; a variation selector shows nothing
    report = one_section(Paragraph("\U00020bb7村 \U0001f3e5\ufe0f \ue000 㐂"), lang=lang)
    pages = PdfReader(write_pdf(report, tmp_path / "report.pdf")).pages
    assert "〔U+20BB7〕村 〔U+1F3E5〕 〔U+E000〕 㐂" in pages[2].extract_text()
    assert joined(remark) in joined(pages[0].extract_text())


def test_no_remark_where_the_fonts_have_everything(tmp_path: Path) -> None:
    for lang in LANGS:
        assert report_data(sample_report(tmp_path, lang), Setter(report_fonts(), lang))["remark"] == ""


def right_edges(pdf: Path) -> float:
    """The rightmost point that any character reaches, in mm, by poppler's own reckoning."""
    out = subprocess.run(["pdftotext", "-bbox", str(pdf), "-"], capture_output=True, text=True, check=True).stdout
    return max(float(x) for x in re.findall(r'xMax="([0-9.]+)"', out)) / MM


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler is not installed")
@pytest.mark.parametrize("long", ["W" * 200, "x-" * 100, "北京市" + "x" * 190 + "，村"])
def test_names_of_200_characters_stay_on_the_page(tmp_path: Path, long: str) -> None:
    assert len(long) >= 194
    pdf = write_pdf(hostile_report(tmp_path, "zh", (long, "short")), tmp_path / "report.pdf")
    assert right_edges(pdf) <= 186.0  # 210 mm less the margin of 25, and what a hyphen may hang over
    assert joined(text_of(pdf)).count(long) >= 4


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler is not installed")
def test_a_table_of_fourteen_columns_stays_on_the_page(tmp_path: Path) -> None:
    columns = tuple(Column(f"Heading number {i}", numeric=i > 0) for i in range(14))
    rows = tuple((Cell("Somewhere"), *(Cell("1,234,567.8") for _ in range(13))) for _ in range(3))
    pdf = write_pdf(one_section(Table(columns, rows, "Wide")), tmp_path / "report.pdf")
    assert right_edges(pdf) <= 186.0


def test_the_heading_of_a_long_table_repeats(tmp_path: Path) -> None:
    pdf = write_pdf(one_section(verdict_table("en", 120)), tmp_path / "report.pdf")
    tables = [page.extract_text() for page in PdfReader(pdf).pages[2:]]
    assert len(tables) >= 3
    assert all("Residents" in page and "Needed (%)" in page for page in tables)
    assert sum(page.count("Verdicts by county") for page in tables) == 1
    assert sum(page.count("Ambulance within") for page in tables) == 120


def test_rows_stay_whole_unless_they_are_taller_than_a_page(tmp_path: Path) -> None:
    columns = (Column("Name"), Column("Remark"))
    tall = Table(columns, ((Cell("a"), Cell("word " * 30)), (Cell("b"), Cell("word " * 3000))))
    data = report_data(one_section(tall), Setter(report_fonts(), "zh"))
    assert [row["breakable"] for row in data["sections"][0]["blocks"][0]["rows"]] == [False, True]
    pdf = write_pdf(one_section(tall), tmp_path / "report.pdf")
    assert len(PdfReader(pdf).pages) > 3
    assert text_of(pdf).count("word") == 3030  # nothing fell off the end of a page


def test_a_verdict_has_its_sign_once() -> None:
    assert signed(Cell("met", "met")) == f"{STATUS_SIGNS['met']} met"
    assert signed(Cell("✓ met", "met")) == "✓ met"
    assert signed(Cell("Rong", "strong")) == "Rong"
    assert signed(Cell("", "cannot tell")) == "?"


def test_the_first_words_of_a_verdict_are_strong(tmp_path: Path) -> None:
    cells = (Cell("cannot tell; lacks beds", "cannot tell"), Cell("Rong (county)", "strong"), Cell("plain: text"))
    table = Table(tuple(Column(name) for name in "abc"), (cells,))
    data = report_data(one_section(table), Setter(report_fonts(), "en"))
    shown = data["sections"][0]["blocks"][0]["rows"][0]["cells"]
    assert [unmarked(cell["strong"]) for cell in shown] == ["? cannot tell", "Rong (county)", ""]
    assert [unmarked(cell["text"]) for cell in shown] == ["; lacks beds", "", "plain: text"]


def test_the_same_report_gives_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = sample_report(tmp_path, "zh")
    first = write_pdf(report, tmp_path / "a.pdf").read_bytes()
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1234567890")
    assert write_pdf(report, tmp_path / "elsewhere" / "b.pdf").read_bytes() == first
    assert b"CreationDate" not in first


def test_typst_has_nothing_to_warn_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    warned: list[str] = []
    plain = typst.compile_with_warnings

    def noted(*given: Any, **options: Any) -> bytes:
        pdf, warnings = plain(*given, **options)
        warned.extend(str(warning) for warning in warnings)
        return bytes(pdf)

    monkeypatch.setattr(typst, "compile", noted)
    for lang in LANGS:
        write_pdf(sample_report(tmp_path, lang), tmp_path / "report.pdf")
    assert warned == []


def test_an_absent_font_is_said_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = sample_report(tmp_path, "en")
    emptied = ModuleSpec("zhplot", None, origin=str(tmp_path / "zhplot" / "__init__.py"))
    for spec in (None, emptied):
        monkeypatch.setattr(fonts_module, "find_spec", lambda _, spec=spec: spec)
        with pytest.raises(InputError) as caught:
            write_pdf(report, tmp_path / "report.pdf")
        (problem,) = caught.value.problems
        assert problem.code == "report-pdf.no-font"
        assert "zhplot" in problem.line("en")
        assert "zhplot" in problem.line("zh")
    assert not (tmp_path / "report.pdf").exists()


def test_a_picture_that_is_missing_or_torn_is_an_error_and_the_old_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "report.pdf"
    path.write_bytes(b"old")
    whole = write_picture(tmp_path / "whole.png").read_bytes()
    (tmp_path / "text.png").write_text("not a picture at all, only words", encoding="utf-8")
    (tmp_path / "torn.png").write_bytes(whole[:400])
    (tmp_path / "flat.png").write_bytes(whole[:16] + bytes(8) + whole[24:])
    codes = {"none.png": "file.missing", "text.png": "report-pdf.not-png", "flat.png": "report-pdf.not-png"}
    for name, code in {**codes, "torn.png": "report-pdf.not-set"}.items():
        with pytest.raises(InputError) as caught:
            write_pdf(one_section(Picture(tmp_path / name, "A map", "A map")), path)
        assert caught.value.problems[0].code == code
        assert caught.value.problems[0].line("zh")
        assert str(tmp_path) not in caught.value.problems[0].message("en").replace(str(tmp_path / name), "")
        assert path.read_bytes() == b"old"
    assert sorted(file.name for file in tmp_path.glob(".*")) == []


def test_a_tall_picture_leaves_room_for_its_caption(tmp_path: Path) -> None:
    picture = write_picture(tmp_path / "tall.png", width_in=2, height_in=8)
    assert png_size(picture) == (144, 576)
    report = one_section(Picture(picture, "Tall", ""), Picture(picture, "", "", 0.25))
    blocks = report_data(report, Setter(report_fonts(), "zh"))["sections"][0]["blocks"]
    assert blocks[0]["width"] == pytest.approx(50.0)  # 200 mm tall at most, 1 : 4
    assert blocks[1]["width"] == pytest.approx(40.0)  # a quarter of 160 mm
    assert [block["alt"] for block in blocks] == ["Tall", "–"]
    pages = PdfReader(write_pdf(report, tmp_path / "report.pdf")).pages
    assert "Tall" in pages[2].extract_text()


def test_an_empty_report_still_is_one(tmp_path: Path) -> None:
    pdf = write_pdf(Report("", "", (), (), "en"), tmp_path / "report.pdf")
    assert len(PdfReader(pdf).pages) >= 1
    blocks = (PageBreak(), PageBreak(), Heading("Deep", 3), Bullets(()), Table((Column("A"),), ()), Paragraph(""))
    assert len(bookmarks(write_pdf(one_section(*blocks), pdf))) == 2


@pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="poppler is not installed")
def test_no_page_is_blank(tmp_path: Path) -> None:
    pdf = write_pdf(sample_report(tmp_path, "zh"), tmp_path / "report.pdf")
    subprocess.run(["pdftoppm", "-r", "30", "-gray", str(pdf), str(tmp_path / "page")], check=True)
    pages = sorted(tmp_path.glob("page*.pgm"))
    assert len(pages) == len(PdfReader(pdf).pages)
    for page in pages:
        grey = np.frombuffer(page.read_bytes()[-351 * 248 :], dtype=np.uint8)  # A4 at 30 dpi
        assert 0.002 < (grey < 200).mean() < 0.5


@given(
    st.lists(st.tuples(st.floats(0.01, 10), st.floats(0, 20)), min_size=1, max_size=8),
    st.floats(1, 100),
)
def test_columns_fill_the_width_and_none_is_too_narrow(columns: list[tuple[float, float]], spare: float) -> None:
    shares, least = np.array(columns).T
    widths = fitted(shares, least, least.sum() + spare)
    assert widths.sum() == pytest.approx(least.sum() + spare)
    assert (widths >= least - 1e-9).all()


def test_columns_are_as_asked_where_words_fit() -> None:
    fonts = Setter(report_fonts(), "zh")
    table = Table((Column("a", 1.0), Column("b", 3.0)), ((Cell("1"), Cell("2")),))
    assert layout(table, fonts, TEXT_MM).widths_mm == pytest.approx((40.0, 120.0))
    long = replace(table, rows=((Cell("1"), Cell("word " * 40)),) * 5)
    narrow, wide = layout(replace(long, columns=(Column("a"), Column("b"))), fonts, TEXT_MM).widths_mm
    assert narrow < 40 < wide  # half of the width was asked for, but the numbers need little
    assert narrow + wide == pytest.approx(TEXT_MM)
    crowded = Table(tuple(Column("Ambulances") for _ in range(9)), ())
    assert layout(crowded, fonts, TEXT_MM).size_pt < layout(table, fonts, TEXT_MM).size_pt


def test_codes_and_ranges_stay_in_one_line() -> None:
    setter = Setter(report_fonts(), "zh")
    assert setter.pieces("条款（YL-EMS-1，§三(一)1）", 20.0) == ["条款（", ["YL-EMS-1"], "，", ["§三(一)1"], "）"]
    assert setter.pieces("2021-2025", 20.0) == [["2021-2025"]]
    assert setter.pieces("“§”后为章节", 20.0) == ["“§”后为章节"]
    assert setter.pieces("in-hospital care", 20.0) == ["in-hospital care"]
    assert setter.pieces("AB-1", 1.0) == ["A", None, "B", None, "-1"]  # too narrow for AB-: 0.6 em for a letter
    assert setter.pieces("YL-STF-4.nurses-heads", 5.0) == ["YL-STF-4.nurses-heads"]  # may break at its hyphens
    assert not is_code("1-" * 40)
    assert Setter(report_fonts(), "en").pieces("in 玉林市, Guangxi", 20.0) == ["in ", ["玉林市"], ", Guangxi"]
    assert setter.pieces("在玉林市", 20.0) == ["在玉林市"]


@settings(max_examples=60)
@given(st.text(alphabet=st.sampled_from("aW1 -/，。长é\u0301\n"), max_size=60), st.floats(1.0, 20.0))
def test_pieces_keep_the_text_and_fit(text: str, width_em: float) -> None:
    setter = Setter(report_fonts(), "zh")
    pieces = setter.pieces(text, width_em)
    assert unmarked(pieces) == text
    # Chinese signs never come to stand at the start of a line because of a break of ours
    after = [piece for before, piece in pairwise(pieces) if before is None]
    assert not any(str(piece).startswith(("，", "。", "\u0301")) for piece in after)
    parts = [word for piece in pieces if piece for word in words("".join(piece)) if word[0] in "aW1é-/"]
    assert all(setter.fonts.width_em(part) <= max(width_em, 2.0) for part in parts)


def test_widths_are_those_of_the_font() -> None:
    fonts = report_fonts()
    assert fonts.families == ("Noto Sans SC", "DejaVu Sans")
    assert fonts.width_em("玉林市") == pytest.approx(3.0)
    assert fonts.width_em("iii") < fonts.width_em("WWW")
    assert Setter(fonts, "zh").shortened("玉" * 30, 10.0) == "玉" * 9 + "…"


def test_the_data_of_the_template_is_plain_json(tmp_path: Path) -> None:
    report = replace(hostile_report(tmp_path), title="x" * 300)
    data = report_data(report, Setter(report_fonts(), "zh"))
    assert json.loads(json.dumps(data, ensure_ascii=False)) == data
    before, chapter = data["running"]
    assert before[0].endswith("…")
    assert before[1] == ""
    assert chapter[1] == HOSTILE[0]
