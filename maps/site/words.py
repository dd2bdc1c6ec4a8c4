"""A proposal in words that a planner can paste: what is proposed, what it gains, how sure that is, what is left."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from ...coverage.statistics import mean_of_reached
from ...scenarios.proposals.layout import kind_of
from ...scenarios.proposals.proposal import GoalLine, Proposal, most_left, p90, rule_said
from ...scenarios.proposals.question import NEED_NEW
from ...scenarios.questions import COMMA
from ...scenarios.siting.clock import Step
from ...scenarios.siting.curve import Curve
from ...scenarios.siting.result import CLOSED
from ...texts import Lang, Message, text
from ..words import QUANTITY_TEXTS, coded, joint, labelled, number, plain, target_text

LONGEST_LIST = 12
FULL_STOP = {"zh": "。", "en": "."}
MADE = ("junctions", "grid", "facilities")  # candidates that are not given as a list


def paragraphs(proposal: Proposal, lang: Lang) -> list[str]:
    """The sentences, in the order in which a planner asks."""
    if not proposal.answer.siting.found:
        return [*_without(proposal, lang), *_goals(proposal, lang)]
    said = [*_proposed(proposal, lang), *_gain(proposal, lang), *_goals(proposal, lang), *_proof(proposal, lang)]
    said += [*_menu(proposal, lang), *_left(proposal, lang), *_turned(proposal, lang), *_notes(proposal, lang)]
    return [one for one in said if one]


def kind_text(proposal: Proposal, lang: Lang) -> str:
    """What is opened, in words."""
    kinds = dict.fromkeys(one.kind for one in (proposal.chosen or proposal.layout.opens[:1]))
    return ", ".join(coded("kind.", kind, lang) for kind in kinds)


def unit_of(proposal: Proposal, lang: Lang) -> str:
    """Minutes or km."""
    return text("site.unit-min" if proposal.supply is None else "site.unit-km", lang)


def gap_text(gap: float) -> str:
    """A relative gap in percent."""
    return f"{100 * gap:.2f}%" if math.isfinite(gap) else "∞"


def goal_name(goal: GoalLine, lang: Lang) -> str:
    """A goal's name with its unit."""
    said = rule_said(goal.name, goal.unit)
    return said.text(lang) if isinstance(said, Message) else plain(said)


def worth_text(proposal: Proposal, value: float, lang: Lang) -> str:
    """What a choice is worth by the question's own measure, with its unit: people, minutes, how many new ones."""
    model, siting = proposal.asked.model, proposal.answer.siting
    if model == "mean":
        return text("site.worth-mean", lang, value=value / proposal.counted, unit=unit_of(proposal, lang))
    if model == "worst":
        return text("site.worth-longest", lang, value=value, unit=unit_of(proposal, lang))
    if model == "cover-all":
        return text("site.worth-new", lang, value=value - (len(siting.sites) - len(siting.new)))
    if model in ("targets", "comply"):
        return text("site.worth-cost", lang, value=value)
    return f"{value:,.0f} " + text("site.who-people" if proposal.supply is None else "site.who-facilities", lang)


def _list(names: Iterable[str], lang: Lang) -> str:
    shown = [plain(name) for name in names]
    more = len(shown) - LONGEST_LIST
    return joint(lang).join(shown[:LONGEST_LIST]) + (f" (+{more})" if more > 0 else "")


def _sentence(label: str, listed: str, lang: Lang) -> str:
    return labelled(label, listed, lang) + FULL_STOP[lang]


def _without(proposal: Proposal, lang: Lang) -> Iterator[str]:
    siting = proposal.answer.siting
    if siting.status == "infeasible":
        yield text("site.no-answer", lang) + " " + siting.text(lang)
        if proposal.asked.model == "backup":
            yield text("site.no-backup", lang)
    else:
        yield text("site.no-answer-yet", lang)


