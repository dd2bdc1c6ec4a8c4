"""Styles of the layers that show what is within reach: for a reader to choose in QGIS, beside the usual ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from ...coverage.results import Assessment
from ...texts import Lang, text
from ..access_classes import COLOURS, NONE_COLOUR, breaks_of, class_words
from ..access_words import access_heading
from .styles import Look, Style, dot, filled


@dataclass(frozen=True)
class Further:
    """A style of a layer, called ``name``."""

    layer: str
    name: str
    style: Style


def access_styles(assessment: Assessment, lang: Lang) -> tuple[Further, ...]:
    """For each service: where people live, counties and (if there are any) townships in the classes of what is within
    reach."""
    access = assessment.access
    if access is None:
        return ()
    made = []
    for service in access.services:
        breaks = breaks_of(access, service)
        name = access_heading(service.column, lang) or service.column
        if breaks:
            points = _looks(service.column, breaks, dot, dot(NONE_COLOUR), lang)
            made.append(Further("demand", name, Style("marker", points)))
            hatched = filled(NONE_COLOUR, outline="#4d4d4d", width_mm=0.3, hatch="f_diagonal")
            areas = _looks(service.column, breaks, _area, hatched, lang)
            labels = {"counties": '"county"'} | ({} if assessment.townships is None else {"townships": '"township"'})
            made += [Further(layer, name, Style("fill", areas, label)) for layer, label in labels.items()]
    return tuple(made)


def _area(colour: str) -> dict[str, str]:
    return filled(colour, outline="#4d4d4d", width_mm=0.3)


def _looks(
    column: str,
    breaks: tuple[float, ...],
    symbol: Callable[[str], Mapping[str, str]],
    none: Mapping[str, str],
    lang: Lang,
) -> tuple[Look, ...]:
    """A look for each class, as on the printed map, for none at all and for what is not known."""
    first = f'"{column}" > 0 AND "{column}" <= {breaks[0]:g}'
    between = [f'"{column}" > {low:g} AND "{column}" <= {high:g}' for low, high in pairwise(breaks)]
    rules = (first, *between, f'"{column}" > {breaks[-1]:g}')
    parts = zip(class_words(breaks, lang), rules, COLOURS, strict=True)
    looks = [Look(words, rule, symbol(colour)) for words, rule, colour in parts]
    return (*looks, Look(text("access.nothing", lang), f'"{column}" = 0', none))
