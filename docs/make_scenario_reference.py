"""Writes scenario-file.md beside this file: every key of a scenario file, from the types that check it."""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, get_args, get_origin

from annotated_types import Ge, Gt, Le
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from carereach.files import write_text
from carereach.layers.roads.access_checks import FAR_KM
from carereach.scenarios.areas import Area
from carereach.scenarios.candidates import COST_HEADINGS
from carereach.scenarios.file_model import ProposeTable, ScenarioTable, SweepTable
from carereach.scenarios.sweeps import PARAMETERS

EXAMPLE = Path(__file__).parent.parent / "examples" / "porto_alegre" / "scenarios.toml"
OPENING = f"""\
# Scenario files: every key

This page is made from the types that check the file: `python docs/make_scenario_reference.py` writes it anew.

A scenario file says what might change: stations opened or closed, roads cut, more people. It is a TOML file with any
number of `[[scenario]]` and `[[sweep]]` tables; a run may take several files, and a scenario may build on one of
another file. Everything is checked before anything is computed: a mistake names the file, the table and the key, and
suggests the nearest word that is known. All mistakes are said at once. Paths are relative to the scenario file's
folder.

## A worked example

`examples/porto_alegre/scenarios.toml`; one in Chinese is `examples/tutorial/scenarios.toml`.

```toml
{{example}}```

`carereach run examples/porto_alegre examples/porto_alegre/scenarios.toml -o out` runs its five scenarios and the
3,000 of the sweep. One of them is called `J004 Rua Demétrio Ribeiro / Rua Espírito Santo + tunnel closed + growth
even`.

## What a change means

- **Order.** The baseline's changes come first, then the scenario's own, in the order of the tables below: `open`,
  `move`, `upgrade`, `set-ambulances`, `close`, `speed`, `close-road`, `residents`; within a table as they are
  written.
- **Facilities** are named by id, or by name where no other has it; the id of a new one is its `id` or else its name.
  A planned facility of the list is opened by `upgrade` with `status = "open"`. The last open station cannot be
  closed, nor what is not open yet. A new facility without an id that is called as another is a warning: the name
  then means the new one. Beds are whole numbers; ambulances may be fractions (one staffed for half of the day is 0.5).
- **Places** must lie in a county of the study and within {FAR_KM:g} km (straight line) of a road. Longitude comes
  first; coordinates of AMap, Tencent (`gcj02`) or Baidu (`bd09`) say so in `datum`. A new place counts as exact, and
  as a decision, not as weak evidence: it makes no verdict a screening.
- **Roads.** A closed road is closed in both directions. Residents and facilities keep the roads they are joined to in
  the study: who lives only along closed roads is unreachable, and a village behind a closed bridge is unreachable
  too. Nobody is led on foot across the river to the next open road.
- **Speeds.** `factor` multiplies the speeds at all three levels. `kph` is the central speed before the study's
  factors for sirens and time of day; low and high keep their ratio to it. Several factors multiply, a later `kph`
  takes the place of what was before it. Ferries change only where `classes` names `ferry`.
- **Residents** change on the demand points inside the counties, in proportion to those who live there. Where nobody
  lives, an area's new residents are one place in its middle, and the result says so.
- **Areas** are polygon files (GeoPackage, GeoJSON, shapefile, GeoParquet), `{{ path = "x.gpkg", layer = "flood" }}`
  where a file has several layers, or corners `[[lon, lat], ...]` in WGS 84.
- **Costs** are in any one unit; a scenario costs what it states, what its changes state and what its baseline costs.

## Sweeps

A sweep has a scenario for each candidate (`choose = 2`: each pair) under each baseline and each combination of the
grid's values. Nothing is stored for them: 124,750 pairs of 500 candidates take no memory. Names are put together from
what sets a scenario apart, and stay the same as long as these names do.

Candidates come from a table (`for-each`), from `[[sweep.candidate]]` (the keys of `[[scenario.open]]`), or are
proposed (`[sweep.propose]`). A table has the headings of facility lists (docs/study-file.md), Chinese or English, the
datum column included, and a cost ({", ".join(f"`{word}`" for word in COST_HEADINGS[:6])}). Only name, longitude and
latitude are needed: without a kind, a candidate is what the study's `[stations]` calls a station.

A candidate that cannot be opened (in the sea, far from roads) is an error in `[[scenario.open]]`. In a sweep it is a
warning: its scenarios are recorded with the error, and the others finish.

A grid's lists hold names of scenarios, or numbers: {", ".join(f"`{word}`" for word in PARAMETERS)} (`ambulances` and
`beds` of each candidate, factors on all speeds and all residents).

## Without a file

`carereach run STUDY --open LON,LAT` asks about one new station, `--candidates sites.xlsx` ranks a list. In place of a
file, `junctions:100`, `grid:2` (km) and `facilities:primary.township` propose candidates.

## From Python

```python
from pathlib import Path

from carereach.scenarios import Open, CloseRoad, Residents, Scenario, read_area, sweep

flood = Scenario("flood", (CloseRoad(area=read_area(Path("flood.geojson"))),))
growth = [Scenario(f"growth {{n}} %", (Residents(factor=1 + n / 100),)) for n in (0, 5, 10)]
sites = [Open(name="North", lon=109.63, lat=22.70, ambulances=2), Open(name="South", lon=109.61, lat=22.55)]
batch = sweep("sites", sites, choose=2, baselines=[flood], grid={{"growth": growth}})
batch.count, batch.at(2).name  # 3, "North + South + flood + growth 10 %"
```
"""


