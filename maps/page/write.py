"""The map page: one HTML file that opens without a network and asks for nothing.

folium lays out the scaffold (the page and the Leaflet map); Leaflet itself is inlined from the installed package
``offlinefolium``. Nothing from a study passes through folium's templates: it stands in one JSON element, put in after
rendering, which the page's own scripts read and show as text.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import cast

import folium
from branca.element import Element, Figure
from jinja2 import Template

from ...coverage.results import Assessment
from ...files import write_text
from ...texts import Lang
from .data import LANGUAGES, Json, as_script, page_data

LEAFLET = "https://cdn.jsdelivr.net/npm/leaflet@1.9.3/dist/leaflet"  # the names offlinefolium keeps the texts under
MAP_ID = "care"
DATA_MARK = "carereach-data-goes-here"
TILES = "https://tile.openstreetmap.org https://*.tianditu.gov.cn"
POLICY = (
    "default-src 'none'; script-src {scripts}; style-src 'unsafe-inline'; img-src data: "
    + TILES
    + "; base-uri 'none'; form-action 'none'"
)
# folium writes the lines that make its map after all others: the page starts when both are there.
START = """document.addEventListener('DOMContentLoaded', function () {{
'use strict';
const map = map_{id};
{own}
}});"""
MIDDLE_OF_GUANGXI = (22.8, 109.0)


@dataclass(frozen=True)
class Parts:
    """The files in ``assets`` that make a page: its HTML, its styles, its scripts in their order."""

    skeleton: str
    style: str
    scripts: tuple[str, ...]
    more_styles: tuple[str, ...] = ()


ASSESSMENT_PAGE = Parts(
    "page.html",
    "page.css",
    (
        "dom",
        "notices",
        "language",
        "layers",
        "themes",
        "access",
        "popups",
        "legend",
        "readout",
        "limit",
        "search",
        "charts",
        "filter",
        "panel",
        "keyboard",
        "print",
        "start",
    ),
    ("tools.css", "print.css"),
)


class _Verbatim(Element):
    """Text that is written as it is: branca's own Element would read it as a template."""

    _template = Template("{{ this.content }}")

    def __init__(self, content: str) -> None:
        super().__init__()
        self._name = "Verbatim"
        self.content = content


class _OfflineMap(folium.Map):
    """A folium map that links to nothing."""

    default_js: list[tuple[str, str]] = []  # noqa: RUF012  # folium's own way to name them
    default_css: list[tuple[str, str]] = []  # noqa: RUF012


def write_page(assessment: Assessment, path: Path, lang: Lang) -> None:
    """Writes the page to ``path``, atomically."""
    write_text(path, page(assessment, lang))


def page(assessment: Assessment, lang: Lang) -> str:
    """The page of an assessment as HTML."""
    return assembled(page_data(assessment, lang), lang, ASSESSMENT_PAGE)


def assembled(content: Json, lang: Lang, parts: Parts) -> str:
    """A page as HTML, with a policy that lets only its own scripts run and only base maps be asked for.

    ``content`` is what the scripts read; its ``bounds`` are the corners that the map begins with, or None.
    """
    before, _, after = _scaffold(content["bounds"], lang, parts).partition(DATA_MARK)
    return before + as_script(content) + after


def _scaffold(bounds: list[list[float]] | None, lang: Lang, parts: Parts) -> str:
    centre = [sum(pair) / 2 for pair in zip(*bounds, strict=True)] if bounds else list(MIDDLE_OF_GUANGXI)
    plan = _OfflineMap(location=centre, zoom_start=9, tiles=None, zoom_control=False, zoom_snap=0.25)
    plan._id = MAP_ID
    figure = cast(Figure, plan.get_root())
    css, script = _leaflet()
    own_style = "\n".join(_asset(name) for name in (parts.style, *parts.more_styles))
    figure.header.add_child(_Verbatim(f"<style>{css}</style>\n<style>{own_style}</style>"), name="style")
    figure.header.add_child(_Verbatim(f"<script>{script}</script>"), name="leaflet")
    figure.html.add_child(_Verbatim(_asset(parts.skeleton)), name="skeleton", index=0)
    own = "\n".join(_asset(f"{name}.js") for name in parts.scripts)
    figure.script.add_child(_Verbatim(START.format(id=MAP_ID, own=own)))
    return _with_policy(figure.render(), lang)


def _leaflet() -> tuple[str, str]:
    from offlinefolium.elements import _res  # 7 MB of texts: loaded only when a page is written

    script = re.sub(r"//# sourceMappingURL=\S+", "", _res[LEAFLET + ".js"])
    return _res[LEAFLET + ".css"], script


def _with_policy(html: str, lang: Lang) -> str:
    """The page with its language, and with a content security policy that names its scripts by their hash."""
    scripts = re.findall(r"<script>(.*?)</script>", html, flags=re.DOTALL)
    hashes = (base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts)
    policy = POLICY.format(scripts=" ".join(f"'sha256-{digest}'" for digest in hashes))
    html = html.replace("<html>", f'<html lang="{LANGUAGES[lang]}">', 1)
    return html.replace("<head>", f'<head>\n<meta http-equiv="Content-Security-Policy" content="{policy}">', 1)


def _asset(name: str) -> str:
    return (resources.files("carereach.maps") / "assets" / name).read_text(encoding="utf-8")
