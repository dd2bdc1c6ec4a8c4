"""The map page of a whole prefecture: how large, and how soon it is there. ``python benchmarks/map_page.py``

A made-up prefecture of 20,000 places, 2,000 facilities and every table that the three plans read is assessed and
written as a page, which headless Chromium opens without a network, each time in a new tab. "First view" is the time
from the start of the navigation to the frame after the coloured field, the facilities and the verdicts are all there.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path

from graphs import roads_of
from timing import Result, timed
from whole_lists import FACILITIES, write_whole

import carereach
from carereach.coverage.assess import assess
from carereach.maps.page.write import write_page

sys.path.append(str(Path(__file__).parents[1] / "tests"))
from browser import Browser, started  # the tests' own driver of Chromium

NODES, PLACES = 200_000, 20_000
MOST_MB, MOST_S = 15.0, 3.0
TRIES = 5
WATCH = """(() => {
  const there = () => {
    const field = document.querySelector('img.field');
    return field && field.complete && field.naturalWidth && document.querySelector('.mark-holder')
      && document.querySelector('details.verdict');
  };
  const seen = () => { window.firstView = performance.now(); };
  const look = () => requestAnimationFrame(there() ? seen : look);
  requestAnimationFrame(look);
})()"""


def first_view_s(browser: Browser, page: Path) -> float:
    """Seconds from navigation to the first view of a page in a new tab."""
    with browser.tab(page, at_start=WATCH) as tab:
        tab.wait_for("window.firstView", patience_s=60)
        return float(tab.run("window.firstView")) / 1000


def map_page(folder: Path, nodes: int = NODES, places: int = PLACES, facilities: int = FACILITIES) -> list[Result]:
    """Size, seconds to write, and seconds to the first view of the page."""
    study = carereach.open_study(write_whole(folder / "whole", roads_of(nodes), places, facilities) / "study.toml")
    assessment, page = assess(study), folder / "map.html"
    writing_s, _ = timed(lambda: write_page(assessment, page, "zh"))
    with started() as browser:
        seconds = [first_view_s(browser, page) for _ in range(TRIES)]
    what = f"map page of {places:,} places, {facilities:,} facilities, {len(assessment.verdicts)} verdicts"
    middle, slowest = statistics.median(seconds), max(seconds)
    return [
        Result(f"{what}: size", page.stat().st_size / 1e6, unit="MB", limit=MOST_MB),
        Result("the same: from navigation to its first view", middle, limit=MOST_S, note=f"slowest {slowest:.2f} s"),
        Result("the same: writing it", writing_s),
    ]


if __name__ == "__main__":
    from run import table

    with tempfile.TemporaryDirectory() as scratch:
        print(table(map_page(Path(scratch))))