def _proposed(proposal: Proposal, lang: Lang) -> Iterator[str]:
    layout, answer, asked = proposal.layout, proposal.answer, proposal.asked
    sites, times = np.unique(answer.chosen, return_counts=True)
    names = [layout.opens[place].name for place in sites.tolist()]
    if asked.model == "vehicles":
        names = [f"{name} × {count}" for name, count in zip(names, times.tolist(), strict=True)]
    if names:
        said = text("site.proposed", lang, count=len(names), kind=kind_text(proposal, lang))
        yield _sentence(said, _list(names, lang), lang)
    elif not len(answer.added) and not proposal.extra:
        yield text("site.proposed-none", lang)
    rows, more = np.unique(answer.added, return_counts=True)
    staffed = [f"{layout.standing['name'].iloc[row]} +{n}" for row, n in zip(rows.tolist(), more.tolist(), strict=True)]
    staffed += [f"{name} +{n:g}" for name, n in proposal.extra]
    if staffed:
        yield _sentence(text("site.staffed", lang), _list(staffed, lang), lang)
    if asked.anew:
        closed, standing = len(answer.closed), len(layout.standing)
        yield text("site.closed", lang, closed=closed, standing=standing)
    new = len(answer.siting.new)
    if asked.model in NEED_NEW and asked.new is not None and new < asked.new:
        yield text(_fewer(proposal), lang, new=new, asked=asked.new)
    yield from _cost(proposal, lang)


def _proven(proposal: Proposal) -> bool:
    """Whether no other choice is better."""
    siting = proposal.answer.siting
    return siting.status == "optimal" and siting.gap <= CLOSED


def _fewer(proposal: Proposal) -> str:
    """Why there are fewer than asked for: no more are of use, or the search ended before that was told."""
    asked = proposal.asked
    if not _proven(proposal):
        return "site.fewer-so-far"
    return "site.fewer" if asked.budget is None and asked.spacing_km is None else "site.fewer-conditions"


def _cost(proposal: Proposal, lang: Lang) -> Iterator[str]:
    """What the new ones cost together, where the list of candidates says it for all of them."""
    layout, asked = proposal.layout, proposal.asked
    bought = [place for place in proposal.answer.chosen.tolist() if place not in set(layout.keep.tolist())]
    costs = [layout.opens[place].cost for place in bought]
    stated = [cost for cost in costs if cost is not None]
    if not costs or len(stated) < len(costs):
        return
    code = "site.cost" if asked.budget is None else "site.cost-budget"
    yield text(code, lang, cost=math.fsum(stated), budget=asked.budget)


def _gain(proposal: Proposal, lang: Lang) -> Iterator[str]:
    reached, asked, limit = proposal.reached, proposal.asked, proposal.limit
    total = float(reached.weight.sum())
    before, after = reached.within(limit, after=False), reached.within(limit, after=True)
    values = {
        "total": total,
        "before": before,
        "after": after,
        "gained": after - before,
        "limit": limit,
        "share_before": 100.0 * before / total if total else 0.0,
        "share_after": 100.0 * after / total if total else 0.0,
    }
    if proposal.supply is not None:
        kinds = ", ".join(coded("kind.", kind, lang) for kind in proposal.supply.kinds)
        way = text("site.way-road" if proposal.supply.by_road else "site.way-straight", lang)
        kind = coded("kind.", proposal.supply.kind, lang)
        yield text("site.gain-supply", lang, **{**values, "kinds": kinds, "way": way, "kind": kind})
    else:
        yield text("site.gain-cover", lang, **values)
    if asked.model == "cover-all":
        code = "site.gain-all" if _proven(proposal) else "site.gain-all-so-far"
        yield text(code, lang, limit=limit, unit=unit_of(proposal, lang))
    yield from _gain_of_model(proposal, lang)


def _shared(proposal: Proposal, lang: Lang) -> Iterator[str]:
    """What holds where sites can be full: who finds a place."""
    asked, value = proposal.asked, proposal.answer.siting.value
    if asked.capacity is None or asked.model not in ("cover", "cover-all", "mean"):
        return
    who = text("site.who-people" if proposal.supply is None else "site.who-facilities", lang)
    unit = unit_of(proposal, lang)
    if asked.model == "cover":
        full = value < proposal.reached.within(proposal.limit, after=True) - 0.5
        yield text(
            "site.gain-served" if full else "site.gain-served-all",
            lang,
            value=value,
            limit=proposal.limit,
            unit=unit,
            who=who,
        )
    elif asked.model == "cover-all":
        yield text("site.gain-all-served", lang, limit=proposal.limit, unit=unit)
    else:
        yield text("site.gain-shared-mean", lang, mean=value / proposal.counted, unit=unit)


