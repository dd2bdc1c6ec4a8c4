"""How heavy a report is, and what its figures still show; what a run leaves that is stopped while it writes one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pypdf
import pytest
from assessments import assessment
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from reports import sample_report, write_picture

from carereach.maps.report import pdf
from carereach.maps.report.blocks import Picture, Report, Section
from carereach.maps.report.light import MOST_BYTES, lighter, share_of_each
from carereach.maps.report.write import PDF, WORD, write_report

REPORT_MB, TEXTS_AND_FONTS = 15.0, 2_500_000


def noise(path: Path, seed: int, colours: int = 256, size: tuple[int, int] = (300, 240)) -> Path:
    """A figure that no program can pack well: every pixel by chance in one of so many colours."""
    rng = np.random.default_rng(seed)
    palette = rng.integers(0, 256, (colours, 3), dtype=np.uint8)
    Image.fromarray(palette[rng.integers(0, colours, size)]).save(path, dpi=(300, 300))
    return path


def report_with(figures: dict[str, Path]) -> Report:
    blocks = tuple(Picture(path, name, name, 1.0) for name, path in figures.items())
    return Report("t", "s", (), (Section("maps", "Maps", blocks),), "en")


def test_a_report_is_light_however_heavy_its_figures(tmp_path: Path) -> None:
    assert MOST_BYTES + TEXTS_AND_FONTS < REPORT_MB * 1e6
    (tmp_path / "light").mkdir()
    heavy = {f"f{i}": noise(tmp_path / f"f{i}.png", i) for i in range(3)}
    most = 100_000
    figures = lighter(heavy, tmp_path / "light", most)
    bare = pdf.write_pdf(report_with({}), tmp_path / "bare.pdf").stat().st_size
    before = pdf.write_pdf(report_with(heavy), tmp_path / "before.pdf").stat().st_size
    after = pdf.write_pdf(report_with(figures), tmp_path / "after.pdf").stat().st_size
    assert before - bare > 2 * most  # 3 x 72,000 points of a byte and more
    assert after - bare < 1.1 * most
    for name, path in figures.items():  # coarser, but as large on paper
        with Image.open(path) as made, Image.open(heavy[name]) as given_one:
            assert made.width / made.info["dpi"][0] == pytest.approx(given_one.width / 300, rel=0.01)
            assert made.width < given_one.width


def test_areas_lines_and_letters_keep_their_colours(tmp_path: Path) -> None:
    (tmp_path / "light").mkdir()
    source = write_picture(tmp_path / "figure.png", dpi=150)
    path = lighter({"figure": source}, tmp_path / "light")["figure"]
    with Image.open(source) as drawn, Image.open(path) as made:
        assert made.size == drawn.size and round(made.info["dpi"][0]) == round(drawn.info["dpi"][0])
        before, after = (np.asarray(each.convert("RGB"), dtype=int) for each in (drawn, made))
    apart = np.abs(before - after).max(axis=2)
    assert np.mean(apart <= 2) > 0.99
    common, counts = np.unique(before.reshape(-1, 3), axis=0, return_counts=True)
    for colour in common[np.argsort(-counts)[:3]]:
        assert np.abs(after[(before == colour).all(axis=2)] - colour).max() <= 2


def test_what_is_clear_is_white_in_a_report(tmp_path: Path) -> None:
    (tmp_path / "light").mkdir()
    Image.new("RGBA", (30, 20), (255, 0, 0, 0)).save(tmp_path / "clear.png")
    with Image.open(lighter({"a": tmp_path / "clear.png"}, tmp_path / "light")["a"]) as made:
        assert made.convert("RGB").getpixel((3, 3)) == (255, 255, 255)


def test_light_figures_leave_their_share_to_heavy_ones() -> None:
    assert share_of_each([1, 2, 30, 40], 23) == 10  # 23 - 1 - 2, shared by two
    assert share_of_each([1, 2, 3], 6) == 3
    assert share_of_each([], 6) == 0


@given(st.lists(st.integers(1, 10**7), max_size=20), st.integers(1, 10**8))
def test_shares_sum_to_what_is_allowed(weights: list[int], most: int) -> None:
    share = share_of_each(weights, most)
    assert sum(min(weight, share) for weight in weights) == pytest.approx(min(sum(weights), most))


def test_interrupted_between_both_forms_what_was_there_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    figures = {"isochrones": write_picture(tmp_path / "isochrones.png")}
    out = tmp_path / "out"
    out.mkdir()
    (out / PDF).write_bytes(b"old")

    def stopped(*_: object, **__: object) -> bytes:
        raise KeyboardInterrupt

    monkeypatch.setattr(pdf.typst, "compile", stopped)
    with pytest.raises(KeyboardInterrupt):
        write_report(assessment(), out, "en", figures)
    assert {file.name for file in out.iterdir()} == {WORD, PDF}  # nothing half written
    assert (out / PDF).read_bytes() == b"old"


CHILD = """
import os, sys, time
from pathlib import Path
sys.path.append(sys.argv[2])
from reports import sample_report
from carereach.maps.report.pdf import write_pdf
from carereach.maps.report.word import write_word
out, real = Path(sys.argv[1]), os.replace
def replace(source, target):
    if str(target).endswith(".pdf"):
        print(Path(source).stat().st_size, flush=True)
        time.sleep(60)
    real(source, target)
os.replace = replace
report = sample_report(out, "zh")
write_word(report, out / "report.docx")
write_pdf(report, out / "report.pdf")
"""


def test_killed_while_the_pdf_is_written_the_old_one_stays_whole(tmp_path: Path) -> None:
    report = sample_report(tmp_path, "en")
    old = pdf.write_pdf(report, tmp_path / PDF).read_bytes()
    (tmp_path / WORD).write_bytes(b"old")
    command = [sys.executable, "-c", CHILD, str(tmp_path), str(Path(__file__).parent)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        written = child.stdout.readline()
        child.kill()
    assert int(written) > 10_000  # the new one was whole, but had not yet its name
    assert (tmp_path / PDF).read_bytes() == old
    assert (tmp_path / WORD).read_bytes()[:2] == b"PK"  # the new one
    assert len(pypdf.PdfReader(tmp_path / PDF).pages) > 0
