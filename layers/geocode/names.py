"""Facility names taken apart and compared: which parts tell two facilities from each other, and which do not.

人民医院 and 第一人民医院, 卫生院 and 中心卫生院, 中医医院 and 中西医结合医院 differ by few characters and are
different places; 玉林市北流市民安镇卫生院 and 民安卫生院 differ by many and are one. So a name is read as place,
number, kind and branch, and each part is compared for itself. What the comparison allows at most where a part
contradicts is our judgement.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from rapidfuzz import fuzz

from ...texts import Message
from .name_words import ANNEXES, BRANCHES, INNER, KIND_SPELLINGS, NUMERALS, SIMPLIFIED, WHOLE_SITE

NUMBER_CAP, KIND_CAP, PLACE_CAP, UPPER_CAP, BRANCH_CAP, ANNEX_CAP = 0.40, 0.50, 0.45, 0.60, 0.65, 0.40
INNER_CAP, UNREAD_CAP = 0.90, 0.85
PLACE_MISSING, PLACE_DEEPER = 0.85, 0.80
SAME_PLACE = 0.60
PLACE_SHARE = 0.7
SAME, CLOSE = 0.98, 0.75

BRACKETS = re.compile(r"[(\[【〔{<《](.*?)[)\]】〕}>》]")
DIGITS = "0-9一二三四五六七八九十百零〇两"
ORDINAL = re.compile(rf"第([{DIGITS}]+)|([{DIGITS}]+)(?=人民医院|中医|医院|院区|院$|站|分|号|附属|支|期)|([0-9]+)")
BRANCH = re.compile(rf"(?P<branch>[^院站所室心]{{0,8}}?)(?:{'|'.join(BRANCHES)})$")
# A unit's name and level, from the largest down; 市镇, 市场 and 社区 are no cities and no districts.
UNITS = re.compile(
    r"(?P<region>.{2,6}?(?:自治区|省))|(?P<city>.{1,6}?市(?![镇乡村场]))|(?P<county>.{1,6}?(?:自治县|县|(?<!社)区))"
    r"|(?P<township>.{1,6}?(?:镇|街道|乡(?!镇)))|(?P<village>.{1,8}?(?:村|社区))"
)
SUFFIX = re.compile(r"(?:自治区|自治县|省|市|县|区|镇|街道办事处|街道|乡|村|社区)$")


@dataclass(frozen=True)
class Name:
    """A name in its parts. ``place`` is what it is told by (民安), ``upper`` the larger units that stand before it.

    ``text`` is place, numbers and kind in one spelling, or ``raw``, the whole, where no kind was recognised; ``kind``
    is one of the kinds of :mod:`.name_words` or ""; ``numbers`` are in digits; ``branch`` is a campus; ``annex`` what
    stands beside the facility (a bus stop) or in it (a gate).
    """

    text: str
    place: str
    upper: frozenset[str]
    kind: str
    numbers: tuple[str, ...]
    branch: str
    annex: str
    raw: str
    aliases: tuple[Name, ...] = ()


@dataclass(frozen=True)
class Likeness:
    """How alike two names are, 0..1, and why; ``conflict``: a part says that they are two facilities."""

    value: float
    reason: Message
    conflict: bool = False


def normal(text: str) -> str:
    """Half-width, simplified, lower case, without controls; brackets and dashes stay."""
    plain = unicodedata.normalize("NFKC", text).translate(SIMPLIFIED).casefold()
    return "".join(c for c in plain if c.isalnum() or c in "()[]【】〔〕{}<>《》-—–")


def read_name(text: str, *, city: str = "") -> Name:
    """A name in its parts; ``city``, if given, is where all the names are from and tells none from another."""
    whole = normal(text)
    inside = [part for part in BRACKETS.findall(whole) if part]
    main, *tails = [part for part in re.split("[-—–]+", BRACKETS.sub("", whole)) if part] or [""]
    if not main and inside:
        main, *inside = inside
    main, annex = _cut(main, ANNEXES | INNER)
    branch = ""
    aliases = []
    for part in (*tails, *inside):
        rest, word = _cut(re.sub(r"[()\[\]【】〔〕{}<>《》]", "", part), ANNEXES | INNER)
        annex = annex or word
        found = BRANCH.search(rest)
        if found:
            branch = branch or bare(found["branch"]) or found[0]
        elif rest and _kind(rest)[1]:
            aliases.append(_parsed(rest, "", "", city))
    return _parsed(main, branch, annex, city, tuple(aliases))


def _parsed(main: str, branch: str, annex: str, city: str, aliases: tuple[Name, ...] = ()) -> Name:
    main = main.replace("120", "")
    found = BRANCH.search(main)
    if found and _kind(main[: found.start()])[1]:
        main, branch = main[: found.start()], branch or bare(found["branch"]) or found[0]
    branch = "" if branch in WHOLE_SITE else branch
    rest, kind = _kind(main)
    numbers = tuple(_digits(next(filter(None, groups))) for groups in ORDINAL.findall(main))
    rest = ORDINAL.sub("", rest) if kind else rest
    units, remainder = _units(rest)
    home = bare(normal(city))
    units = [unit for unit in units if unit != home] or units[:1]
    place = bare(remainder) or (units.pop() if units else home)
    text = place + "".join(numbers) + kind if kind else main
    return Name(text, place, frozenset(units) - {place}, kind, numbers, branch, annex, main, aliases)


def similarity(one: Name, other: Name) -> Likeness:
    """How alike two names are: symmetric, 1 for equal names, and low where number, kind, place or branch contradict.

    Of names with another name in brackets, the likest pair counts.
    """
    pairs = [(a, b) for a in (one, *one.aliases) for b in (other, *other.aliases)]
    return max((_compare(a, b) for a, b in pairs), key=lambda likeness: likeness.value)


def _compare(one: Name, other: Name) -> Likeness:
    place, conflict = _places_alike(one, other)
    if one.kind and other.kind:
        value = PLACE_SHARE * place + (1 - PLACE_SHARE) * fuzz.ratio(one.text, other.text) / 100
    else:
        value = fuzz.ratio(one.raw, other.raw) / 100
    caps = list(_caps(one, other, place, conflict))
    for cap, reason in sorted(caps, key=lambda found: found[0]):
        if value > cap or reason is not None:
            return Likeness(min(value, cap), reason or _graded(min(value, cap)), reason is not None)
    return Likeness(value, _graded(value))


def _caps(one: Name, other: Name, place: float, upper_differs: bool) -> list[tuple[float, Message | None]]:
    """What limits the likeness, each with the contradiction in words, or None where something is only unclear."""
    caps: list[tuple[float, Message | None]] = []
    if one.numbers != other.numbers:
        caps.append((NUMBER_CAP, Message("geocode.name-number", _pair(" ".join(one.numbers), " ".join(other.numbers)))))
    if one.kind and other.kind and one.kind != other.kind:
        caps.append((KIND_CAP, Message("geocode.name-kind", _pair(one.kind, other.kind))))
    if one.kind and other.kind and place < SAME_PLACE:
        caps.append((PLACE_CAP, Message("geocode.name-place", _pair(one.place, other.place))))
    if upper_differs and one.kind and other.kind:
        uppers = _pair("".join(sorted(one.upper)), "".join(sorted(other.upper)))
        caps.append((UPPER_CAP, Message("geocode.name-place", uppers)))
    if one.branch != other.branch:
        caps.append((BRANCH_CAP, Message("geocode.name-branch", _pair(one.branch, other.branch))))
    if one.annex != other.annex:
        beside = {one.annex, other.annex} & ANNEXES
        said = Message("geocode.name-annex", {"word": "".join(sorted(beside))}) if beside else None
        caps.append((ANNEX_CAP if beside else INNER_CAP, said))
    if bool(one.kind) != bool(other.kind):
        caps.append((UNREAD_CAP, None))
    return caps


def _pair(one: str, other: str) -> dict[str, object]:
    return {"a": one or "—", "b": other or "—"}


def _graded(value: float) -> Message:
    percent = {"percent": round(100 * value)}
    if value >= SAME:
        return Message("geocode.name-same")
    return Message("geocode.name-close" if value >= CLOSE else "geocode.name-other", percent)


def _places_alike(one: Name, other: Name) -> tuple[float, bool]:
    """How alike the places are that the names are told by, and whether the larger units contradict each other."""
    if not one.place or not other.place:
        return (1.0 if one.place == other.place else PLACE_MISSING), False
    differs = bool(one.upper and other.upper and not one.upper & other.upper)
    differs = differs and one.place not in other.upper and other.place not in one.upper
    if one.place == other.place:
        return 1.0, differs
    if one.place in other.upper or other.place in one.upper:
        return PLACE_DEEPER, False
    return fuzz.ratio(one.place, other.place) / 100, differs


def _cut(text: str, words: frozenset[str]) -> tuple[str, str]:
    """The text without the longest of ``words`` that it ends in, and that word."""
    word = max((word for word in words if text.endswith(word)), key=len, default="")
    return text.removesuffix(word), word


def _kind(text: str) -> tuple[str, str]:
    """What stands before the kind, and the kind in one spelling; "" if the text ends in none."""
    spelling = next((word for word in KIND_SPELLINGS if text.endswith(word)), "")
    return text.removesuffix(spelling), KIND_SPELLINGS.get(spelling, "")


def _units(rest: str) -> tuple[list[str], str]:
    """The bare names of the administrative units that a text begins with, and what follows them."""
    units = []
    while found := UNITS.match(rest):
        units.append(bare(found[0]))
        rest = rest[found.end() :]
    return units, rest


def bare(name: str) -> str:
    """A unit's name without its level (玉州 for 玉州区), where a name is left."""
    short = SUFFIX.sub("", name)
    return short or ("" if name in {"市", "县", "区", "镇", "乡", "村"} else name)


def _digits(number: str) -> str:
    """十二 and 12 as ``12``; numerals in a row (一二〇) digit by digit."""
    if number.isascii():
        return str(int(number))
    if not set(number) & {"十", "百"}:
        return "".join(str(NUMERALS.get(c, c)) for c in number)
    total, digit = 0, 0
    for sign in number:
        value = NUMERALS.get(sign, int(sign) if sign.isdigit() and sign.isascii() else 0)
        if value in (10, 100):
            total, digit = total + max(digit, 1) * value, 0
        else:
            digit = value
    return str(total + digit)
