"""The fonts of a report: the Chinese one that comes with zhplot, and DejaVu Sans, of matplotlib, for what it lacks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

import matplotlib as mpl
from matplotlib.ft2font import FT2Font

from ...errors import InputError, Problem

CHINESE_FILE, OTHER_FILE = "NotoSansSC-Regular.ttf", "DejaVuSans.ttf"
UNITS_PT = 1000.0  # the size that advances are read at, so that rounding does not show


@dataclass(frozen=True)
class ReportFonts:
    """The files of the two fonts, the first choice first."""

    files: tuple[Path, ...]

    @cached_property
    def faces(self) -> tuple[FT2Font, ...]:
        """The opened fonts."""
        faces = tuple(FT2Font(str(file)) for file in self.files)
        for face in faces:
            face.set_size(UNITS_PT, 72)
        return faces

    @property
    def families(self) -> tuple[str, ...]:
        """Their names, as a typesetter knows them."""
        return tuple(face.family_name for face in self.faces)

    @cached_property
    def _advances(self) -> dict[str, float | None]:
        return {}

    def advance_em(self, character: str) -> float | None:
        """The width of one character as a share of the size of the type; None if no font has it."""
        if character not in self._advances:
            face = next((face for face in self.faces if face.get_char_index(ord(character))), None)
            glyph = face.load_char(ord(character)) if face is not None else None
            self._advances[character] = None if glyph is None else glyph.linearHoriAdvance / 65536 / UNITS_PT
        return self._advances[character]

    def width_em(self, text: str) -> float:
        """The width of ``text`` in one line; a character that no font has counts as a wide one."""
        advances = [self.advance_em(character) for character in text]
        return sum(1.0 if advance is None else advance for advance in advances)


def report_fonts() -> ReportFonts:
    """The fonts, found where their packages are installed; :class:`InputError` if the Chinese one is not there.

    Fonts of the machine are never used: a report looks the same everywhere.
    """
    package = find_spec("zhplot")  # not imported: that would change matplotlib's settings for everybody
    chinese = Path(package.origin).parent / "fonts" / CHINESE_FILE if package and package.origin else None
    if chinese is None or not chinese.is_file():
        raise InputError(Problem("report-pdf.no-font", CHINESE_FILE))
    return ReportFonts((chinese, Path(mpl.get_data_path()) / "fonts" / "ttf" / OTHER_FILE))
