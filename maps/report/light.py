"""Figures as a report holds them: with at most 256 colours, so that a report of many figures can be sent by mail."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from PIL import Image

MOST_BYTES = 11_500_000  # of all figures together; texts and fonts take up to 2 MB, and the report is to stay below 15
COLOURS = 256
USUAL_DPI, COARSEST_DPI, COARSER = 300.0, 75.0, 0.75


def lighter(figures: Mapping[str, Path], folder: Path, most: int = MOST_BYTES) -> dict[str, Path]:
    """Writes each PNG of ``figures`` anew into ``folder``, of the same printed size and on white ground.

    The colours of areas, lines and letters stay; only blends at their edges become alike, which no eye tells. Where
    all together are heavier than ``most``, the heaviest become coarser, but not below 75 points an inch.
    """
    made = {name: folder / f"{name}.png" for name in figures}
    weights = {name: _write(path, made[name]) for name, path in figures.items()}
    allowed = share_of_each(list(weights.values()), most)
    for name, path in figures.items():
        share = 1.0
        while weights[name] > allowed and USUAL_DPI * share * COARSER >= COARSEST_DPI:
            share *= COARSER
            weights[name] = _write(path, made[name], share)
    return made


def share_of_each(weights: Sequence[float], most: float) -> float:
    """The weight that each may have so that all together have at most ``most``: what the light ones leave is shared
    among the heavy ones."""
    left = float(most)
    for place, weight in enumerate(ordered := sorted(weights)):
        if weight * (len(ordered) - place) > left:
            return left / (len(ordered) - place)
        left -= weight
    return max(weights, default=0.0)


def _write(figure: Path, path: Path, share: float = 1.0) -> int:
    """Writes a figure with so much of its points an inch; its bytes in a PDF, which holds three for every point."""
    with Image.open(figure) as picture:
        dpi = float(picture.info.get("dpi", (USUAL_DPI, USUAL_DPI))[0]) * share
        drawn = _on_white(picture)
    if share != 1.0:
        size = (max(round(drawn.width * share), 1), max(round(drawn.height * share), 1))
        drawn = drawn.resize(size, Image.Resampling.LANCZOS)
    few = drawn.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    few.save(path, "PNG", dpi=(dpi, dpi))
    return len(zlib.compress(few.convert("RGB").tobytes()))


def _on_white(picture: Image.Image) -> Image.Image:
    if "A" not in picture.getbands():
        return picture.convert("RGB")
    ground = Image.new("RGB", picture.size, "white")
    ground.paste(picture, mask=picture.getchannel("A"))
    return ground
