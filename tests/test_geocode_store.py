"""The file of kept answers: kept for good, shared by processes, bounded, and honest when it is damaged."""

from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carereach.errors import InputError
from carereach.layers.geocode import store as storing
from carereach.layers.geocode.manners import Clock, Manners, admit
from carereach.layers.geocode.model import QuotaReached
from carereach.layers.geocode.store import Store, request_id

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANSWER = {"status": "1", "pois": [{"name": "甲县人民医院", "location": "110.1,22.6"}]}
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def identity(n: int | str) -> bytes:
    return request_id("amap", "https://a", "place", "/p", {"keywords": str(n)})


def code_of(path: Path, **options: Any) -> str:
    """The one problem that opening and reading the file leads to."""
    with pytest.raises(InputError) as error, Store(path, **options) as store:
        store.get(identity(1))
    (problem,) = error.value.problems
    assert path.name in problem.line("en") and path.name in problem.line("zh")
    return problem.code


def test_an_answer_is_found_again_by_another_process_too(tmp_path: Path) -> None:
    with Store(tmp_path / "a.sqlite") as store:
        assert store.get(identity(1)) is None
        store.put(identity(1), "amap", ANSWER, NOW)
        store.put(identity(1), "amap", ANSWER, NOW)
    with Store(tmp_path / "a.sqlite") as store:
        assert store.get(identity(1)) == ANSWER and store.get(identity(2)) is None and store.count() == 1


