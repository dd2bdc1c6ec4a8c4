"""Writes study-file.md beside this file: every key of study.toml, from the types that check it."""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, get_args, get_origin

from annotated_types import Ge, Gt, Le
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from carereach.coverage.choices import CHOICES
from carereach.coverage.parameters import DEFAULTS
from carereach.files import write_text
from carereach.layers.headings import HEADINGS
from carereach.layers.roads.speeds import DRIVE_KPH, UNCLASSED_KPH
from carereach.layers.settings import StudyFile
from carereach.layers.settings_parts import Words
from carereach.layers.vocabulary import KINDS, ROLES
from carereach.texts import text

SAYS = {
    "name": "short name of the study",
    "title": "title of the outputs",
    "plans": "names of embedded plans, or paths of plan files ending in .toml (docs/plan-file.md)",
    "crs": "CRS to compute in, projected in metres (`EPSG:32649`); `auto`: the UTM zone of the counties",
    "*.grade": "how well the layer is known; modelled, assumed and missing layers make screening verdicts",
    "*.source": "where the layer comes from, shown in every output",
    "*.licence": "its licence",
    "*.date": "its date",
    "*.path": "the file, relative to study.toml",
    "*.layer": "layer of a GeoPackage; needed where there are several",
    "*.sheet": "sheet of a workbook; needed where there are several",
    "*.crs": "CRS of the file where it does not say",
    "*.encoding": "encoding of a CSV file; found by itself where it is UTF-8 or GBK",
    "boundaries.county": "column with the counties' names",
    "boundaries.code": "column with their codes",
    "boundaries.city": "column with the city they belong to",
    "boundaries.include": "only these counties; empty: all",
    "townships.township": "column with the townships' names",
    "townships.county": "column with their county",
    "townships.kind": "column that tells streets, towns and townships apart",
    "facilities.datum": "datum of the coordinates where no column says it; GCJ-02 and BD-09 are converted",
    "roads.nodes": "table of nodes (id, lon, lat), in place of path",
    "roads.edges": "table of edges (from, to), with nodes",
    "roads.profile": "who travels: decides which roads may be used",
    "roads.class_column": "column with the road class",
    "roads.oneway_column": "column with the one-way direction",
    "roads.speed_column": "column with the speed limit, km/h",
    "people.format": "what the file is",
    "people.year": "year of the figures",
    "people.population": "resident or registered population",
    "people.calibrate.unit": "unit of the census figures",
    "people.calibrate.name": "column with the units' names",
    "people.calibrate.residents": "column with their residents",
    "people.spread.cell_km": "side of a cell",
    "people.spread.seats": "table of the counties' seats, with coordinates",
    "people.spread.seat_name": "column with the county's name in it",
    "people.spread.seat_share": "share of the residents about the seat",
    "people.spread.seat_scale_km": "how fast they thin out from the seat",
    "people.spread.road_scale_km": "how fast the others thin out from the roads",
    "zones.method": "how the main urban area is found (choice C1)",
    "zones.units": "streets that make up the main urban area, for `streets`",
    "zones.within": "only in these counties",
    "stations.kinds": "kinds of facilities that send ambulances",
    "stations.roles": "roles of facilities that send ambulances",
    "stations.assumption": "says that it is an assumption which facilities send them: verdicts are then screenings",
    "response.call_handling_min": "from the call to the dispatch, where the clock starts with the call",
    "response.turnout_min": "from the dispatch until the wheels roll",
    "response.emergency_factor": "factor on driving speeds for driving with sirens",
    "response.time_of_day_factor": "factor on driving speeds for the time of day",
    "response.off_road_kph": "speed off the roads, km/h",
    "response.detour": "length of a way off the roads over the straight line",
    "response.max_access_km": "longest way off the roads; none: no limit",
    "speeds.classes": "km/h by road class (see below)",
    "speeds.unclassed": "km/h of roads of any other class, or of none",
    "speeds.use_maxspeed": "whether tagged speed limits replace the class's speed",
    "speeds.source": "where the speeds come from",
    "choices": "readings of what plans leave open (see below)",
    "access.hospital_kinds": "kinds that count as hospitals for everybody",
    "access.primary_kinds": "kinds that count as health centres",
    "fetch.network_filter": "Overpass filter of the ways to download",
    "fetch.tile_km": "side of the tiles that are asked for one by one",
    "fetch.attempts": "how often a request is tried",
    "tables.year": "year of the figures",
    "growth.year": "factor on the residents by year: 1.02 for two in a hundred more",
    "geocode.accept_from": "trust from which an answer is accepted",
    "geocode.reject_below": "trust below which an answer is rejected; between the two a person decides",
    "geocode.weights.name": "how much the name counts",
    "geocode.weights.place": "how much county and township count",
    "geocode.weights.precision": "how much the precision of the answer counts",
    "geocode.weights.agreement": "how much the agreement of several services counts",
    "geocode.weights.kind": "how much the kind of place counts",
}
OPENING = """\
# study.toml: every key

This page is made from the types that check the file: `python docs/make_reference.py` writes it anew. Paths are relative
to the file's folder. `carereach check STUDY` says every mistake at once. A study of one's own best begins from the
template in `examples/own_city`.

A table named in double brackets (`[[facilities]]`) may stand several times. Keys without a default are needed where
their table stands.
"""


def reference() -> str:
    """The page as it stands in the file."""
    parts = [OPENING, *_table("", StudyFile), _choices(), _words()]
    return "\n".join(parts).rstrip() + "\n"


