"""Ten thousand facility names against five thousand known ones."""

from __future__ import annotations

import random
from time import perf_counter

from carereach.layers.geocode.match import match_names

PLACES = "大平新桥民安三滩龙门沙河六靖清湾黎村杨梅灵山石头松山白马沙坡良田古城米场"
KINDS = ("卫生院", "中心卫生院", "人民医院", "中医医院", "社区卫生服务中心", "妇幼保健院", "急救站", "村卫生室")


def made_up_names(count: int, *, seed: int = 1) -> list[str]:
    """Names like those of a health bureau's list, of places that do not exist."""
    rng = random.Random(seed)
    counties = ["".join(rng.sample(PLACES, 2)) + "县" for _ in range(20)]
    towns = ["".join(rng.sample(PLACES, 2)) + rng.choice(("镇", "乡")) for _ in range(800)]
    number = ("", "", "", "第一", "第二", "第三")
    return [
        rng.choice(("", rng.choice(counties))) + rng.choice(towns) + rng.choice(number) + rng.choice(KINDS)
        for _ in range(count)
    ]


def match_seconds(names: int = 10_000, known: int = 5_000) -> float:
    """Seconds to find the likest known facilities of every name."""
    ours, theirs = made_up_names(names, seed=2), made_up_names(known, seed=3)
    start = perf_counter()
    found = match_names(ours, theirs, city="青禾市")
    seconds = perf_counter() - start
    if found.empty:
        raise RuntimeError("nothing matched: there is nothing to measure")
    return seconds