def _gain_of_model(proposal: Proposal, lang: Lang) -> Iterator[str]:
    reached, asked = proposal.reached, proposal.asked
    value = proposal.answer.siting.value
    supplied = proposal.supply is not None
    yield from _shared(proposal, lang)
    if asked.model == "worst":
        longest = [float(part[reached.weight > 0].max(initial=0.0)) for part in (reached.before, reached.after)]
        code = "site.gain-worst-km" if supplied else "site.gain-worst"
        yield text(code, lang, before=longest[0], after=longest[1])
    elif asked.model == "backup":
        yield text("site.gain-backup", lang, value=value, limit=proposal.limit)
    elif asked.model == "vehicles":
        before = proposal.value_now if proposal.value_now is not None else math.nan
        yield text("site.gain-vehicles", lang, busy=asked.busy, value=value, limit=proposal.limit, before=before)
    means = [mean_of_reached(part, reached.weight) for part in (reached.before, reached.after)]
    if supplied and math.isnan(means[0]):
        yield text("site.mean-km-first", lang, after=means[1])
    elif supplied:
        yield text("site.gain-mean-km", lang, before=means[0], after=means[1])
    else:
        nine = {"p90_before": p90(reached, after=False), "p90_after": p90(reached, after=True)}
        yield text("site.gain-mean", lang, before=means[0], after=means[1], **nine)


def _goals(proposal: Proposal, lang: Lang) -> Iterator[str]:
    for goal in proposal.goals:
        near = _figure(goal.target)
        values = [number(value, lang, quantity=goal.quantity, near=near) for value in (goal.before, goal.after)]
        said = {"name": goal_name(goal, lang), "before": values[0], "after": values[1]}
        if not proposal.answer.siting.found and not goal.miss:
            continue
        if not proposal.answer.siting.found:
            miss = f"{goal.miss:.3g}"
            if goal.quantity in QUANTITY_TEXTS:
                miss = text(QUANTITY_TEXTS[goal.quantity], lang, n=miss)
            target = target_text(goal.target, lang)
            yield text("site.goal-missed", lang, name=said["name"], target=target, miss=miss)
            continue
        sentence = text("site.gain-goal", lang, **said, target=target_text(goal.target, lang))
        status = text(f"verdict.{goal.status.replace(' ', '-')}", lang)
        yield f"{sentence} {labelled(text('maps.col-site_status', lang), status, lang)}{FULL_STOP[lang]}"


def _figure(target: str) -> float | None:
    """The number of a target with one ("<= 5 km"); None for a band."""
    words = target.split()
    return float(words[1]) if len(words) > 1 and words[0] in ("<", "<=", ">", ">=", "=") else None


def _proof(proposal: Proposal, lang: Lang) -> Iterator[str]:
    siting, asked = proposal.answer.siting, proposal.asked
    values = {"candidates": len(proposal.layout.opens), "gap": gap_text(siting.gap)}
    if _proven(proposal):
        yield text("site.proof", lang, **values)
    elif siting.status == "optimal":
        yield text("site.proof-asked", lang, **{**values, "gap": gap_text(max(asked.gap, siting.gap))})
    else:
        why = text("site.why-interrupted" if siting.status == "interrupted" else "site.why-limit", lang)
        said = {"value": worth_text(proposal, siting.value, lang), "bound": worth_text(proposal, siting.bound, lang)}
        code = "site.proof-gap" if math.isfinite(siting.bound) else "site.proof-none"
        yield text(code, lang, **values, **said, why=why, seconds=siting.seconds)
    yield text("site.checked" if proposal.supply is None else "site.checked-supply", lang)


def _menu(proposal: Proposal, lang: Lang) -> Iterator[str]:
    menu, curve = proposal.answer.menu, proposal.answer.curve
    if menu is not None and menu.alternatives:
        every = proposal.names(menu.in_all)
        more = "" if menu.complete else text("site.menu-more", lang)
        said = text("site.menu", lang, count=len(menu.alternatives), percent=100 * menu.within, complete=more)
        yield _sentence(said, _list(every, lang) or text("site.menu-none", lang), lang)
        if nearly := proposal.names(menu.nearly_chosen):
            yield _sentence(text("site.menu-nearly", lang), _list(nearly, lang), lang)
    if curve is not None and curve.knee is not None:
        yield from _knee(proposal, curve, lang)


