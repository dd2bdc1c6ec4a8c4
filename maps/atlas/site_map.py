"""A proposal of sites in print: response times as they are and as proposed, and the minutes gained."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import shapely

from ...coverage.assess import assess
from ...scenarios.proposals.proposal import Proposal
from ...texts import Lang
from .change_maps import Points, before_after


def write_site_figure(proposal: Proposal, stem: Path, lang: Lang) -> tuple[Path, ...]:
    """Writes both states of the study, assessed anew, as PNG and SVG, with what opens and closes; nothing where nothing
    is proposed, or where what is proposed is no station, so that no response time changes."""
    if proposal.scenario is None or proposal.supply is not None:
        return ()
    layout = proposal.layout
    now, then = assess(layout.study), assess(layout.applier.apply(proposal.scenario).study)
    return before_after(now, then, stem, lang, _sites(proposal))


def _sites(proposal: Proposal) -> dict[str, Points]:
    """What opens and what closes, in the study's CRS."""
    standing = shapely.get_coordinates(proposal.layout.standing.geometry.to_numpy())
    places = np.unique(proposal.answer.chosen)
    return {"opened": proposal.layout.xy[places], "closed": standing[proposal.answer.closed]}
