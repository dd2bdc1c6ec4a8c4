"""Where no choice meets all goals: which of them are in conflict, and what the best compromise misses."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from ...texts import Message
from ..siting.clock import Clock
from ..siting.result import infeasible
from .answers import LIMIT_MIN, Answer
from .cheapest import Cheapest, Floats, Task, elastic
from .conflict import Conflict, Goals, Known, conflict_of
from .goals import Goal
from .layout import Layout
from .proposal import GoalLine, Proposal, ProposalContradiction, residents_reached, rule_said, unit_said
from .question import Question

TaskFor = Callable[[Sequence[Goal]], Task]
Check = Callable[[Sequence[Goal], Floats], None]
COMPROMISE_GAP = 0.01
ROUNDING = 1e-4
NOTHING = 1e-7


def impossible(
    layout: Layout, asked: Question, goals: Sequence[Goal], task_for: TaskFor, check: Check, clock: Clock
) -> Proposal:
    """The answer where it is proven that no choice meets all ``goals``.

    ``check`` raises :class:`~carereach.scenarios.proposals.proposal.ProposalContradiction` unless a choice, made in
    the study, meets the goals it is told.
    """
    hopeless = [goal for goal in goals if goal.hopeless is not None]
    messages = [
        Message("site.goal-hopeless", {"goal": g.name, "unit": unit_said(g.unit), "why": g.hopeless}) for g in hopeless
    ]
    lines: tuple[GoalLine, ...] = ()
    if not hopeless:
        messages.append(Message("site.not-together"))
        best = compromise(task_for(goals), clock)
        conflict = conflict_in(goals, task_for, best.x, clock)
        _verified(goals, conflict, task_for, check, clock)
        messages.append(_said(goals, conflict))
        if best.x is not None:
            lines = _lines(goals, best.x, task_for, conflict)
            messages.append(_of_compromise(best))
    answer = Answer(
        infeasible(clock.seconds, tuple(messages)), np.zeros(0, dtype=np.int64), standing=len(layout.standing)
    )
    reached = residents_reached(layout, layout.now())
    return Proposal(asked, layout, answer, reached, LIMIT_MIN, None, None, goals=lines)


def unfinished(layout: Layout, asked: Question, search: Cheapest, clock: Clock) -> Proposal:
    """The answer where the time was over before any choice was found."""
    siting = replace(infeasible(clock.seconds, ()), status=clock.ended_by, bound=search.bound)
    answer = Answer(siting, np.zeros(0, dtype=np.int64), standing=len(layout.standing))
    return Proposal(asked, layout, answer, residents_reached(layout, layout.now()), LIMIT_MIN, None, None)


def compromise(task: Task, clock: Clock) -> Cheapest:
    """The choice that misses least in all, as shares of what is asked for; half of the time that is left."""
    return Cheapest(elastic(task), clock.part(0.5)).run(COMPROMISE_GAP)


def conflict_in(goals: Sequence[Goal], task_for: TaskFor, start: Floats | None, clock: Clock) -> Conflict:
    """A set of goals, as small as the time allows, that cannot be met together; ``start``: some choice."""
    alone = [task_for((goal,)) for goal in goals]
    width = len(alone[0].cost)

    def met_by(choice: Floats) -> Goals:
        return frozenset(place for place, task in enumerate(alone) if task.meets(choice))

    def ask(some: Goals) -> Floats | bool | None:
        if clock.over:
            return None
        search = Cheapest(task_for([goals[place] for place in sorted(some)]), clock).run(math.inf)
        if search.x is not None:
            return search.x
        return False if search.status == "infeasible" else None

    known = Known(ask, met_by)
    if start is not None:
        known.learn(np.round(start[:width]))
    return conflict_of(len(goals), known)


def _verified(goals: Sequence[Goal], conflict: Conflict, task_for: TaskFor, check: Check, clock: Clock) -> None:
    """Raises ``ProposalContradiction`` where the study, changed by the choice that leaves a goal out, does not meet the
    others, or where another program finds a choice that misses nothing of the conflict."""
    some = [goals[place] for place in conflict.goals]
    for place, choice in enumerate(conflict.without):
        if choice is not None and len(choice):
            check([*some[:place], *some[place + 1 :]], choice)
    if clock.over:
        return
    least = Cheapest(elastic(task_for(some)), clock).run(COMPROMISE_GAP)
    if least.x is not None and least.value <= NOTHING:
        raise ProposalContradiction("; ".join(" ".join(goal.key) for goal in some), math.nan, least.value)


def _said(goals: Sequence[Goal], conflict: Conflict) -> Message:
    names = [goals[place] for place in conflict.alone or conflict.goals]
    listed = tuple(rule_said(goal.name, goal.unit) for goal in names)
    if len(conflict.goals) == 1:
        return Message("site.conflict-one", {"goals": listed})
    if not conflict.irreducible:
        return Message("site.conflict-open", {"goals": listed, "count": len(names)})
    return Message(
        "site.conflict" if conflict.smallest else "site.conflict-any", {"goals": listed, "count": len(names)}
    )


def _of_compromise(best: Cheapest) -> Message:
    if best.status == "optimal":
        return Message("site.compromise")
    return Message("site.compromise-open", {"gap": f"{100 * min(best.gap, 1.0):.1f} %"})


def _lines(goals: Sequence[Goal], x: Floats, task_for: TaskFor, conflict: Conflict) -> tuple[GoalLine, ...]:
    """Goals that the compromise ``x`` misses, and by how much each, and those of the conflict."""
    lines = []
    for place, goal in enumerate(goals):
        miss = missed(goal, task_for((goal,)), x)
        inside = place in (conflict.alone or conflict.goals)
        if miss > ROUNDING or inside:
            what = (goal.name, goal.unit, math.nan, math.nan, goal.target, goal.quantity)
            status = "not met" if miss > ROUNDING else "met"
            lines.append(GoalLine(*what, status, miss if miss > ROUNDING else 0.0, conflict=inside))
    return tuple(lines)


def missed(goal: Goal, task: Task, x: Floats) -> float:
    """By how much a choice misses a goal: minutes of a mean, percent of residents, sites or ambulances lacking (or too
    many). ``task`` is that of the goal alone."""
    choice = np.round(x[: len(task.cost)])
    short = [miss * need.per for need, miss in zip(task.needs, task.misses(choice), strict=True)]
    assert task.soft is not None
    held = (task.rows.matrix @ choice)[task.soft]
    rows = len(held) if goal.counts or goal.ambulances else 0
    short += np.maximum(task.rows.low[task.soft] - held, 0.0)[:rows].tolist()
    short += np.maximum(held - task.rows.high[task.soft], 0.0)[:rows].tolist()
    return max((miss for miss in short if math.isfinite(miss)), default=0.0)
