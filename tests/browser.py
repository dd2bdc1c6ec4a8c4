"""Headless Chromium, driven over the DevTools protocol through a pair of pipes: needs nothing but the browser."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "headless_shell")
FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    " --disable-component-update --disable-sync --disable-dev-shm-usage --hide-scrollbars --force-color-profile=srgb"
    " --remote-debugging-pipe"
)
NO_NETWORK = "--host-resolver-rules=MAP * ~NOTFOUND"
PATIENCE_S = 60.0
ONE_RENDERER = "--disable-site-isolation-trials --renderer-process-limit=1"  # tabs open in two thirds of the time


def find_browser() -> str:
    """The browser's path; skips the test where there is none, unless CARE_BROWSER_REQUIRED=1."""
    found = os.environ.get("CARE_BROWSER") or next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        reason = "no Chromium on this machine (install it, or name it in CARE_BROWSER)"
        if os.environ.get("CARE_BROWSER_REQUIRED") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


class Browser:
    """One Chromium without a network, with an empty profile."""

    def __init__(self, program: str, profile: Path, flags: str = "") -> None:
        to_read, self._out = _high(os.pipe())
        self._in, to_write = _high(os.pipe())
        command = [program, *FLAGS.split(), *flags.split(), NO_NETWORK, f"--user-data-dir={profile}", "about:blank"]

        def wire() -> None:
            os.dup2(to_read, 3)
            os.dup2(to_write, 4)

        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self._process = subprocess.Popen(command, preexec_fn=wire, pass_fds=(3, 4), start_new_session=True, **quiet)  # type: ignore[call-overload]
        os.close(to_read)
        os.close(to_write)
        self._buffer = b""
        self._count = 0
        self.events: list[dict[str, Any]] = []

    def __enter__(self) -> Browser:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if self._process.poll() is None:
                self.call("Browser.close")
                self._process.wait(timeout=10)
        except (OSError, TimeoutError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait(timeout=10)
        finally:
            os.close(self._in)
            os.close(self._out)

    def call(self, method: str, session: str | None = None, **params: Any) -> dict[str, Any]:
        """Sends one command and waits for its answer; events that come meanwhile are kept."""
        self._count += 1
        message: dict[str, Any] = {"id": self._count, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        until = time.monotonic() + PATIENCE_S
        while True:
            answer = self._next(until)
            if answer.get("id") == self._count:
                if "error" in answer:
                    raise AssertionError(f"{method}: {answer['error']}")
                return dict(answer.get("result", {}))
            self.events.append(answer)

    def _next(self, until: float) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            if time.monotonic() > until:
                raise TimeoutError("the browser does not answer")
            block = os.read(self._in, 1 << 16)
            if not block:
                raise OSError("the browser has gone")
            self._buffer += block
        line, _, self._buffer = self._buffer.partition(b"\0")
        return dict(json.loads(line))

    @contextmanager
    def tab(
        self, page: Path, width: int = 1280, height: int = 800, fragment: str = "", at_start: str = ""
    ) -> Iterator[Tab]:
        """The page open in a tab of its own, loaded.

        ``fragment`` stands behind the # of its address; the script ``at_start`` runs before any of the page's own.
        """
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        tab = Tab(self, session)
        for domain in ("Page", "Runtime", "Network", "Log"):
            tab.call(f"{domain}.enable")
        tab.resize(width, height)
        if at_start:
            tab.call("Page.addScriptToEvaluateOnNewDocument", source=at_start)
        try:
            tab.call("Page.navigate", url=page.as_uri() + (f"#{fragment}" if fragment else ""))
            tab.wait_for("document.readyState === 'complete'")
            yield tab
        finally:
            self.call("Target.closeTarget", targetId=target)
            self.events = [event for event in self.events if event.get("sessionId") != session]


class Tab:
    """One page in the browser."""

    def __init__(self, browser: Browser, session: str) -> None:
        self._browser, self._session = browser, session

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        return self._browser.call(method, self._session, **params)

    def resize(self, width: int, height: int) -> None:
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False
        )  # fmt: skip

    def run(self, script: str) -> Any:
        """The value of a JavaScript expression; an exception in it fails the test."""
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def wait_for(self, condition: str, patience_s: float = 8.0) -> None:
        """Waits until a JavaScript expression is true."""
        until = time.monotonic() + patience_s
        while not self.run(f"Boolean({condition})"):
            if time.monotonic() > until:
                raise AssertionError(f"never true: {condition}")
            time.sleep(0.05)

    def settle(self) -> None:
        """Waits for two drawn frames."""
        self.run(
            "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 60))))"
        )

    def images_are_over(self) -> None:
        """Waits until every image that the page has begun to load is there or has failed: one begun now fails later."""
        self.run(
            "new Promise((done) => { const last = new Image(); last.onerror = () => done(0);"
            " last.src = 'data:image/png;base64,AAAA'; })"
        )

    def click(self, x: float, y: float) -> None:
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)
        self.settle()

    def press(self, key: str, code: int) -> None:
        """Presses and releases one key, and waits until its effect is drawn."""
        self.key(key, code)
        self.settle()

    def key(self, key: str, code: int) -> None:
        """Presses and releases one key."""
        words = {"text": {"Enter": "\r", " ": " "}[key]} if key in ("Enter", " ") else {}
        self.call("Input.dispatchKeyEvent", type="keyDown", key=key, windowsVirtualKeyCode=code, **words)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key, windowsVirtualKeyCode=code)

    def screenshot(self, path: Path) -> bytes:
        """The page as seen, as PNG; also written to ``path``."""
        png = base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"])
        path.write_bytes(png)
        return png

    def _mine(self, method: str) -> list[dict[str, Any]]:
        self.run("1")
        events = self._browser.events
        return [e["params"] for e in events if e.get("method") == method and e.get("sessionId") == self._session]

    @property
    def complaints(self) -> list[str]:
        """Exceptions, console errors and warnings, and what the browser's own log says (blocked by policy, 404)."""
        thrown = [str(e["exceptionDetails"]) for e in self._mine("Runtime.exceptionThrown")]
        said = [str(e["args"]) for e in self._mine("Runtime.consoleAPICalled") if e["type"] in ("error", "warning")]
        return thrown + said + [e["entry"]["text"] for e in self._mine("Log.entryAdded")]

    @property
    def requests(self) -> list[str]:
        """The addresses that the page asked for."""
        return [str(e["request"]["url"]) for e in self._mine("Network.requestWillBeSent")]


def _high(pair: tuple[int, int]) -> tuple[int, int]:
    """The same two ends under numbers that do not stand in the way of 3 and 4."""
    moved = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 20) for end in pair]
    for end in pair:
        os.close(end)
    return moved[0], moved[1]


@contextmanager
def started(flags: str = "") -> Iterator[Browser]:
    """A browser with a profile of its own that is removed afterwards."""
    program = find_browser()
    folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
    with folder as profile, Browser(program, Path(profile), flags) as browser:
        yield browser