@given(answer=JSON)
def test_any_json_comes_back_as_it_was(answer: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    with Store(tmp_path_factory.mktemp("s") / "a.sqlite") as store:
        store.put(b"1", "x", [answer], NOW)
        assert store.get(b"1") == [answer]


def test_a_request_is_named_by_all_that_matters_in_any_order() -> None:
    one = request_id("amap", "https://a", "place", "/p", {"city": "丁市", "keywords": "x"})
    assert one == request_id("amap", "https://a", "place", "/p", {"keywords": "x", "city": "丁市"})
    others = [
        request_id("baidu", "https://a", "place", "/p", {"city": "丁市", "keywords": "x"}),
        request_id("amap", "https://b", "place", "/p", {"city": "丁市", "keywords": "x"}),
        request_id("amap", "https://a", "geocode", "/p", {"city": "丁市", "keywords": "x"}),
        request_id("amap", "https://a", "place", "/q", {"city": "丁市", "keywords": "x"}),
        request_id("amap", "https://a", "place", "/p", {"city": "丁市", "keywords": "y"}),
        request_id("amap", "https://a", "place", "/p", {"keywords": "x"}),
    ]
    assert one not in others and len(set(others)) == len(others)


def test_old_answers_are_asked_anew_where_terms_want_that(tmp_path: Path) -> None:
    with Store(tmp_path / "a.sqlite", max_age_days=30) as store:
        store.put(identity(1), "amap", ANSWER, NOW)
        assert store.get(identity(1), NOW + timedelta(days=30)) == ANSWER
        assert store.get(identity(1), NOW + timedelta(days=30, seconds=1)) is None


def test_the_file_stays_below_its_limit_and_the_oldest_go_first(tmp_path: Path) -> None:
    noise = random.Random(7)
    with Store(tmp_path / "a.sqlite", max_mb=1) as store:  # the smallest is 4 MB
        for n in range(120):  # 120 answers of 100 kB that do not compress (hex: by half): about 6 MB
            store.put(identity(n), "x", noise.randbytes(50_000).hex(), NOW + timedelta(minutes=n))
        kept = [n for n in range(120) if store.get(identity(n)) is not None]
    assert kept and kept[-1] == 119 and kept == list(range(kept[0], 120))
    assert (tmp_path / "a.sqlite").stat().st_size <= 5 << 20


# --- damaged and foreign files ---


def test_files_that_are_no_store_are_said_with_a_way_out(tmp_path: Path) -> None:
    (tmp_path / "text.sqlite").write_text("name,lon,lat\n" * 100, encoding="utf-8")
    assert code_of(tmp_path / "text.sqlite") == "geocode.store-damaged"
    assert (tmp_path / "text.sqlite").read_text(encoding="utf-8").startswith("name"), "never overwritten"
    other = sqlite3.connect(tmp_path / "other.sqlite")
    other.execute("CREATE TABLE answers (id BLOB)")
    other.close()
    assert code_of(tmp_path / "other.sqlite") == "geocode.store-foreign"
    (tmp_path / "folder.sqlite").mkdir()
    assert code_of(tmp_path / "folder.sqlite") == "geocode.store-unusable"
    (tmp_path / "file").touch()
    assert code_of(tmp_path / "file" / "a.sqlite") == "geocode.store-unusable"


def test_a_store_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    Store(tmp_path / "a.sqlite").close()
    db = sqlite3.connect(tmp_path / "a.sqlite")
    db.execute("PRAGMA user_version = 99")
    db.close()
    assert code_of(tmp_path / "a.sqlite") == "geocode.store-version"


@pytest.mark.parametrize("damage", ["middle", "end", "body"])
def test_a_damaged_store_is_said_not_read(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "a.sqlite"
    with Store(path) as store:
        for n in range(200):
            store.put(identity(n), "x", ["文" * 400 + str(n) * 200], NOW)
    if damage == "body":
        db = sqlite3.connect(path)
        db.execute("UPDATE answers SET body = substr(body, 1, 20)")
        db.commit()
        db.close()
    else:
        content = bytearray(path.read_bytes())
        middle = len(content) // 2
        if damage == "middle":
            content[4096:middle] = bytes(middle - 4096)
        path.write_bytes(content if damage == "middle" else content[:middle])
    with pytest.raises(InputError) as error, Store(path) as store:
        for n in range(200):
            store.get(identity(n))
    assert {p.code for p in error.value.problems} == {"geocode.store-damaged"}


def test_a_store_that_another_program_holds_is_waited_for_then_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storing, "BUSY_S", 0.05)
    path = tmp_path / "a.sqlite"
    with Store(path) as store:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(InputError) as error:
            store.put(identity(1), "x", ANSWER, NOW)
        assert error.value.problems[0].code == "geocode.store-busy"
        other.execute("ROLLBACK")
        other.close()
        store.put(identity(1), "x", ANSWER, NOW)
        assert store.get(identity(1)) == ANSWER


# --- pace and allowance ---


def test_turns_are_spaced_over_all_processes(tmp_path: Path) -> None:
    # 4 a second: turns at 0, 0.25 and 0.5 s, whoever takes them; 10 s later the line is free again.
    with Store(tmp_path / "a.sqlite") as one, Store(tmp_path / "a.sqlite") as two:
        waits = [s.reserve("amap", "2026-03-01", None, 0.25, 1000.0) for s in (one, two, one)]
        assert waits == [0.0, 0.25, 0.5]
        assert two.reserve("amap", "2026-03-01", None, 0.25, 1010.0) == 0.0
        assert two.reserve("baidu", "2026-03-01", None, 0.25, 1010.0) == 0.0
        assert two.reserve("amap", "2026-03-01", None, 0.25, 10.0) == 0.0, "a clock set back holds nobody up"


def test_the_allowance_is_counted_per_day_and_provider(tmp_path: Path) -> None:
    with Store(tmp_path / "a.sqlite") as one, Store(tmp_path / "a.sqlite") as two:
        taken = [s.reserve("amap", "2026-03-01", 3, 0.001, 1000.0 + n) for n, s in enumerate((one, two, one, two, one))]
        assert [wait is not None for wait in taken] == [True, True, True, False, False]
        assert one.used("amap", "2026-03-01") == 3 and one.used("baidu", "2026-03-01") == 0
        assert one.reserve("amap", "2026-03-02", 3, 0.001, 2000.0) is not None
        assert one.reserve("baidu", "2026-03-01", 3, 0.001, 2000.0) is not None
        assert one.reserve("amap", "2026-06-01", 3, 0.001, 3000.0) is not None
        assert one.used("amap", "2026-03-02") == 0, "days long gone are forgotten"


def test_the_day_changes_where_the_provider_is(tmp_path: Path) -> None:
    # 15:59 UTC is 23:59 in China, one minute later it is the next day there; Nominatim's days are UTC.
    china, utc = Manners(1000, per_day=1), Manners(1000, per_day=1, utc_offset_h=0)
    evening = datetime(2026, 3, 1, 15, 59, tzinfo=UTC)
    moment = [evening]
    clock = Clock(lambda: moment[0], lambda _s: None)
    with Store(tmp_path / "a.sqlite") as store:
        admit(store, "amap", china, clock)
        admit(store, "nominatim", utc, clock)
        with pytest.raises(QuotaReached):
            admit(store, "amap", china, clock)
        moment[0] = evening + timedelta(minutes=1)
        admit(store, "amap", china, clock)
        with pytest.raises(QuotaReached):
            admit(store, "nominatim", utc, clock)


def test_waiting_is_what_the_pace_asks_for(tmp_path: Path) -> None:
    slept: list[float] = []
    clock = Clock(lambda: NOW, slept.append)
    with Store(tmp_path / "a.sqlite") as store:
        for _ in range(3):
            admit(store, "nominatim", Manners(1.0), clock)
    assert slept == pytest.approx([1.0, 2.0])  # the first at once; the test's clock stands still


# --- several processes ---

WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from carereach.layers.geocode.store import Store, request_id
who, count = sys.argv[2], int(sys.argv[3])
with Store(Path(sys.argv[1])) as store:
    for n in range(count):
        store.reserve("amap", "2026-03-01", None, 0.001, 1000.0)
        store.put(request_id(who, "", "", "", {"n": str(n)}), who, [who, n, "文" * 300], datetime.now(UTC))
        print(n, flush=True)
"""


def writer(path: Path, who: str, count: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), who, str(count)], stdout=subprocess.PIPE, text=True
    )


def test_three_processes_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    processes = [writer(path, who, 150) for who in "abc"]
    for process in processes:
        process.communicate(timeout=60)
        assert process.returncode == 0
    with Store(path) as store:
        assert store.count() == 450 and store.used("amap", "2026-03-01") == 450


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kill -9 is POSIX")
def test_a_kill_at_any_moment_loses_nothing_that_was_kept(tmp_path: Path) -> None:
    path, chance = tmp_path / "a.sqlite", random.Random(11)
    for round_ in range(4):
        process = writer(path, f"k{round_}", 100_000)
        assert process.stdout is not None
        process.stdout.readline()  # it has begun
        time.sleep(chance.uniform(0.0, 0.15))
        process.send_signal(signal.SIGKILL)
        said = process.stdout.read().split()
        process.stdout.close()
        process.wait()
        last = max((int(n) for n in said[:-1]), default=0)  # the last line may be torn
        with Store(path) as store:
            assert store.get(request_id(f"k{round_}", "", "", "", {"n": str(last)})) == [f"k{round_}", last, "文" * 300]
    db = sqlite3.connect(path)
    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    db.close()
