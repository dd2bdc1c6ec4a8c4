"""Characters that nobody sees in a name: each becomes a blank where a text enters, so that it reads alike everywhere.

They are what Unicode calls controls, formatting characters (zero-width ones, marks of direction), surrogates, and line
and paragraph separators: in a name they hide differences, turn what follows around, or drive a terminal.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..errors import Findings

if TYPE_CHECKING:
    import pandas as pd

INVISIBLE = (
    "[\x00-\x1f\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u2064\u2066-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0001\U000e0020-\U000e007f]+"
)
_ANY = re.compile(INVISIBLE)


def visible(text: str) -> str:
    """``text`` with a blank for each run of invisible characters, none at its ends."""
    return _ANY.sub(" ", text).strip()


def visible_texts(texts: pd.Series) -> pd.Series:
    """The same for a column of texts."""
    return texts.str.replace(_ANY, " ", regex=True).str.strip()


def said_visible(texts: pd.Series, findings: Findings, column: str, code: str = "facilities.controls") -> pd.Series:
    """The same, with a warning for each text that held one."""
    from .figures import places_of, report

    shown = visible_texts(texts)
    report(findings, code, places_of(texts[shown != texts]), column=column, level="warning")
    return shown
