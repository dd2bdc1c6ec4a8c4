"""carereach assess --report and --template: both documents, the bureau's template, and runs that are not repeated."""

from __future__ import annotations

from pathlib import Path

import docx
import matplotlib.image
import numpy as np
import pypdf
import pytest
from good_study import write_good_study
from typer.testing import CliRunner, Result

from carereach import cli
from carereach.maps import extras


def run(*words: str | Path) -> Result:
    """A command's result; whatever happens, it is not a traceback."""
    result = CliRunner().invoke(cli.app, [str(word) for word in words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.fixture(autouse=True)
def one_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    """One small figure in place of all: those have tests of their own."""

    def write(_assessment: object, folder: Path, _lang: str, _step: object) -> dict[str, Path]:
        folder.mkdir(exist_ok=True)
        path = folder / "isochrones.png"
        matplotlib.image.imsave(path, np.zeros((20, 30)), dpi=300)
        path.with_suffix(".svg").write_text("<svg/>", encoding="utf-8")
        return {"isochrones": path}

    monkeypatch.setattr(extras, "write_figures", write)


def template(path: Path, *lines: str) -> Path:
    document = docx.Document()
    for line in lines:
        document.add_paragraph(line)
    document.save(str(path))
    return path


def words_of(path: Path) -> str:
    return "\n".join(paragraph.text for paragraph in docx.Document(str(path)).paragraphs)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_good_study(tmp_path_factory.mktemp("report") / "study")


def test_report_in_a_bureaus_template(study: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    own = template(tmp_path / "卫健委 模板.docx", "卫健委内部资料", "{{ title }}", "{{p 摘要 }}", "{{p maps }}")
    words = ("assess", study, "-o", out, "--lang", "zh", "--template", own)
    assert run(*words).exit_code == 0
    assert "isochrones.png" not in {path.name for path in out.iterdir()}  # only --figures leaves pictures
    shown = words_of(out / "report.docx")
    assert shown.startswith("卫健委内部资料\n医疗卫生服务空间可及性评估报告\n摘要")
    assert len(docx.Document(str(out / "report.docx")).inline_shapes) == 1
    assert "摘要" in "".join(page.extract_text() for page in pypdf.PdfReader(out / "report.pdf").pages)

    again = run(*words)
    assert "report.docx" in again.output
    before = (out / "report.docx").read_bytes()
    template(own, "改过的模板", "{{p 摘要 }}")
    assert run(*words).exit_code == 0
    assert (out / "report.docx").read_bytes() != before
    assert words_of(out / "report.docx").startswith("改过的模板\n摘要")


def test_report_and_figures(study: Path, tmp_path: Path) -> None:
    result = run("assess", study, "-o", tmp_path, "--lang", "en", "--report", "--figures")
    assert result.exit_code == 0
    assert {"report.docx", "report.pdf", "isochrones.png", "isochrones.svg"} <= {p.name for p in tmp_path.iterdir()}
    assert docx.Document(str(tmp_path / "report.docx")).core_properties.language == "en-GB"


@pytest.mark.parametrize(("lang", "said"), [("en", "did you mean summary?"), ("zh", "是否应为 summary？")])
def test_a_wrong_template_is_told_before_anything_is_computed(
    study: Path, tmp_path: Path, lang: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("carereach.layers.study.open_study", lambda *_, **__: pytest.fail("was computed"))
    own = template(tmp_path / "own.docx", "{{p sumary }}", "{{p body }}")
    result = run("assess", study, "-o", tmp_path / "out", "--lang", lang, "--template", own)
    assert result.exit_code == 2
    assert "own.docx" in result.output
    assert said in " ".join(result.output.split())
    assert not (tmp_path / "out").exists()


def test_a_template_is_never_overwritten(study: Path, tmp_path: Path) -> None:
    own = template(tmp_path / "report.docx", "{{p body }}")
    before = own.read_bytes()
    result = run("assess", study, "-o", tmp_path, "--lang", "en", "--template", own)
    assert result.exit_code == 2
    assert "would be overwritten" in " ".join(result.output.split())
    assert own.read_bytes() == before
    assert list(tmp_path.iterdir()) == [own]


def test_a_missing_template(study: Path, tmp_path: Path) -> None:
    result = run("assess", study, "-o", tmp_path / "out", "--lang", "en", "--template", tmp_path / "no.docx")
    assert result.exit_code == 2
    assert "no.docx" in result.output


def test_a_report_of_an_earlier_run_is_told(study: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert "earlier run" not in run("assess", study, "-o", out, "--lang", "en", "--report").output
    told = "not written anew, so they may not fit these results: report.docx, report.pdf"
    for _ in range(2):  # also where the second run reads its results from the folder
        assert told in run("assess", study, "-o", out, "--lang", "en").output
    (out / "report.docx").unlink()
    (out / "report.pdf").unlink()
    assert "earlier run" not in run("assess", study, "-o", out, "--lang", "en").output
