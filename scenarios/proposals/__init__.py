"""From a siting question to a proposal: candidates, the model of ``siting``, the changed study, what it gains.

``question.py`` is what a planner asks, ``layout.py`` the candidates and the times, ``answers.py`` the models,
``supply.py`` facilities that are supplied from others, ``goals.py``, ``rules.py`` and ``cheapest.py`` the fewest
changes that meet targets or rules, ``proposal.py`` the answer fed back, ``scenario_text.py`` its scenario file;
``site.py`` puts them together.
"""

from typing import TYPE_CHECKING

from ...lazy import names_of

if TYPE_CHECKING:
    from .proposal import Proposal
    from .question import Question
    from .site import site

__all__ = ["Proposal", "Question", "site"]

_HERE = "carereach.scenarios.proposals"
__getattr__, __dir__ = names_of(
    __name__,
    {"Proposal": f"{_HERE}.proposal", "Question": f"{_HERE}.question", "site": f"{_HERE}.site"},
)
