"""The type of what is printed: its Chinese font, its resolution, the width of its column."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path

from matplotlib import font_manager

DPI = 300
WIDTH_IN = 170 / 25.4  # what A4 leaves between usual margins


@cache
def font_name() -> str:
    """The family of the Chinese font that zhplot ships, made known to matplotlib."""
    package = find_spec("zhplot")  # not imported: that would change matplotlib's settings for everybody
    if package is None or package.origin is None:
        raise ModuleNotFoundError("zhplot", name="zhplot")
    path = str(Path(package.origin).parent / "fonts" / "NotoSansSC-Regular.ttf")
    font_manager.fontManager.addfont(path)
    return str(font_manager.FontProperties(fname=path).get_name())
