"""What the places are that a verdict names as its worst: each kind of rule means something else by it."""

from __future__ import annotations

from ..coverage.results import Verdict
from ..texts import Lang, text


def worst_kind(verdict: Verdict) -> str:
    """Which sort of places ``verdict.worst`` holds; the codes ``worst.*`` and ``worst.*-help`` say it in words."""
    if verdict.quantity == "min":
        return "slowest"
    if verdict.quantity == "km":
        return "farthest-by-road" if "C2=road" in verdict.choices else "farthest"
    if verdict.places:
        return "outside"
    if any(choice.startswith("C8=") for choice in verdict.choices):
        return "not-supplied"
    return "not-as-asked" if verdict.quantity == "%" else "lacking"


def worst_text(verdict: Verdict, lang: Lang) -> str:
    """A short heading for ``verdict.worst``."""
    return text(f"worst.{worst_kind(verdict)}", lang)


def worst_help(verdict: Verdict, lang: Lang) -> str:
    """What the figures behind the places are, and how they differ from the value that is judged."""
    return text(f"worst.{worst_kind(verdict)}-help", lang)
