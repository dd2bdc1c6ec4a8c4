"""One large file from a real local server that misbehaves: resuming, limits, redirects, keys, the disk."""

from __future__ import annotations

import json
import logging
import shutil
import struct
import time
import traceback
from collections import namedtuple
from pathlib import Path

import httpx
import pytest
import servers
from fetch_cases import (
    GRID,
    HTML,
    NOW,
    SECRET,
    codes,
    get_population,
    get_roads,
    make_tiff,
    refused,
    roads_refused,
    study,
)
from servers import Handler, saying, serving

from carereach import files
from carereach.errors import FetchError
from carereach.layers import fetch as fetching
from carereach.layers import web


@pytest.fixture(scope="module")
def tiff() -> bytes:
    return make_tiff()


# --- population: one large file ---


def test_a_raster_is_downloaded_checked_and_documented(tmp_path: Path, tiff: bytes) -> None:
    with serving(servers.ranged(tiff)) as server:
        got = get_population(tmp_path, server, sha256=files.sha256(_write(tmp_path / "x", tiff)).upper())
        assert get_population(tmp_path, server).reused
    assert got.path.read_bytes() == tiff and dict(got.counts) == {"columns": 64, "rows": 64}
    told = json.loads(got.manifest.read_text(encoding="utf-8"))
    assert told["licence"] == "CC BY 4.0" and told["attribution"] == "WorldPop"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["people.tif", "people.tif.json", "x"]
    assert len(server.asked) == 1


def _write(path: Path, body: bytes) -> Path:
    path.write_bytes(body)
    return path


def test_a_cut_off_raster_is_continued_where_it_stopped(tmp_path: Path, tiff: bytes) -> None:
    with serving(servers.cut_off(tiff, 5000, ETag='"one"'), servers.ranged(tiff)) as server:
        assert get_population(tmp_path, server).path.read_bytes() == tiff
    assert server.asked[1].headers["Range"] == "bytes=5000-"
    assert server.asked[1].headers["If-Range"] == '"one"'


def test_a_later_run_continues_too(tmp_path: Path, tiff: bytes) -> None:
    behaviours = servers.cut_off(tiff, 5000, ETag='"one"'), servers.ranged(tiff)
    with serving(*behaviours) as server:
        with pytest.raises(FetchError) as error:
            get_population(tmp_path, server, attempts=1)
        assert codes(error) == ["fetch.cut-off"]
        assert (tmp_path / "people.tif.part").stat().st_size == 5000
        get_population(tmp_path, server)
    assert server.asked[1].headers["Range"] == "bytes=5000-"


@pytest.mark.parametrize(
    "second",
    [
        pytest.param(lambda tiff: saying(tiff), id="range ignored"),
        pytest.param(lambda tiff: servers.ranged(tiff, '"two"'), id="changed in between"),
    ],
)
def test_a_server_that_cannot_continue_sends_the_whole(tmp_path: Path, tiff: bytes, second: object) -> None:
    first = servers.cut_off(b"II*\0" + b"old" * 9999, 7000, ETag='"one"')
    with serving(first, second(tiff)) as server:  # type: ignore[operator]
        assert get_population(tmp_path, server).path.read_bytes() == tiff
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"Content_Range": "bytes 0-99/{size}"}, id="another part"),
        pytest.param({"Content_Range": "bytes 5000-{last}/{more}"}, id="another size"),
        pytest.param({"Content_Range": "nonsense"}, id="nonsense"),
        pytest.param({}, id="none"),
        pytest.param({"Content_Range": "bytes 5000-{last}/{size}", "ETag": '"two"'}, id="another tag"),
    ],
)
def test_a_wrong_content_range_leads_to_a_fresh_start(tmp_path: Path, tiff: bytes, headers: dict[str, str]) -> None:
    numbers = {"size": len(tiff), "last": len(tiff) - 1, "more": len(tiff) + 1}
    wrong = saying(tiff[5000:], 206, **{name: value.format(**numbers) for name, value in headers.items()})
    with serving(servers.cut_off(tiff, 5000, ETag='"one"'), wrong, saying(tiff)) as server:
        assert get_population(tmp_path, server).path.read_bytes() == tiff
    assert [handler.headers.get("Range") for handler in server.asked] == [None, "bytes=5000-", None]


def test_a_range_beyond_the_end_leads_to_a_fresh_start(tmp_path: Path, tiff: bytes) -> None:
    with serving(servers.cut_off(tiff, 5000, ETag='"one"'), saying(status=416), saying(tiff)) as server:
        assert get_population(tmp_path, server).path.read_bytes() == tiff


def test_a_weak_tag_is_no_ground_to_continue(tmp_path: Path, tiff: bytes) -> None:
    with serving(servers.cut_off(tiff, 5000, ETag='W/"one"'), saying(tiff)) as server:
        get_population(tmp_path, server)
    assert "Range" not in server.asked[1].headers


