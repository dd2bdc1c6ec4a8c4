"""The tutorial study with few places, for tests of proposals."""

from __future__ import annotations

from dataclasses import replace

from carereach.layers.study import Study, open_study


def few_places(every: int = 8) -> Study:
    """Every so-manieth of its places, the residents of each county as many as they are."""
    whole = open_study("tutorial")
    frame = whole.people.frame
    few = frame.iloc[::every].reset_index(drop=True)
    factor = frame.groupby("county")["residents"].sum() / few.groupby("county")["residents"].sum()
    few = few.assign(residents=few["residents"] * few["county"].map(factor))
    return replace(whole, people=replace(whole.people, frame=few))
