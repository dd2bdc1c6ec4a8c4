"""How the layers look in QGIS: QML documents with the classes, colours and signs of the map (palette.py).

A style is a list of :class:`Look`, one per class, written as QGIS writes a rule-based renderer; a raster's is a colour
table. Labels and headings come from the catalogue in one language; nothing of a study's own texts is in a style.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

from ...texts import Lang, text
from ..palette import (
    BREAKS_MIN,
    GROUPS,
    MAIN_ROADS,
    OTHER_ROAD_WIDTH,
    ROAD_WIDTHS,
    STATUS_COLOURS,
    STATUS_SIGNS,
    TIME_COLOURS,
    UNREACHABLE_COLOURS,
    WORST_FIRST,
    class_labels,
)

Shape = Literal["marker", "line", "fill"]
DOCTYPE = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
QGIS = "3.28.0"
GEOMETRY_CODES: dict[Shape, str] = {"marker": "0", "line": "1", "fill": "2"}
SYMBOL_CLASSES: dict[Shape, str] = {"marker": "SimpleMarker", "line": "SimpleLine", "fill": "SimpleFill"}
MARKS = {"square": "square", "circle": "circle", "diamond": "diamond", "drop": "triangle", "hexagon": "hexagon"}
CATCHMENT_COLOURS = ("#88ccee", "#ddcc77", "#cc6677", "#44aa99", "#aa4499", "#117733", "#999933")  # Tol's muted set
MM_PER_PIXEL = 0.26
LARGEST_FLOAT = "3.4e+38"


@dataclass(frozen=True)
class Look:
    """One class of a layer: its words in the legend, the QGIS expression that selects it ("" for all), its symbol."""

    label: str
    rule: str
    symbol: Mapping[str, str]


@dataclass(frozen=True)
class Style:
    """The look of one layer; ``label`` is the QGIS expression that is written at each feature ("" for none)."""

    shape: Shape
    looks: tuple[Look, ...]
    label: str = ""
    aliases: Mapping[str, str] = field(default_factory=dict)


def rgba(colour: str, alpha: int = 255) -> str:
    """A colour "#rrggbb" as QGIS writes it."""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"{red},{green},{blue},{alpha}"


def styles(lang: Lang) -> dict[str, Style]:
    """The style of each layer of the GeoPackage that is drawn."""
    bare = filled("#ffffff", alpha=0, outline="#7a7a7a", width_mm=0.2)
    station = _mark("square", GROUPS[0].colour, 2.8)
    rings = tuple(_time_looks("to_min", _ring, lang)[: len(BREAKS_MIN)])
    return {
        "demand": Style("marker", (*_time_looks("response_min", dot, lang), _unreachable(lang))),
        "counties": Style("fill", _verdict_looks(lang), "\"county\" || ' ' || coalesce(\"worst_sign\", '')"),
        "townships": Style("fill", (Look(text("layers.townships", lang), "", bare),), '"township"'),
        "stations": Style("marker", (Look(text("layers.stations", lang), "", station),), '"name"'),
        "facilities": Style("marker", _group_looks(lang)),
        "isochrones": Style("fill", rings),
        "isochrones_by_station": Style("fill", rings),
        "catchments": Style("fill", _catchment_looks(lang), 'coalesce("name", "station")'),
        "roads": Style("line", _road_looks(lang)),
    }


def qml(style: Style) -> str:
    """The QML document of a vector layer."""
    root = ET.Element("qgis", version=QGIS, styleCategories="Symbology|Labeling|Fields")
    root.set("labelsEnabled", "1" if style.label else "0")
    renderer = ET.SubElement(root, "renderer-v2", type="RuleRenderer", symbollevels="0", forceraster="0")
    rules = ET.SubElement(renderer, "rules", key="{carereach}")
    symbols = ET.SubElement(renderer, "symbols")
    for place, look in enumerate(style.looks):
        rule = ET.SubElement(rules, "rule", key=f"{{carereach-{place}}}", symbol=str(place), label=look.label)
        if look.rule:
            rule.set("filter", look.rule)
        _symbol(symbols, str(place), style.shape, look.symbol)
    if style.label:
        _labels(root, style)
    aliases = ET.SubElement(root, "aliases")
    for place, (column, words) in enumerate(style.aliases.items()):
        ET.SubElement(aliases, "alias", index=str(place), field=column, name=words)
    ET.SubElement(root, "layerGeometryType").text = GEOMETRY_CODES[style.shape]
    return _document(root)


def raster_qml(lang: Lang) -> str:
    """The QML document of the travel-time raster: a class holds what is not above its value."""
    root = ET.Element("qgis", version=QGIS, styleCategories="Symbology")
    pipe = ET.SubElement(root, "pipe")
    renderer = ET.SubElement(
        pipe, "rasterrenderer", type="singlebandpseudocolor", band="1", opacity="1", alphaBand="-1",
        classificationMin="0", classificationMax="inf", nodataColor="",
    )  # fmt: skip
    ET.SubElement(renderer, "rasterTransparency")
    shader = ET.SubElement(
        ET.SubElement(renderer, "rastershader"), "colorrampshader", colorRampType="DISCRETE", classificationMode="1",
        clip="0", minimumValue="0", maximumValue="inf", labelPrecision="0",
    )  # fmt: skip
    values = [*(f"{limit:g}" for limit in BREAKS_MIN), LARGEST_FLOAT, "inf"]
    labels = (*class_labels(lang), text("maps.unreachable", lang))
    for value, label, colour in zip(values, labels, (*TIME_COLOURS, UNREACHABLE_COLOURS[0]), strict=True):
        ET.SubElement(shader, "item", value=value, label=label, color=colour, alpha="255")
    return _document(root)


def _document(root: ET.Element) -> str:
    ET.indent(root)
    return DOCTYPE + ET.tostring(root, encoding="unicode") + "\n"


def _symbol(parent: ET.Element, name: str, shape: Shape, properties: Mapping[str, str]) -> None:
    symbol = ET.SubElement(parent, "symbol", name=name, type=shape, alpha="1", clip_to_extent="1", force_rhr="0")
    layer = ET.SubElement(symbol, "layer", enabled="1", locked="0", attrib={"class": SYMBOL_CLASSES[shape]})
    layer.set("pass", "0")
    options = ET.SubElement(layer, "Option", type="Map")
    for key, value in properties.items():  # QGIS from 3.18 reads the options, older ones the properties
        ET.SubElement(options, "Option", name=key, type="QString", value=value)
    for key, value in properties.items():
        ET.SubElement(layer, "prop", k=key, v=value)


def _labels(root: ET.Element, style: Style) -> None:
    settings = ET.SubElement(ET.SubElement(root, "labeling", type="simple"), "settings", calloutType="simple")
    said = ET.SubElement(
        settings, "text-style", fieldName=style.label, isExpression="1", fontSize="9", fontSizeUnit="Point",
        textColor=rgba("#1a1a1a"), textOpacity="1",
    )  # fmt: skip
    ET.SubElement(
        said, "text-buffer", bufferDraw="1", bufferSize="0.8", bufferSizeUnits="MM", bufferColor=rgba("#ffffff"),
        bufferOpacity="1",
    )  # fmt: skip
    around, horizontal = "6", "4"
    ET.SubElement(settings, "placement", placement=around if style.shape == "marker" else horizontal, dist="0.6")
    ET.SubElement(settings, "rendering", drawLabels="1", scaleVisibility="0", obstacle="1")


def filled(
    colour: str, *, alpha: int = 255, outline: str = "", width_mm: float = 0.1, hatch: str = ""
) -> dict[str, str]:
    """The symbol of an area."""
    return {
        "color": rgba(colour, alpha),
        "style": hatch or ("solid" if alpha else "no"),
        "outline_color": rgba(outline or "#ffffff"),
        "outline_style": "solid" if outline else "no",
        "outline_width": f"{width_mm:g}",
        "outline_width_unit": "MM",
    }


def _mark(shape: str, colour: str, size_mm: float, outline: str = "#ffffff") -> dict[str, str]:
    return {
        "name": shape,
        "color": rgba(colour),
        "size": f"{size_mm:g}",
        "size_unit": "MM",
        "outline_color": rgba(outline),
        "outline_style": "solid",
        "outline_width": "0.2",
        "outline_width_unit": "MM",
    }


def dot(colour: str) -> dict[str, str]:
    """The symbol of a place where people live."""
    return _mark("circle", colour, 1.6, "#8f8f8f")


def _ring(colour: str) -> dict[str, str]:
    return filled(colour, alpha=190)


def _time_looks(column: str, symbol: Callable[[str], dict[str, str]], lang: Lang) -> list[Look]:
    """A look for each time class: a limit belongs to the class below it, as on the map."""
    low = f'"{column}" <= {BREAKS_MIN[0]:g}'
    between = [f'"{column}" > {a:g} AND "{column}" <= {b:g}' for a, b in pairwise(BREAKS_MIN)]
    rules = (low, *between, f'"{column}" > {BREAKS_MIN[-1]:g}')
    parts = zip(class_labels(lang), rules, TIME_COLOURS, strict=True)
    return [Look(text("maps.minutes", lang, n=label), rule, symbol(colour)) for label, rule, colour in parts]


def _unreachable(lang: Lang) -> Look:
    symbol = _mark("cross2", UNREACHABLE_COLOURS[1], 1.8, UNREACHABLE_COLOURS[1])
    return Look(text("maps.unreachable", lang), '"response_min" IS NULL', symbol)


def _verdict_looks(lang: Lang) -> tuple[Look, ...]:
    looks = []
    for status in WORST_FIRST:
        words = f"{STATUS_SIGNS[status]} {text('verdict.' + status.replace(' ', '-'), lang)}"
        hatch = "b_diagonal" if status == "not met" else "dense6" if status == "cannot tell" else ""
        symbol = filled(STATUS_COLOURS[status], alpha=170, outline="#1a1a1a", width_mm=0.4, hatch=hatch)
        looks.append(Look(words, f"\"worst\" = '{status}'", symbol))
    none = filled("#ffffff", alpha=0, outline="#1a1a1a", width_mm=0.4)
    return (*looks, Look(text("layers.no-verdict", lang), "ELSE", none))


def _group_looks(lang: Lang) -> tuple[Look, ...]:
    return tuple(
        Look(
            text("maps.group-" + group.key, lang), f"\"map_group\" = '{group.key}'",
            _mark(MARKS[group.shape], group.colour, 2.2),
        )
        for group in GROUPS
    )  # fmt: skip


def _catchment_looks(lang: Lang) -> tuple[Look, ...]:
    name = text("layers.catchments", lang)
    looks = [
        Look(f"{name} {place}", f'"map_colour" = {place}', filled(colour, alpha=130, outline="#4d4d4d", width_mm=0.3))
        for place, colour in enumerate(CATCHMENT_COLOURS, start=1)
    ]
    unreached = filled(UNREACHABLE_COLOURS[1], outline="#4d4d4d", width_mm=0.3, hatch="f_diagonal")
    return (*looks, Look(text("maps.unreachable", lang), '"map_colour" = 0', unreached))


def _road_looks(lang: Lang) -> tuple[Look, ...]:
    looks = []
    for rank in MAIN_ROADS:
        rule = f"\"road_class\" IN ('{rank}', '{rank}_link')"
        looks.append(Look(text("maps.road-" + rank, lang), rule, _line(ROAD_WIDTHS[rank])))
    return (*looks, Look(text("layers.other-roads", lang), "ELSE", _line(OTHER_ROAD_WIDTH)))


def _line(width_px: float) -> dict[str, str]:
    return {
        "line_color": rgba("#6b6b6b"),
        "line_style": "solid",
        "line_width": f"{width_px * MM_PER_PIXEL:.2f}",
        "line_width_unit": "MM",
        "capstyle": "round",
        "joinstyle": "round",
    }