def _knee(proposal: Proposal, curve: Curve, lang: Lang) -> Iterator[str]:
    """Where the curve bends, and what each new one brings up to there and after it."""
    known = [(number, value) for number, value in zip(curve.p.tolist(), curve.values, strict=True) if value == value]
    at = [number for number, _ in known].index(curve.knee)
    (first, start), (knee, bend), (last, end) = known[0], known[at], known[-1]
    steps = (abs(bend - start) / (knee - first), abs(end - bend) / (last - knee))
    brings = [worth_text(proposal, step, lang) for step in steps]
    if proposal.asked.model == "mean":
        unit = unit_of(proposal, lang)
        brings = [f"{step / proposal.counted:.2f} {unit}" for step in steps]
    code = "site.knee-mean" if proposal.asked.model == "mean" else "site.knee"
    yield text(code, lang, knee=knee, before=brings[0], after=brings[1], last=last)


def _left(proposal: Proposal, lang: Lang) -> Iterator[str]:
    reached, limit = proposal.reached, proposal.limit
    who = text("site.who-people" if proposal.supply is None else "site.who-facilities", lang)
    total = float(reached.weight.sum())
    left = total - reached.within(limit, after=True)
    unit = unit_of(proposal, lang)
    out = float(reached.weight[proposal.answer.points_out].sum())
    if out:
        code = "site.left-out-limit" if proposal.asked.model in ("cover-all", "backup") else "site.left-out"
        yield text(code, lang, count=out, who=who)
    if left < 0.5:
        yield text("site.left-none", lang, limit=limit, unit=unit)
        return
    values = {"left": left, "total": total, "hopeless": proposal.hopeless, "limit": limit, "unit": unit, "who": who}
    places = [f"{plain(place)} {count:,.0f}" for place, count in most_left(reached, limit)]
    if proposal.supply is not None:
        places = [plain(place) for place, _ in most_left(reached, limit, LONGEST_LIST)]
    yield _sentence(text("site.left", lang, **values), _list(places, lang), lang)


def _turned(proposal: Proposal, lang: Lang) -> Iterator[str]:
    outcome = proposal.outcome
    if outcome is None:
        return
    turned = outcome.verdicts[outcome.verdicts["turned"]]
    for code, status in (("turns-met", "met"), ("turns-not", "not met"), ("turns-open", "cannot tell")):
        lines = turned[turned["status"] == status]
        if len(lines):
            said = [rule_said(*line) for line in zip(lines["rule"], lines["unit"], strict=True)]
            names = dict.fromkeys(one.text(lang) if isinstance(one, Message) else one for one in said)
            yield _sentence(text(f"site.{code}", lang), _list(names, lang), lang)


def _notes(proposal: Proposal, lang: Lang) -> Iterator[str]:
    yield from (note.text(lang) for note in (*proposal.notes, *proposal.answer.notes))
    if proposal.supply is not None and proposal.supply.unplaced:
        yield text("site.unplaced", lang, count=proposal.supply.unplaced)
    station = proposal.supply is None
    if station and any(one.ambulances is None for one in proposal.chosen) and proposal.asked.model != "vehicles":
        yield text("site.ambulances-unstated", lang)
    yield text("site.caution", lang, candidates=_candidates(proposal, lang))
    yield from (said.text(lang) for said in proposal.layout.evaluator.facts.basis)


def _candidates(proposal: Proposal, lang: Lang) -> str:
    """Where the candidates come from, in words; of a list its name, not where on the machine it lies."""
    asked, count = proposal.asked.candidates, len(proposal.layout.opens)
    word, _, rest = asked.partition(":")
    if word not in MADE or Path(asked).suffix.lower() in (".xlsx", ".csv"):
        return text("site.candidates-list", lang, file=Path(asked).name, count=count)
    codes = [kind_of(one) or one for one in COMMA.split(rest) if one] if word == "facilities" else []
    kinds = joint(lang).join(coded("kind.", one, lang) for one in dict.fromkeys(codes))
    return text(f"site.candidates-{word}", lang, count=count, km=rest or "1", kinds=kinds)


def progress_text(step: Step, lang: Lang) -> str:
    """How far a search is: the best so far, the bound and the gap."""
    known = [f"{value:,.2f}" if math.isfinite(value) else "–" for value in (step.incumbent, step.bound)]
    values = {"incumbent": known[0], "bound": known[1], "gap": gap_text(step.gap), "seconds": step.seconds}
    return text("site.progress", lang, **values)