def test_a_whole_part_left_by_a_killed_run_is_used_without_asking(tmp_path: Path, tiff: bytes) -> None:
    with serving(servers.cut_off(tiff, 5000, ETag='"one"'), servers.ranged(tiff)) as server:
        with pytest.raises(FetchError):
            get_population(tmp_path, server, attempts=1)
        (tmp_path / "people.tif.part").write_bytes(tiff)
        assert get_population(tmp_path, server).path.read_bytes() == tiff
    assert len(server.asked) == 1


@pytest.mark.parametrize("state", ["{", "[]", "[" * 99_999, '{"resource": 1}', ""])
def test_a_damaged_note_beside_the_part_only_costs_a_fresh_start(tmp_path: Path, tiff: bytes, state: str) -> None:
    _write(tmp_path / "people.tif.part", b"rubbish")
    _write(tmp_path / "people.tif.part.json", state.encode())
    with serving(servers.ranged(tiff)) as server:
        assert get_population(tmp_path, server).path.read_bytes() == tiff
    assert "Range" not in server.asked[0].headers


def test_raster_failures_are_told_as_what_they_are(tmp_path: Path, tiff: bytes) -> None:
    assert refused(tmp_path, saying(HTML)) == ["fetch.html"]
    assert refused(tmp_path, saying(b"PK\x03\x04 zipped raster")) == ["fetch.not-tiff"]
    assert refused(tmp_path, saying(b"II*\0" + b"\xff" * 300)) == ["fetch.not-tiff"]
    assert refused(tmp_path, saying(b"")) == ["fetch.not-tiff"]
    assert refused(tmp_path, saying(_declaring_trillions())) == ["fetch.torn-tiff"]
    assert refused(tmp_path, saying(tiff, length=9000)) == ["fetch.torn-tiff"]
    assert refused(tmp_path, saying(tiff[:9000], length=None)) == ["fetch.torn-tiff"]
    assert refused(tmp_path, servers.cut_off(tiff, 100)) == ["fetch.cut-off"]
    assert refused(tmp_path, saying(tiff, 206)) == ["fetch.bad-range"]
    assert refused(tmp_path, saying(b"nobody here", 404)) == ["fetch.refused"]
    assert refused(tmp_path, saying(tiff), sha256="0" * 64) == ["fetch.sha256"]
    assert refused(tmp_path, saying(tiff), max_mb=0.01) == ["fetch.too-large"]  # declared
    assert refused(tmp_path, saying(tiff, length=None), max_mb=0.01) == ["fetch.too-large"]  # received
    assert not list(tmp_path.glob("*.tif.json"))


def _declaring_trillions() -> bytes:
    """A TIFF of 8 lines of tags that declares 2,000,000 x 2,000,000 pixels, one strip a row."""
    tags = [(256, 4, 2_000_000), (257, 4, 2_000_000), (258, 3, 8), (259, 3, 1), (262, 3, 1), (273, 4, 8)]
    tags += [(277, 3, 1), (278, 4, 1), (279, 4, 1)]
    entries = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags)
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + bytes(4)


def test_a_declared_size_beyond_the_limit_is_refused_before_the_body(tmp_path: Path) -> None:
    assert refused(tmp_path, saying(b"", length=10**12)) == ["fetch.too-large"]
    assert not (tmp_path / "people.tif.part").exists()


def test_other_errors_of_the_client_are_not_tried_again(tmp_path: Path) -> None:
    with serving(saying(b"<b>gone</b>", 410)) as server, pytest.raises(FetchError) as error:
        get_population(tmp_path, server)
    assert len(server.asked) == 1 and "410" in str(error.value) and "(found: gone)" in str(error.value)


def test_slowness_in_any_form_ends(tmp_path: Path, tiff: bytes) -> None:
    started = time.monotonic()
    assert refused(tmp_path, servers.drip(tiff), total_s=0.3) == ["fetch.too-slow"]
    assert refused(tmp_path, servers.drip_headers, total_s=0.3) == ["fetch.too-slow"]
    assert refused(tmp_path, servers.silent, timeout_s=0.1, attempts=2) == ["fetch.silent"]
    assert time.monotonic() - started < 5


def test_a_dripping_body_without_length_is_not_taken_for_whole(tmp_path: Path, tiff: bytes) -> None:
    def endless(handler: Handler) -> None:
        handler.reply(tiff, length=None)
        while not handler.server.stop.wait(0.02):
            handler.wfile.write(b"\0")

    assert refused(tmp_path, endless, total_s=0.3) == ["fetch.too-slow"]


# --- redirects ---


def test_a_redirect_to_the_true_place_is_followed(tmp_path: Path, tiff: bytes) -> None:
    with serving(servers.redirect("/elsewhere.tif", 301), servers.ranged(tiff)) as server:
        get_population(tmp_path, server)
    assert [handler.path for handler in server.asked] == ["/pop.tif", "/elsewhere.tif"]


def test_a_redirected_query_is_posted_again(tmp_path: Path) -> None:
    with serving(servers.redirect("/api/v2", 307), GRID.answer) as server:
        get_roads(tmp_path, server)
    assert server.asked[1].command == "POST" and server.asked[1].query == server.asked[0].query


