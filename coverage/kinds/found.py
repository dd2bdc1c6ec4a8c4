"""Facilities that a count is about: those that count, those that may, and those to come."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from ..facts import Facts
from ..rule_parts import Selector

COMING = ("planned", "under construction")


@dataclass(frozen=True)
class Found:
    """``open`` count; ``unsure`` may count, but nobody says whether they are open, who runs them or where they are;
    ``coming`` do not count yet. ``listed``: the lists claim to hold every facility of these kinds."""

    open: pd.DataFrame
    unsure: pd.DataFrame
    coming: pd.DataFrame
    listed: bool


def find(facts: Facts, selector: Selector, county: str | None, names: tuple[str, ...] = ()) -> Found:
    """Facilities of the selector in one county, or in the whole city (None).

    A facility placed outside every county is the neighbours'. ``names``: only those called so, whoever runs them.
    """
    frame = facts.study.facilities.frame
    frame = frame[frame["kind"].isin(selector.kinds)]
    if names:
        frame = frame[frame["name"].isin(names)]
    bodies = frame["run_by"].isin(selector.run_by) | (not selector.run_by) | bool(names)
    body_unknown = ~bodies & (frame["run_by"] == "")
    nowhere = (frame["county"] == "") & frame.geometry.isna()
    here = (frame["county"] == county) if county is not None else (frame["county"] != "") | nowhere
    here_unknown = nowhere & ~here
    certain = bodies & here
    possible = (bodies | body_unknown) & (here | here_unknown)
    is_open = certain & (frame["status"] == "open")
    unsure = possible & frame["status"].isin(["open", ""]) & ~is_open
    coming = certain & frame["status"].isin(COMING)
    listed = set(selector.kinds) <= facts.study.complete_kinds
    return Found(frame[is_open], frame[unsure], frame[coming], listed)
