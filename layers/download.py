"""One large file over HTTP, resumable: ``<target>.part`` grows until it is whole, checked, and renamed."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import httpx

from .. import files
from ..errors import FetchError, Problem
from .web import Answer, Ask, Limits, Patience, TryAgain, answer, public

RESERVE_BYTES = 256 << 20
LOOK_EVERY = 64 << 20
STATE_LIMIT = 1 << 16


class Progress(Protocol):
    """Told after every step: ``done`` of ``total`` (0: unknown); ``label`` is a code of the message catalogue."""

    def __call__(self, done: int, total: int, label: str) -> None: ...


def no_progress(done: int, total: int, label: str) -> None:
    """Tells nobody."""


@dataclass(frozen=True)
class Wanted:
    """What to download: ``check_start`` sees the first bytes, ``check`` the whole file; both raise FetchError."""

    url: httpx.URL
    target: Path
    label: str
    check_start: Callable[[bytes, str], None]
    check: Callable[[Path, str], None]
    sha256: str | None = None


@dataclass(frozen=True)
class _State:
    """What is known of a partial file: to which resource it belongs, and by what to recognise it again."""

    resource: str
    validator: str
    total: int | None


def download(
    client: httpx.Client, wanted: Wanted, limits: Limits, patience: Patience, progress: Progress = no_progress
) -> str:
    """Downloads ``wanted`` and returns its SHA-256; what an interrupted run left is continued.

    The whole, checked file stands at :func:`part_of` the target until :func:`publish` gives it its name.
    Raises :class:`FetchError`; the partial file stays where the failure may pass, and goes where it was wrong.
    """
    part = part_of(wanted.target)
    ends = time.monotonic() + limits.total_s
    with writing(wanted.target):
        wanted.target.parent.mkdir(parents=True, exist_ok=True)
        require_space(wanted.target, 0)
        for attempt in patience.retrying():
            with attempt:
                left = replace(limits, total_s=ends - time.monotonic())
                if left.total_s <= 0:
                    params = {"address": public(wanted.url), "seconds": limits.total_s}
                    raise FetchError(Problem("fetch.too-slow", wanted.target.name, params=params))
                _continue(client, wanted, left, progress)
        try:
            found = _checked(part, wanted)
        except FetchError:
            _discard(part)
            raise
    return found


def publish(target: Path) -> None:
    """Gives a whole download its name."""
    part = part_of(target)
    with part.open("rb+") as whole:
        os.fsync(whole.fileno())
    os.replace(part, target)
    _discard(part)


def part_of(target: Path) -> Path:
    """Where a download stands until it is whole."""
    return target.with_name(target.name + ".part")


def _checked(part: Path, wanted: Wanted) -> str:
    found = files.sha256(part)
    if wanted.sha256 is not None and found != wanted.sha256.lower():
        params = {"address": public(wanted.url), "expected": wanted.sha256.lower()}
        raise FetchError(Problem("fetch.sha256", wanted.target.name, value=found, params=params))
    wanted.check(part, public(wanted.url))
    return found


def _continue(client: httpx.Client, wanted: Wanted, limits: Limits, progress: Progress) -> None:
    """One request for what is missing; begins anew where the server cannot continue what we have."""
    part = part_of(wanted.target)
    state = _read_state(part, wanted.url)
    have = part.stat().st_size if state else 0
    if state and have == state.total:
        return
    headers = {"Accept-Encoding": "identity"}
    if state and have:
        headers |= {"Range": f"bytes={have}-", "If-Range": state.validator}
    with answer(client, Ask(wanted.url, headers), limits, frozenset({200, 206, 416})) as found:
        if found.status == httpx.codes.OK:
            _receive(found, wanted, 0, found.length, limits, progress)
            return
        if state and have and found.status == httpx.codes.PARTIAL_CONTENT:
            total = _total_if_it_fits(found, state, have)
            if total is not None:
                _receive(found, wanted, have, total, limits, progress)
                return
    if not have:
        raise FetchError(Problem("fetch.bad-range", wanted.target.name, params={"address": public(wanted.url)}))
    _discard(part)
    _continue(client, wanted, limits, progress)


def _total_if_it_fits(found: Answer, state: _State, have: int) -> int | None:
    """The size of the whole file if this partial answer goes on exactly where we stand, else None."""
    span = re.fullmatch(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18})", found.headers.get("content-range", ""))
    if span is None or found.packed or _validator(found) not in {"", state.validator}:
        return None
    first, last, total = (int(number) for number in span.groups())
    fits = first == have and last + 1 == total and state.total in {None, total}
    return total if fits else None


def _receive(found: Answer, wanted: Wanted, have: int, total: int | None, limits: Limits, progress: Progress) -> None:
    """Writes the body behind the first ``have`` bytes and sees that the whole is ``total`` long."""
    part = part_of(wanted.target)
    total = None if found.packed else total
    if (total or 0) > limits.max_bytes:
        params = {"address": found.shown, "limit_mb": round(limits.max_bytes / (1 << 20), 1)}
        raise FetchError(Problem("fetch.too-large", wanted.target.name, params=params))
    require_space(wanted.target, (total or have) - have)
    if not have:
        _write_state(part, wanted.url, found, total)
    done, looked = have, have
    with part.open("ab" if have else "wb") as out:
        for piece in found.chunks(limits.max_bytes - have):
            if not done and piece:
                wanted.check_start(piece, found.shown)
            out.write(piece)
            done += len(piece)
            if done - looked >= LOOK_EVERY:
                require_space(wanted.target, 0)
                looked = done
            progress(done, total or 0, wanted.label)
    if total is not None and done != total:
        params = {"address": found.shown, "reason": f"{done} / {total}"}
        raise TryAgain(Problem("fetch.cut-off", wanted.target.name, params=params))


def _validator(found: Answer) -> str:
    """What recognises this version of the file: a strong entity tag, or the date of its last change."""
    tag = str(found.headers.get("etag", ""))
    return tag if tag.startswith('"') else str(found.headers.get("last-modified", ""))


def _write_state(part: Path, url: httpx.URL, found: Answer, total: int | None) -> None:
    state = {"resource": _resource(url), "validator": "" if found.packed else _validator(found), "total": total}
    files.write_text(_state_path(part), json.dumps(state))


def _read_state(part: Path, url: httpx.URL) -> _State | None:
    """What is known of the partial file, or None (and nothing left of it) where it cannot be continued."""
    path = _state_path(part)
    try:
        if path.stat().st_size > STATE_LIMIT or not part.is_file():
            raise ValueError
        told = json.loads(path.read_text(encoding="utf-8"))
        state = _State(str(told["resource"]), str(told["validator"]), told["total"])
        usable = state.resource == _resource(url) and state.validator and isinstance(state.total, int | None)
    except (OSError, ValueError, RecursionError, KeyError, TypeError):
        usable = False
    if usable:
        return state
    _discard(part)
    return None


def _resource(url: httpx.URL) -> str:
    """A fingerprint of the whole address: what the query says matters, but must not stand in a file."""
    return hashlib.sha256(str(url).encode()).hexdigest()


def _state_path(part: Path) -> Path:
    return part.with_name(part.name + ".json")


def _discard(part: Path) -> None:
    part.unlink(missing_ok=True)
    _state_path(part).unlink(missing_ok=True)


def require_space(target: Path, size: int) -> None:
    """Raises :class:`FetchError` unless ``size`` bytes fit beside ``target`` with a reserve."""
    free = shutil.disk_usage(target.parent).free
    if free < size + RESERVE_BYTES:
        params = {"need_mb": (size + RESERVE_BYTES) >> 20, "free_mb": free >> 20}
        raise FetchError(Problem("fetch.disk-full", target.name, params=params))


@contextmanager
def writing(target: Path) -> Iterator[None]:
    """Turns failures to write beside ``target`` into :class:`FetchError`."""
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            params = {"need_mb": RESERVE_BYTES >> 20, "free_mb": 0}
            raise FetchError(Problem("fetch.disk-full", target.name, params=params)) from error
        reason = error.strerror or type(error).__name__
        raise FetchError(Problem("fetch.cannot-write", target.name, params={"reason": reason})) from error
