"""What services have answered, kept in one SQLite file, so that nobody is asked the same thing twice.

An answer is kept the moment it is read; a process that is killed loses at most the one it was waiting for. Several
processes may use the file at once (write-ahead log), on a local disk: SQLite's log does not work over network shares.
Keys never come here. The file stays below ``max_mb``: the oldest answers go first. One answer is at most 2 MB.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import tenacity

from ...errors import InputError, Problem

Json = Any  # what json.loads gives

SCHEMA = 1
APPLICATION = 0x43524743  # "CRGC": PRAGMA application_id of our files
BUSY_S = 30.0
SMALLEST_MB = 4
EVICTED_AT_ONCE = 256
DAYS_COUNTED = 40
FARTHEST_SLOTS = 100
TABLES = (
    "CREATE TABLE answers (id BLOB PRIMARY KEY, provider TEXT NOT NULL, date TEXT NOT NULL, body BLOB NOT NULL)",
    "CREATE INDEX answers_date ON answers (date)",
    "CREATE TABLE used (provider TEXT, day TEXT, requests INTEGER NOT NULL, PRIMARY KEY (provider, day))",
    "CREATE TABLE pace (provider TEXT PRIMARY KEY, next_s REAL NOT NULL)",
    f"PRAGMA application_id = {APPLICATION}",
    f"PRAGMA user_version = {SCHEMA}",
)


def request_id(provider: str, base: str, kind: str, path: str, params: Mapping[str, str]) -> bytes:
    """Names a request: the same for the same question to the same service. ``params`` are without the key."""
    return sha256(json.dumps([provider, base, kind, path, sorted(params.items())]).encode()).digest()


class Store:
    """The file of answers; use it in a ``with`` block.

    ``max_age_days``: older answers count as not there (a provider's terms may want that). Raises
    :class:`InputError` where the file is damaged, is something else, is of a newer carereach, or cannot be written.
    """

    def __init__(self, path: Path, *, max_mb: int = 1024, max_age_days: float | None = None) -> None:
        self.path = path
        self._max_bytes = max(max_mb, SMALLEST_MB) << 20
        self._max_age_days = max_age_days
        with self._translated():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None)
        try:
            self._open()
        except InputError:
            self._db.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Closes the file; what was kept is kept."""
        self._db.close()

    def get(self, identity: bytes, now: datetime | None = None) -> Json | None:
        """The answer to a request as JSON, None where it was never answered (or too long ago)."""
        oldest = ""
        if self._max_age_days is not None:
            oldest = _date((now or datetime.now(UTC)) - timedelta(days=self._max_age_days))
        with self._translated():
            row = self._db.execute("SELECT body FROM answers WHERE id = ? AND date >= ?", (identity, oldest)).fetchone()
        if row is None:
            return None
        try:
            return json.loads(zlib.decompress(row[0]))
        except (zlib.error, TypeError, ValueError, RecursionError):
            damaged = self._problem("geocode.store-damaged")
        raise InputError(damaged)

    def put(self, identity: bytes, provider: str, answer: Json, now: datetime) -> None:
        """Keeps an answer (JSON, without any key)."""
        body = zlib.compress(json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode())
        with self._writing() as db:
            db.execute("INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?)", (identity, provider, _date(now), body))
            while self._bytes() > self._max_bytes:
                oldest = "SELECT id FROM answers WHERE id <> ? ORDER BY date, id LIMIT ?"
                gone = db.execute(f"DELETE FROM answers WHERE id IN ({oldest})", (identity, EVICTED_AT_ONCE))
                if gone.rowcount == 0:
                    break

    def reserve(self, provider: str, day: str, per_day: int | None, interval_s: float, now_s: float) -> float | None:
        """Counts one request and gives it its turn: seconds to wait, None where ``per_day`` is used up on ``day``.

        Turns are ``interval_s`` apart over all processes. A turn in a far future (the clock was set back) is forgotten.
        """
        with self._writing() as db:
            used = self._used(provider, day)
            if per_day is not None and used >= per_day:
                return None
            row = db.execute("SELECT next_s FROM pace WHERE provider = ?", (provider,)).fetchone()
            turn_s = max(row[0], now_s) if row and row[0] <= now_s + FARTHEST_SLOTS * interval_s else now_s
            db.execute("INSERT OR REPLACE INTO pace VALUES (?, ?)", (provider, turn_s + interval_s))
            db.execute("INSERT OR REPLACE INTO used VALUES (?, ?, ?)", (provider, day, used + 1))
            if used == 0:
                kept_from = datetime.fromisoformat(day).date() - timedelta(days=DAYS_COUNTED)
                db.execute("DELETE FROM used WHERE day < ?", (kept_from.isoformat(),))
            return float(turn_s - now_s)

    def used(self, provider: str, day: str) -> int:
        """How many requests ``provider`` was sent on ``day`` (its own date, ISO)."""
        with self._translated():
            return self._used(provider, day)

    def newest(self) -> dict[str, str]:
        """The day (UTC, ISO) of the newest answer that is kept of each provider."""
        with self._translated():
            found = self._db.execute("SELECT provider, substr(max(date), 1, 10) FROM answers GROUP BY provider")
            return {str(provider): str(day) for provider, day in found.fetchall()}

    def count(self) -> int:
        """How many answers are kept."""
        with self._translated():
            return int(self._db.execute("SELECT count(*) FROM answers").fetchone()[0])

    def _used(self, provider: str, day: str) -> int:
        row = self._db.execute("SELECT requests FROM used WHERE provider = ? AND day = ?", (provider, day)).fetchone()
        return int(row[0]) if row else 0

    def _bytes(self) -> int:
        pages, free, size = (
            int(self._db.execute(f"PRAGMA {what}").fetchone()[0])
            for what in ("page_count", "freelist_count", "page_size")
        )
        return (pages - free) * size

    def _open(self) -> None:
        with self._translated():
            self._become_wal()
        with self._writing() as db:
            application = int(db.execute("PRAGMA application_id").fetchone()[0])
            version = int(db.execute("PRAGMA user_version").fetchone()[0])
            tables = int(db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])
            if application == 0 and version == 0 and tables == 0:
                for statement in TABLES:
                    db.execute(statement)
            elif application != APPLICATION:
                raise InputError(self._problem("geocode.store-foreign"))
            elif version != SCHEMA:
                raise InputError(self._problem("geocode.store-version", version=version, ours=SCHEMA))

    @tenacity.retry(
        retry=tenacity.retry_if_exception_type(sqlite3.OperationalError),
        stop=tenacity.stop_after_attempt(20),
        wait=tenacity.wait_random(0.01, 0.1),
        reraise=True,
    )
    def _become_wal(self) -> None:
        """Two processes that open a new file at once may find it locked without being made to wait."""
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction that no other process writes in between; undone where the block fails."""
        with self._translated():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """SQLite's and the disk's errors in the user's words."""
        try:
            yield
        except sqlite3.OperationalError as error:
            name = getattr(error, "sqlite_errorname", "")
            busy = name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))
            code = "geocode.store-busy" if busy else "geocode.store-unusable"
            raise InputError(self._problem(code, reason=str(error))) from error
        except sqlite3.DatabaseError as error:
            raise InputError(self._problem("geocode.store-damaged")) from error
        except OSError as error:
            raise InputError(self._problem("geocode.store-unusable", reason=error.strerror or "?")) from error

    def _problem(self, code: str, **params: object) -> Problem:
        return Problem(code, self.path.name, value=str(self.path), params=params)


def _date(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")