def reference() -> str:
    """The page as it stands in the file."""
    parts = [OPENING.replace("{example}", EXAMPLE.read_text(encoding="utf-8"))]
    parts += table("[[scenario]]", ScenarioTable)
    for name, info in ScenarioTable.model_fields.items():
        inner = model_of(info.annotation)
        if inner is not None:
            parts += table(f"[[scenario.{info.alias or name}]]", inner)
    parts += [*table("[[sweep]]", SweepTable), *table("[sweep.propose]", ProposeTable)]
    return "\n".join(parts).rstrip() + "\n"


def table(heading: str, model: type[BaseModel]) -> list[str]:
    """One table of the file with its keys; keys that are tables have a section of their own."""
    says = re.sub(r"\s+", " ", (model.__doc__ or "").replace("``", "`").replace(":class:", "")).strip()
    lines = [f"## `{heading}`", "", says, "", "| key | value | default | meaning |", "|---|---|---|---|"]
    for name, info in model.model_fields.items():
        if name == "change" or (model_of(info.annotation) is not None and info.description is None):
            continue
        if info.description is None:
            raise KeyError(f"{heading} {name}: nobody has said what it means")
        cells = (f"`{info.alias or name}`", value(info.annotation, info.metadata), default(info), info.description)
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return [*lines, ""]


def model_of(annotation: object) -> type[BaseModel] | None:
    """The table that a key holds, if it holds one or several; an area is a value."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return None if annotation is Area else annotation
    return next((model for part in get_args(annotation) if (model := model_of(part)) is not None), None)


def value(annotation: object, limits: Sequence[object] = ()) -> str:
    """What may stand there, in words."""
    origin, parts = get_origin(annotation), [part for part in get_args(annotation) if part is not type(None)]
    if origin is Literal:
        return ", ".join(f"`{part}`" for part in parts)
    if origin is typing.Annotated:
        first = parts[1] if len(parts) > 1 else None
        return value(parts[0], first.metadata if isinstance(first, FieldInfo) else parts[1:])
    if origin in (typing.Union, types.UnionType):
        return " or ".join(dict.fromkeys(value(part, limits) for part in parts))
    if origin is tuple:
        whole = parts[-1] is Ellipsis
        return f"list of {value(parts[0])}" if whole else f"[{', '.join(value(part) for part in parts)}]"
    if origin is dict:
        return f"table of {value(parts[1])}"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "area" if annotation is Area else "tables"
    word = {str: "text", float: "number", int: "whole number", bool: "`true`, `false`"}[annotation]  # type: ignore[index]
    signs = [
        f"{sign} {getattr(limit, name):g}"
        for limit in limits
        for kind, sign, name in ((Gt, ">", "gt"), (Ge, ">=", "ge"), (Le, "<=", "le"))
        if isinstance(limit, kind)
    ]
    return " ".join([word, *signs])


def default(info: FieldInfo) -> str:
    """The value where the key is left out."""
    if info.is_required():
        return "needed"
    given = info.get_default(call_default_factory=True)
    return "" if given is None or given in ("", (), {}) else f"`{given}`"


if __name__ == "__main__":
    write_text(Path(__file__).with_name("scenario-file.md"), reference())
