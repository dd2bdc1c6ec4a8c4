"""A batch on a Dask cluster: its scheduler hands the chunks to workers, which may run on other machines.

The workers open the results folder's ``inputs/``, so that folder must be visible to them under the same path. The
package ``distributed`` is an extra: ``pip install carereach[cluster]``.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Sequence
from typing import Any

from ..errors import InputError, Problem
from .asked import Asked
from .workers import IN_FLIGHT, Chunk, Done, Work, outcomes_of

CONNECT_S = 20


def on_cluster(asked: Asked, address: str) -> Work:
    """Evaluates on the workers of the scheduler at ``address`` ("tcp://host:8786")."""
    if importlib.util.find_spec("distributed") is None:
        raise InputError(Problem("run.no-distributed", value=address))

    def work(chunks: Sequence[Chunk]) -> Iterator[Done]:
        from distributed import as_completed

        with _client(address) as client:
            width = IN_FLIGHT * max(1, sum(client.nthreads().values()))
            waiting = list(reversed(chunks))
            first = [waiting.pop() for _ in range(min(width, len(waiting)))]
            running = as_completed(
                [client.submit(outcomes_of, asked, chunk, pure=False) for chunk in first], loop=client.loop
            )
            for future in running:
                yield from future.result()
                if waiting:
                    running.add(client.submit(outcomes_of, asked, waiting.pop(), pure=False))

    return work


def _client(address: str) -> Any:  # noqa: ANN401 distributed has no types
    from distributed import Client

    try:
        client = Client(address, timeout=CONNECT_S, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise InputError(Problem("run.no-scheduler", value=address, params={"reason": str(error)[:200]})) from error
    if not client.nthreads():
        client.close()
        raise InputError(Problem("run.no-workers", value=address))
    return client
