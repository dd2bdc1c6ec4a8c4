"""Who evaluates the scenarios of a batch: this process, others on this machine, or a cluster; the same code in each.

A worker gets the place of the study and scenario files and the positions of some scenarios, and hands back the bytes
of their outcomes. It writes nothing but its cache of travel times: the one who asked writes, so that two workers
never meet in a file.
"""

from __future__ import annotations

import multiprocessing
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import lru_cache

from ..errors import InputError
from .asked import Asked, Desk, open_desk

IN_FLIGHT = 2
Chunk = tuple[int, ...]


@dataclass(frozen=True)
class Done:
    """One scenario's outcome as bytes; or ``failure``, one line for what carereach itself did wrong (no bad input)."""

    index: int
    content: bytes = b""
    failure: str = ""


Work = Callable[[Sequence[Chunk]], Iterator[Done]]


def outcomes_of(asked: Asked, chunk: Chunk) -> list[Done]:
    """Evaluates some scenarios. The study is opened once in a process and kept."""
    desk = desk_of(asked)
    return _drawn(desk, chunk) if asked.draws else [_one(desk, index) for index in chunk]


@lru_cache(maxsize=1)
def desk_of(asked: Asked) -> Desk:
    """The desk of a question, opened once in a process."""
    return open_desk(asked)


def _one(desk: Desk, index: int) -> Done:
    scenario = desk.batch.at(index)
    try:
        return Done(index, desk.evaluate(scenario).to_bytes())
    except InputError as error:
        return Done(index, desk.refused(scenario, error.problems).to_bytes())
    except Exception as error:  # noqa: BLE001 a mistake of ours in one scenario must not cost the other thousands
        return Done(index, failure=_in_one_line(error))


def _drawn(desk: Desk, chunk: Chunk) -> list[Done]:
    """The scenarios of a chunk share the worlds they are drawn in. Where that fails, each is tried alone."""
    try:
        outcomes = desk.evaluate_drawn([desk.batch.at(index) for index in chunk])
        return [Done(index, outcome.to_bytes()) for index, outcome in zip(chunk, outcomes, strict=True)]
    except Exception:  # noqa: BLE001 which of the scenarios fails, and why, is found when each is tried
        return [_one(desk, index) for index in chunk]


def _in_one_line(error: BaseException) -> str:
    return traceback.format_exception_only(error)[-1].strip()


def here(asked: Asked) -> Work:
    """Evaluates in this process, one scenario after the other; those of a chunk together where they are drawn."""

    def work(chunks: Sequence[Chunk]) -> Iterator[Done]:
        for chunk in chunks:
            for part in (chunk,) if asked.draws else ((index,) for index in chunk):
                yield from outcomes_of(asked, part)

    return work


def in_processes(asked: Asked, count: int) -> Work:
    """Evaluates in ``count`` processes of this machine. A process that dies takes its chunk with it: each scenario of
    the chunks under way is tried once more alone, and recorded as failed if its process dies again."""

    def work(chunks: Sequence[Chunk]) -> Iterator[Done]:
        lost: list[Chunk] = []
        yield from _pooled(asked, count, chunks, lost)
        while lost:
            again: list[Chunk] = []
            yield from _pooled(asked, 1, [(index,) for index in lost[0]], again)
            lost = lost[1:]
            if again:
                first, *others = (index for chunk in again for index in chunk)
                yield Done(first, failure="the process that evaluated it died (out of memory?)")
                lost = [*([tuple(others)] if others else []), *lost]

    return work


def _pooled(asked: Asked, count: int, chunks: Sequence[Chunk], lost: list[Chunk]) -> Iterator[Done]:
    """Outcomes in the order in which they come; ``lost`` receives the chunks that no process finished."""
    waiting = list(reversed(chunks))
    running: dict[Future[list[Done]], Chunk] = {}
    pool = ProcessPoolExecutor(count, mp_context=multiprocessing.get_context("spawn"))
    try:
        while waiting or running:
            while waiting and len(running) < IN_FLIGHT * count:
                chunk = waiting.pop()
                running[pool.submit(outcomes_of, asked, chunk)] = chunk
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                yield from future.result()
                del running[future]
    except BrokenProcessPool:
        lost += [*running.values(), *reversed(waiting)]
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def chunked(indices: Sequence[int], size: int) -> list[Chunk]:
    """Positions in chunks of neighbours, which share most of their work."""
    return [tuple(indices[at : at + size]) for at in range(0, len(indices), size)]
