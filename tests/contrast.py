"""How well the texts of a page stand out (WCAG 2.2, 1.4.3), read from the computed styles in the browser."""

from __future__ import annotations

from dataclasses import dataclass

from browser import Tab

ENOUGH, ENOUGH_WHERE_LARGE = 4.5, 3.0
LARGE_PX, LARGE_BOLD_PX, BOLD = 24.0, 18.66, 700

# Each visible text with its colour, its size and the backgrounds under it, topmost first; colours as [r, g, b, alpha].
# A halo of a text-shadow counts as its background. What is dimmed on purpose is left out, as is an unseen text.
COLLECT = """(() => {
  const canvas = document.createElement('canvas'); canvas.width = canvas.height = 1;
  const ctx = canvas.getContext('2d', { willReadFrequently: true });
  const rgba = (said) => {
    const numbers = /^rgba?\\(([^)]+)\\)$/.exec(said);
    if (numbers) { const n = numbers[1].split(/[ ,\\/]+/).map(Number); return [n[0], n[1], n[2], n[3] ?? 1]; }
    ctx.clearRect(0, 0, 1, 1); ctx.fillStyle = said; ctx.fillRect(0, 0, 1, 1);
    const d = ctx.getImageData(0, 0, 1, 1).data; return [d[0], d[1], d[2], d[3] / 255];
  };
  const under = (node) => {
    const found = [];
    for (let at = node; at; at = at.parentElement) {
      const style = getComputedStyle(at);
      const halo = /rgba?\\([^)]+\\)/.exec(style.textShadow);
      if (halo && style.textShadow !== 'none') found.push(rgba(halo[0]));
      found.push(rgba(style.backgroundColor));
    }
    return found;
  };
  const faded = (node) => {
    let all = 1;
    for (let at = node; at; at = at.parentElement) all *= getComputedStyle(at).opacity;
    return all;
  };
  const passed = '.unseen, .skip, .dimmed, [aria-hidden=true]:not(b):not(i), [disabled], .paper';
  const unseen = (node) => node.closest(passed);
  const pairs = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const add = (node, said) => {
    const style = getComputedStyle(node);
    const colour = rgba(node instanceof SVGElement ? style.fill : style.color);
    colour[3] *= faded(node);
    const where = `${node.tagName.toLowerCase()}.${node.getAttribute('class') || ''}`;
    pairs.push({ said: said.trim().slice(0, 40), where,
      colour, size: parseFloat(style.fontSize), weight: Number(style.fontWeight), under: under(node) });
  };
  for (let text = walker.nextNode(); text; text = walker.nextNode()) {
    const node = text.parentElement;
    if (!text.data.trim() || unseen(node) || ['SCRIPT', 'STYLE', 'OPTION'].includes(node.tagName)) continue;
    if (node.checkVisibility({ visibilityProperty: true }) && node.getClientRects().length) add(node, text.data);
  }
  for (const node of document.querySelectorAll('select, input:not([type=checkbox]):not([type=range])')) {
    if (node.checkVisibility()) add(node, node.value || node.placeholder || node.id);
  }
  return pairs;
})()"""


@dataclass(frozen=True)
class Pair:
    """A text and how far its colour is from what lies under it, in the worse of a black and a white surrounding."""

    said: str
    where: str
    ratio: float
    needed: float


def luminance(colour: tuple[float, float, float]) -> float:
    """Relative luminance of an sRGB colour (WCAG 2.2)."""
    parts = [c / 255 for c in colour]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: tuple[float, float, float], other: tuple[float, float, float]) -> float:
    """Contrast ratio of two colours, 1 to 21."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def laid_over(colour: list[float], ground: tuple[float, float, float]) -> tuple[float, float, float]:
    """A colour with its transparency on an opaque ground."""
    *parts, alpha = colour
    red, green, blue = (alpha * part + (1 - alpha) * below for part, below in zip(parts, ground, strict=True))
    return red, green, blue


def pairs(tab: Tab) -> list[Pair]:
    """All texts that can be seen on the page now."""
    return [_pair(found) for found in tab.run(COLLECT)]


def _pair(found: dict) -> Pair:  # type: ignore[type-arg]
    ratios = []
    for ground in ((0.0, 0.0, 0.0), (255.0, 255.0, 255.0)):
        for layer in reversed(found["under"]):
            ground = laid_over(layer, ground)
        ratios.append(contrast(laid_over(found["colour"], ground), ground))
    large = found["size"] >= LARGE_PX or (found["size"] >= LARGE_BOLD_PX and found["weight"] >= BOLD)
    return Pair(found["said"], found["where"], min(ratios), ENOUGH_WHERE_LARGE if large else ENOUGH)


def too_faint(tab: Tab) -> list[str]:
    """The texts whose contrast is not enough, each kind once."""
    weak = {pair.where: pair for pair in pairs(tab) if pair.ratio < pair.needed}
    return [f"{pair.where} “{pair.said}” {pair.ratio:.2f} < {pair.needed}" for pair in weak.values()]