def keys(model: type[BaseModel] = StudyFile, prefix: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """Every key with its path."""
    for name, info in model.model_fields.items():
        yield f"{prefix}{name}", info
        inner = _model(info.annotation)
        if inner is not None:
            yield from keys(inner, f"{prefix}{name}.")


def says(path: str, info: FieldInfo) -> str:
    """What a key means; KeyError where nobody has said it."""
    if info.description:
        return info.description
    return SAYS[path] if path in SAYS else SAYS["*." + path.rpartition(".")[2]]


def _table(path: str, model: type[BaseModel], holder: object = None) -> list[str]:
    shapes = {tuple: "[[{}]]", dict: "[{}.NAME]"}
    heading = "## " + (shapes.get(get_origin(holder), "[{}]").format(path) if path else "The file")  # type: ignore[arg-type]
    lines = [heading, "", _plain(model.__doc__ or ""), "", "| key | value | default | meaning |", "|---|---|---|---|"]
    inner = []
    for name, info in model.model_fields.items():
        below = _model(info.annotation)
        key = f"{path}.{name}".lstrip(".")
        if below is not None:
            inner.append((key, below, info.annotation))
        else:
            row = (f"`{name}`", _value(info.annotation, info.metadata), _default(key, info), says(key, info))
            lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |")
    if not lines[-1].startswith("| `"):
        lines = lines[:-3]
    lines.append("")
    for key, below, annotation in inner:
        lines += _table(key, below, annotation)
    return lines


def _model(annotation: object) -> type[BaseModel] | None:
    """The table that a key holds, if it holds one (or several)."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return None if annotation is Words else annotation
    found = [_model(part) for part in get_args(annotation) if part is not type(None)]
    return next((model for model in found if model is not None), None)


def _value(annotation: object, limits: typing.Sequence[object] = ()) -> str:
    """What may stand there, in words."""
    origin, parts = get_origin(annotation), [part for part in get_args(annotation) if part is not type(None)]
    if origin is Literal:
        return ", ".join(f"`{part}`" for part in parts)
    if origin is typing.Annotated:
        return _value(parts[0], parts[1].metadata if isinstance(parts[1], FieldInfo) else parts[1:])
    if origin in (typing.Union, types.UnionType):
        return _value(parts[0], limits)
    if origin is tuple:
        return "list: " + _value(parts[0]) if parts[-1] is Ellipsis else f"{len(parts)} of: " + _value(parts[0])
    if origin is dict:
        return "table: " + _value(parts[1])
    if annotation is Words:
        return "texts `zh` and `en`"
    words: dict[object, str] = {
        object: "value",
        str: "text",
        float: "number",
        int: "whole number",
        bool: "`true`, `false`",
    }
    word = words[annotation]
    signs = [
        f"{sign} {getattr(limit, name):g}"
        for limit in limits
        for kind, sign, name in ((Gt, ">", "gt"), (Ge, ">=", "ge"), (Le, "<=", "le"))
        if isinstance(limit, kind)
    ]
    return " ".join([word, *signs])


def _default(path: str, info: FieldInfo) -> str:
    parameter = {f"response.{p.name}": p for p in DEFAULTS}.get(path)
    if parameter is not None:
        return f"`{parameter.value:g}` ({parameter.status})"
    if info.is_required():
        return "needed"
    value = info.get_default(call_default_factory=True)
    if value is None or value in ("", (), {}):
        return ""
    shown = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return f"`{shown.lower() if isinstance(value, bool) else shown}`"


def _plain(docstring: str) -> str:
    """A docstring as a paragraph of Markdown."""
    return re.sub(r"\s+", " ", docstring.replace("``", "`")).strip()


def _choices() -> str:
    """What ``[choices]`` may say."""
    lines = ["## Choices", "", "The first reading is the default; every result says which was used.", ""]
    lines += ["| choice | reading | meaning |", "|---|---|---|"]
    for code, choice in CHOICES.items():
        for reading in choice.readings:
            meaning = text(f"choice.{code}.{reading}", "en").removeprefix(f"{code}: ")
            lines.append(f"| `{code}` | `{reading}` | {meaning} |")
    return "\n".join([*lines, ""])


def _words() -> str:
    """Headings, kinds, roles and road classes."""
    lines = ["## Columns of facility lists", "", "Case, width, spaces and what stands in brackets do not matter.", ""]
    lines += ["| column | headings that are recognised |", "|---|---|"]
    lines += [f"| `{ours}` | {', '.join(theirs)} |" for ours, theirs in HEADINGS.items()]
    lines += ["", "## Kinds of facilities", "", "| kind | words that are recognised |", "|---|---|"]
    lines += [f"| `{kind}` | {', '.join(theirs)} |" for kind, theirs in KINDS.items()]
    lines += ["", "## Roles", "", "| role | words that are recognised |", "|---|---|"]
    lines += [f"| `{role}` | {', '.join(theirs)} |" for role, theirs in ROLES.items()]
    lines += ["", "## Default speeds", "", "Kilometres per hour; unverified (docs/method.md).", ""]
    lines += ["| road class | low | central | high |", "|---|---|---|---|"]
    classes = {**DRIVE_KPH, "any other, or none": UNCLASSED_KPH}
    lines += [f"| `{name}` | {low:g} | {mid:g} | {high:g} |" for name, (low, mid, high) in classes.items()]
    return "\n".join(lines)


if __name__ == "__main__":
    write_text(Path(__file__).with_name("study-file.md"), reference())
