"""The three questions a planner asks first, on a whole study: seconds, gap, and whether the assessment of the changed
study shows what was promised, to the last person.

``python proposals.py`` prints the table for the tutorial, and for Porto Alegre where its data are at hand
(examples/porto_alegre); ``python proposals.py --write FOLDER`` also writes the map, tables and words of each.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from timing import Result, timed

from carereach.coverage.assess import assess, gather
from carereach.coverage.found import find
from carereach.coverage.journeys import km_between
from carereach.coverage.rule_parts import Selector
from carereach.layers.study import Study, find_study, open_study
from carereach.maps.site.page import write_site_page
from carereach.maps.site.tables import write_tables
from carereach.maps.site.words import paragraphs
from carereach.scenarios.apply import apply
from carereach.scenarios.proposals.proposal import Proposal
from carereach.scenarios.proposals.question import Question
from carereach.scenarios.proposals.site import site

PORTO_ALEGRE = Path(__file__).resolve().parent.parent / "examples" / "porto_alegre"
CENTRES, CELLS = "facilities:primary.township", "facilities:other"
NOBODY = 1e-6  # residents


@dataclass(frozen=True)
class Job:
    """A question about a study, in words and as it is asked."""

    study: str
    words: str
    asked: Question

    @property
    def what(self) -> str:
        """Study and question."""
        return f"{Path(self.study).name}: {self.words}"


JOBS = (
    Job("tutorial", "five more stations, most people within 15 min", Question("cover", new=5, within_min=15)),
    Job(
        "tutorial",
        "fewest stations, mean under 15 in town and 30 in the townships",
        Question("targets", mean_under=(("urban", 15.0), ("township", 30.0)), anew=True),
    ),
    Job(
        "tutorial",
        "which three township hospitals as blood storage points, most within 20 km",
        Question("cover", new=3, within_km=20, demand=CENTRES, candidates=CENTRES, kind="blood.storage"),
    ),
    Job(str(PORTO_ALEGRE), "five more stations, most people within 15 min", Question("cover", new=5, within_min=15)),
    Job(
        str(PORTO_ALEGRE),
        "fewest stations, built anew, mean under 7 min (it has no zones)",
        Question("targets", mean_under=(("all", 7.0),), anew=True),
    ),
    Job(
        str(PORTO_ALEGRE),
        "which three cells with healthcare as blood storage points, most within 5 km",
        Question("cover", new=3, within_km=5, demand=CELLS, candidates=CELLS, kind="blood.storage"),
    ),
)


def proposals(jobs: tuple[Job, ...] = JOBS, folder: Path | None = None) -> list[Result]:
    """A row for each question: the seconds of the whole proposal, the study being open."""
    results, studies = [], dict[str, Study]()
    for number, job in enumerate(jobs):
        if job.study not in studies:
            studies[job.study] = open_study(find_study(job.study))
        study, asked = studies[job.study], job.asked
        seconds, proposal = timed(lambda study=study, asked=asked: site(study, asked))
        siting = proposal.answer.siting
        if folder is not None:
            written(proposal, folder / f"{number + 1}")
        said = shown(study, proposal)
        opened = f"{len(proposal.chosen)} opened, {len(proposal.answer.closed)} close"
        note = f"{opened}; {said}; gap {100 * siting.gap:.2f} %, searched {siting.seconds:.1f} s"
        results.append(Result(job.what, seconds, note=note))
    return results


def shown(study: Study, proposal: Proposal) -> str:
    """What the changed study shows; :class:`AssertionError` where that is not what was promised."""
    asked, reached = proposal.asked, proposal.reached
    assert proposal.scenario is not None
    changed = apply(study, proposal.scenario).study
    if proposal.supply is not None:
        facts = gather(changed)
        there, wanted = (find(facts, Selector(kinds=kinds), None).placed for kinds in _kinds(proposal))
        km = km_between(facts, there, wanted, road=proposal.supply.by_road).min(axis=0)
        count = int((km <= (asked.within_km or 0.0)).sum())
        _same(count, proposal.answer.siting.value)
        return f"{count} of {len(km)} facilities within {asked.within_km:g} km"
    demand = assess(changed).demand
    inside = demand[((demand["county"] != "") & (demand["residents"] > 0)).to_numpy()]
    residents, minutes = (inside[name].to_numpy(dtype=float) for name in ("residents", "response_min"))
    within = float(residents[minutes <= proposal.limit].sum())
    _same(within, reached.within(proposal.limit, after=True))
    if asked.model == "cover":
        _same(within, proposal.answer.siting.value)
        return f"{within:,.0f} of {residents.sum():,.0f} residents within {proposal.limit:g} min"
    means = []
    for zone, limit in asked.mean_under:
        here = np.ones(len(inside), dtype=bool) if zone == "all" else (inside["zone"] == zone).to_numpy()
        mean = float((residents[here] * minutes[here]).sum() / residents[here].sum())
        if not mean < limit:
            raise AssertionError(f"{zone}: {mean} where less than {limit} was promised")
        means.append(f"{zone} {mean:.2f} min")
    return "mean: " + ", ".join(means)


def written(proposal: Proposal, folder: Path) -> None:
    """Map, tables and words, as the command writes them."""
    folder.mkdir(parents=True, exist_ok=True)
    write_site_page(proposal, folder / "site.html", "en")
    write_tables(proposal, folder, "en")
    words = "\n\n".join("\n".join(paragraphs(proposal, lang)) for lang in ("zh", "en"))  # type: ignore[arg-type]
    (folder / "site.md").write_text(words + "\n", encoding="utf-8")


def _kinds(proposal: Proposal) -> tuple[tuple[str, ...], tuple[str, ...]]:
    assert proposal.supply is not None
    return (proposal.supply.kind,), proposal.supply.kinds


def _same(found: float, promised: float) -> None:
    if abs(found - promised) > NOBODY:
        raise AssertionError(f"{promised!r} promised, {found!r} found")


if __name__ == "__main__":
    from run import table

    parser = argparse.ArgumentParser()
    parser.add_argument("--write", type=Path, metavar="FOLDER")
    there = (PORTO_ALEGRE / "../../../shared/data/porto_alegre").is_dir()
    chosen = tuple(job for job in JOBS if job.study == "tutorial" or there)
    print(table(proposals(chosen, parser.parse_args().write)))
