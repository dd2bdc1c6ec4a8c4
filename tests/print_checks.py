"""What is true of every figure for print: its texts are on the page and apart, and tell where all comes from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from matplotlib.figure import Figure
from matplotlib.text import Text

from carereach.maps.atlas.plot_page import print_settings


def drawn(make: Callable[[], Figure]) -> tuple[Figure, list[tuple[Text, Any]]]:
    """The figure, and its texts with the boxes they take in pixels."""
    with print_settings():
        figure = make()
        figure.draw_without_rendering()
        renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
        found = [said for said in figure.findobj(Text) if said.get_text().strip() and said.get_visible()]
        return figure, [(said, said.get_window_extent(renderer)) for said in found]


def assert_apart(figure: Figure, boxes: list[tuple[Text, Any]]) -> None:
    """No text leaves the page and no two cover each other; boxes hold room above and below the letters, of which a
    third may overlap."""
    whole = figure.bbox.padded(1)
    for place, (said, box) in enumerate(boxes):
        words = said.get_text()
        assert whole.x0 <= box.x0, words
        assert box.x1 <= whole.x1, words
        assert whole.y0 <= box.y0, words
        assert box.y1 <= whole.y1, words
        for other, taken in boxes[place + 1 :]:
            wide = min(box.x1, taken.x1) - max(box.x0, taken.x0)
            tall = min(box.y1, taken.y1) - max(box.y0, taken.y0)
            assert wide <= 1 or tall <= min(box.height, taken.height) / 3, (words, other.get_text())


def texts_of(boxes: list[tuple[Text, Any]]) -> list[str]:
    """The words of the texts."""
    return [said.get_text() for said, _ in boxes]


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.1."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