@pytest.mark.parametrize(
    ("location", "code"),
    [
        ("/pop.tif", "fetch.redirect-loop"),
        ("file:///etc/passwd", "fetch.redirect-scheme"),
        ("ftp://127.0.0.1/x", "fetch.redirect-scheme"),
        ("http://[::bad", "fetch.redirect-broken"),
    ],
)
def test_bad_redirects_are_refused(tmp_path: Path, location: str, code: str) -> None:
    assert refused(tmp_path, servers.redirect(location)) == [code]


def test_an_endless_chain_of_redirects_ends(tmp_path: Path) -> None:
    def onward(handler: Handler) -> None:
        servers.redirect(handler.path + "x")(handler)

    with serving(onward) as server, pytest.raises(FetchError) as error:
        get_population(tmp_path, server)
    assert codes(error) == ["fetch.redirect-loop"] and len(server.asked) == web.REDIRECTS + 1


def test_a_redirect_from_https_to_http_is_refused() -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(302, headers={"Location": "http://example.org/x.tif"}))
    ask = web.Ask(httpx.URL("https://example.org/x.tif"))
    with (
        httpx.Client(transport=transport) as client,
        pytest.raises(FetchError) as error,
        web.answer(client, ask, web.Limits(1, 1, 1000)),
    ):
        pytest.fail("the redirect was followed")
    assert codes(error) == ["fetch.redirect-downgrade"]


# --- keys, disk, proxy ---


@pytest.mark.parametrize("status", [200, 403, 404, 503])
def test_keys_in_addresses_are_shown_nowhere(
    tmp_path: Path, tiff: bytes, status: int, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    shown = ""
    first = servers.redirect(f"/y.tif?token={SECRET}")
    with serving(first, saying(tiff, status), first, saying(tiff, status)) as server:
        address = server.url(f"/pop.tif?key={SECRET}", userinfo=f"user:{SECRET}@")
        settings = study(population="people.tif", population_url=address)
        try:
            report = fetching.fetch(settings, tmp_path, None, sleep=[].append)
            shown += repr(report)
        except FetchError as error:
            shown += "".join(traceback.format_exception(error)) + "".join(p.line("zh") for p in error.problems)
    shown += caplog.text + "".join(capsys.readouterr())
    shown += "".join(path.read_text("latin-1") for path in tmp_path.iterdir())
    assert server.asked[0].path.endswith(SECRET) and server.asked[0].headers["Authorization"].startswith("Basic ")
    assert SECRET not in shown and "user:" not in shown
    assert (tmp_path / "people.tif").exists() == (status == 200)


def test_our_silence_about_addresses_ends_with_the_download(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    with web.web_client():
        logging.getLogger("httpx").info("inside")
    logging.getLogger("httpx").info("outside")
    assert "inside" not in caplog.text and "outside" in caplog.text


def test_a_full_disk_is_told_before_anything_is_asked(
    tmp_path: Path, tiff: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage(10**9, 10**9, 5 << 20))
    with serving(servers.ranged(tiff)) as server:
        with pytest.raises(FetchError) as error:
            get_population(tmp_path, server)
        assert codes(error) == ["fetch.disk-full"] and "5 MB are free" in str(error.value)
        with pytest.raises(FetchError) as error:
            get_roads(tmp_path, server)
        assert codes(error) == ["fetch.disk-full"] and not server.asked


def test_a_disk_too_small_for_the_declared_size_is_told(
    tmp_path: Path, tiff: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage(10**9, 0, (256 << 20) + 1000))
    assert refused(tmp_path, saying(tiff)) == ["fetch.disk-full"]


def test_a_write_that_fails_is_told(tmp_path: Path, tiff: bytes) -> None:
    (tmp_path / "people.tif.part").mkdir()
    assert refused(tmp_path, saying(tiff)) == ["fetch.cannot-write"]
    _write(tmp_path / "roads.osm.parts", b"a file in the way")
    assert roads_refused(tmp_path, GRID.answer) == ["fetch.cannot-write"]


def test_an_unusable_proxy_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(saying()) as server:
        monkeypatch.setenv("HTTP_PROXY", "gopher://nowhere")
        with pytest.raises(FetchError) as error:
            get_population(tmp_path, server)
    assert codes(error) == ["fetch.proxy"]


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        *[("12", 12), (" 0 ", 0), ("-5", None), ("soon", None), ("", None), ("9" * 5000, None)],
        *[("Wed, 04 Mar 2026 05:06:37 GMT", 30), ("Wed, 04 Mar 2020 00:00:00 GMT", 0)],
    ],
)
def test_retry_after_is_read_as_seconds_or_date(header: str, seconds: float | None) -> None:
    assert web.retry_after(header, NOW) == seconds


def test_the_public_form_of_an_address_has_no_keys() -> None:
    url = httpx.URL(f"https://me:{SECRET}@[::1]:8443/a/b.tif;k={SECRET}?key={SECRET}#{SECRET}")
    assert web.public(url) == "https://[::1]:8443/a/b.tif"
