"""What the tests of geocoding ask with: a row, a service of our own described in TOML, a store and a clock."""

from __future__ import annotations

import sqlite3
import zlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from geocode_server import SECRET, environment
from servers import Server

from carereach.layers.geocode.ask import Answered, accounts, ask_all
from carereach.layers.geocode.manners import Clock
from carereach.layers.geocode.model import Query
from carereach.layers.geocode.providers.client import Account
from carereach.layers.geocode.providers.service import ProviderOptions
from carereach.layers.geocode.store import Store

ROW = Query(2, "甲县人民医院", "丙路1号", "丁市", "甲县")
EVERYBODY = ("tianditu", "amap", "baidu", "nominatim", "own.toml")
FAST = {name: ProviderOptions(per_second=1e6) for name in EVERYBODY}

OWN = """
name = "own"
url = "https://example.org/own/find"
key_param = "token"
datum = "gcj02"
[params]
what = "{name}"
[answer]
results = "data.hits"
lonlat = "at"
name = "title"
county = "in.county"
precision = "kind"
precision_words = { door = "exact" }
score = "sure"
score_full = 100
[error]
field = "code"
ok = ["OK"]
message = "note"
key = ["E_KEY"]
quota = ["E_DAY"]
"""


class Desk:
    """A store, a clock that does not wait, and what a test does with both."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.slept: list[float] = []
        self.now = datetime(2026, 3, 1, 4, tzinfo=UTC)
        (folder / "own.toml").write_text(OWN, encoding="utf-8")

    @property
    def clock(self) -> Clock:
        return Clock(lambda: self.now, self.slept.append)

    def accounts(self, server: Server, *names: str, key: str = SECRET) -> tuple[Account, ...]:
        return accounts(names, environment(server, key), folder=self.folder, options=FAST)

    def ask(self, server: Server, *names: str, rows: tuple[Query, ...] = (ROW,), **options: Any) -> list[Answered]:
        who = self.accounts(server, *names, key=options.pop("key", SECRET))
        with Store(self.folder / "answers.sqlite") as store:
            return list(ask_all(rows, who, store, clock=self.clock, **options))

    def bodies(self) -> list[bytes]:
        """Every kept answer, unpacked."""
        db = sqlite3.connect(self.folder / "answers.sqlite")
        found = [zlib.decompress(row[0]) for row in db.execute("SELECT body FROM answers")]
        db.close()
        return found
