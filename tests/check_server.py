"""Runs ``carereach check`` on folder after folder, each in a forked process with limits, and measures it.

Importing geopandas and the rest takes a second; forking saves it. Run as a script, this reads a JSON list (folder,
language) per line and answers with exit code, output, CPU seconds and peak memory. POSIX only.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Self

ADDRESS_SPACE = 4 << 30
CPU_LIMIT_S = 20
WALL_LIMIT_S = 60
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONUTF8": "1", "PYTHONWARNINGS": "error"}


@dataclass(frozen=True)
class Outcome:
    """What one check did: ``code`` is its exit code (negative: the signal that ended it)."""

    code: int
    output: str
    cpu_s: float
    peak_mb: float


def set_limits() -> None:
    """Address space, CPU and wall time of the calling process."""
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_LIMIT_S, CPU_LIMIT_S))
    signal.alarm(WALL_LIMIT_S)


def waited(pid: int, output: Path) -> Outcome:
    """Waits for a process and says what it used."""
    _, status, used = os.wait4(pid, 0)
    content = output.read_text(encoding="utf-8", errors="replace")
    return Outcome(os.waitstatus_to_exitcode(status), content, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def check_alone(folder: Path, lang: str) -> Outcome:
    """``carereach check`` in a process of its own, imports included."""
    command = [sys.executable, "-c", "from carereach.cli import main; main()", "check", str(folder), "--lang", lang]
    output = folder.parent / f"{folder.name}.{lang}.alone.txt"
    with output.open("wb") as stream:
        process = subprocess.Popen(  # its end is waited for by wait4, which measures it
            command, stdout=stream, stderr=stream, env=os.environ | ONE_THREAD, preexec_fn=set_limits
        )
        outcome = waited(process.pid, output)
        process.returncode = outcome.code
    return outcome


class CheckServer:
    """The other end: a server process that checks folders when asked."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).resolve())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | ONE_THREAD,
            text=True,
            encoding="utf-8",
        )

    def check(self, folder: Path, lang: str) -> Outcome:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps([str(folder), lang]) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, "the server has ended: see its error above"
        return Outcome(**json.loads(answer))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with self._process as process:
            assert process.stdin is not None
            process.stdin.close()


def _check(folder: str, lang: str, output: str) -> int:
    """In the forked process: the command itself; the exit code. A traceback goes where a user would see it."""
    from carereach.cli import app

    set_limits()
    handle = os.open(output, os.O_WRONLY | os.O_TRUNC)
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    try:
        app(["check", folder, "--lang", lang])
    except SystemExit as end:
        return int(end.code or 0)
    except BaseException:  # noqa: BLE001 - the process ends here, and the test looks for exactly this
        traceback.print_exc()
        return 1
    return 0


def serve() -> None:
    """Answers requests until the input ends. One check beforehand imports what checks import."""
    from carereach import cli  # noqa: F401
    from carereach.coverage.check import check_study

    check_study("tutorial")
    for line in sys.stdin:
        folder, lang = json.loads(line)
        with tempfile.NamedTemporaryFile(suffix=".txt") as output:
            pid = os.fork()
            if pid == 0:
                code = _check(folder, lang, output.name)
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(code)
            outcome = waited(pid, Path(output.name))
        sys.stdout.write(json.dumps(outcome.__dict__) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    serve()
