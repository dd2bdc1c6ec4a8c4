"""The Chinese and English texts: one catalogue, in ``messages/*.toml``, and the function that reads it.

Each entry is ``["some.code"]`` with ``en`` and ``zh``; a problem's way out is the entry ``["some.code".todo]`` or, with
the same effect, the keys ``todo_en`` and ``todo_zh``. ``en_one`` is the English where ``count`` is one. Placeholders
are those of :meth:`str.format`.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Literal

Lang = Literal["zh", "en"]
LANGS: tuple[Lang, ...] = ("zh", "en")
LONGEST_VALUE = 120
NOUNS = {
    f"{noun}s": noun
    for noun in ("rule", "verdict", "resident", "point", "warning", "kind", "station", "unit", "place", "piece", "name")
} | {"facilities": "facility", "counties": "county"}
COUNTED = re.compile(rf"\{{(?P<count>\w+)\}} (?:county-level |emergency )?(?P<nouns>{'|'.join(NOUNS)})\b")
ALONE = re.compile(COUNTED.pattern + r"(?=[.,;:)]|$)")  # no verb follows that would have to agree, too


@dataclass(frozen=True)
class Message:
    """A sentence of the catalogue that is not yet in a language: a code and what fills its placeholders.

    A parameter may itself be a message (or a tuple of them, joined by a semicolon), or its own words by language.
    """

    code: str
    params: Mapping[str, object] = field(default_factory=dict)

    def text(self, lang: Lang = "en") -> str:
        """The sentence in ``lang``."""
        return text(self.code, lang, **{key: _spoken(value, lang) for key, value in self.params.items()})


class _Said(str):
    """Words of the catalogue, whose values were cleaned when they were filled in: they are not cut short again."""

    __slots__ = ()


def _spoken(value: object, lang: Lang) -> object:
    if isinstance(value, Message):
        return _Said(value.text(lang))
    if isinstance(value, Mapping):
        return value[lang]
    if isinstance(value, tuple):
        parts = [_spoken(part, lang) for part in value]
        return _Said(("；" if lang == "zh" else "; ").join(p if isinstance(p, _Said) else clean(p) for p in parts))
    return value


class MissingText(KeyError):
    """A code has no text in the catalogue: a mistake in carereach, not in the input."""


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """All texts: code -> language -> wording. Codes ending in ``.todo`` say the way out of a problem, those ending in
    ``.one`` what is said of a single thing."""
    entries: dict[str, dict[str, str]] = {}
    folder = resources.files("carereach") / "messages"
    for file in sorted(folder.iterdir(), key=lambda f: f.name):
        if not file.name.endswith(".toml"):
            continue
        for code, entry in tomllib.loads(file.read_text(encoding="utf-8")).items():
            if code in entries:
                raise MissingText(f"{file.name}: {code} stands twice in the catalogue")
            entries[code] = {lang: entry[lang] for lang in LANGS}
            if "en_one" in entry:
                entries[code + ".one"] = {"en": entry["en_one"], "zh": entry["zh"]}
            if "todo_en" in entry:
                entries[code + ".todo"] = {lang: entry[f"todo_{lang}"] for lang in LANGS}
    return entries


def text(code: str, lang: Lang = "en", /, **params: object) -> str:
    """The wording of ``code`` in ``lang``, its placeholders filled with cleaned values.

    A code that ends in ``.todo`` may be missing (an empty string is returned); any other raises :class:`MissingText`.
    """
    entry = catalogue().get(code)
    if entry is None:
        if code.endswith(".todo"):
            return ""
        raise MissingText(code)
    if str(params.get("count")) == "1":
        entry = catalogue().get(code + ".one", entry)
    sentence = agreeing(entry["en"], params, ALONE) if lang == "en" else entry[lang]
    return sentence.format(
        **{k: clean(v) if isinstance(v, str) and not isinstance(v, _Said) else v for k, v in params.items()}
    )


def agreeing(sentence: str, params: Mapping[str, object], counted: re.Pattern[str] = COUNTED) -> str:
    """An English sentence whose nouns stand in the singular where they are counted and there is one."""
    ones = {name for name, value in params.items() if isinstance(value, (int, str)) and str(value) == "1"}
    if not ones:
        return sentence

    def noun(match: re.Match[str]) -> str:
        one = match["count"] in ones
        return match.group().removesuffix(match["nouns"]) + NOUNS[match["nouns"]] if one else match.group()

    return counted.sub(noun, sentence)


def clean(value: object) -> str:
    """A value from a user's file as one short line without control characters (terminal escapes, line breaks)."""
    shown = "".join(" " if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"} else c for c in str(value))
    return shown if len(shown) <= LONGEST_VALUE else shown[: LONGEST_VALUE - 1] + "…"
