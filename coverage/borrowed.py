"""Plans of other cities: a study may be tested by one as a benchmark, but not without a word."""

from __future__ import annotations

from collections.abc import Iterable

from ..errors import Problem
from ..layers.study import STUDY_FILE
from ..texts import Message
from .facts import Facts
from .readings import read_rule
from .rules import Plan
from .units import of_other_city, reason_to_skip

NAMING = ("skip.other-city", "skip.no-unit")


def of_other_cities(facts: Facts, plans: Iterable[Plan]) -> tuple[Problem, ...]:
    """A warning for each plan that is for another city, where the study does not call it borrowed: how many of its
    rules are skipped because they name its units or institutions, and that the others are tested all the same."""
    return tuple(_warning(facts, plan) for plan in plans if _without_a_word(facts, plan))


def said_of(facts: Facts, plan: Plan) -> tuple[Message, ...]:
    """What each verdict of such a plan says."""
    return (Message("note.other-city", {"city": plan.city}),) if _without_a_word(facts, plan) else ()


def _without_a_word(facts: Facts, plan: Plan) -> bool:
    return of_other_city(facts, plan.city) and plan.id not in facts.study.settings.borrowed_plans


def _warning(facts: Facts, plan: Plan) -> Problem:
    reasons = [reason_to_skip(read_rule(rule, facts), facts, plan) for rule in plan.rule]
    naming = sum(reason is not None and reason.code in NAMING for reason in reasons)
    params = {
        "plan": plan.id,
        "city": plan.city,
        "own": facts.study.city,
        "skipped": naming,
        "tested": sum(reason is None for reason in reasons),
    }
    return Problem("plan.other-city", STUDY_FILE, column="plans", params=params, level="warning")
