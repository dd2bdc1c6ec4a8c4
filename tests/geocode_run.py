"""One run of geocoding as a process that a test may kill: ``python geocode_run.py STORE ROWS`` prints a fingerprint."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from carereach.layers.geocode.ask import accounts, ask_all
from carereach.layers.geocode.model import Query
from carereach.layers.geocode.providers.service import ProviderOptions
from carereach.layers.geocode.store import Store


def run(store: Path, rows: int, variables: Mapping[str, str]) -> str:
    """Asks for so many rows; a fingerprint of all that came."""
    queries = [Query(n, f"甲县人民医院{n}", city="丁市") for n in range(2, 2 + rows)]
    options = {"amap": ProviderOptions(per_second=1e6)}
    who = accounts(["amap"], variables, folder=Path(), options=options)
    digest = hashlib.sha256()
    with Store(store) as kept:
        for answered in ask_all(queries, who, kept):
            digest.update(repr(answered).encode())
    return digest.hexdigest()


def start(store: Path, rows: int, variables: Mapping[str, str]) -> subprocess.Popen[str]:
    """The same in a process of its own."""
    command = [sys.executable, __file__, str(store), str(rows)]
    return subprocess.Popen(command, env={**os.environ, **variables}, stdout=subprocess.PIPE, text=True)


if __name__ == "__main__":
    sys.stdout.write(run(Path(sys.argv[1]), int(sys.argv[2]), os.environ))
