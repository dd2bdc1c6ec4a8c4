"""What several test files share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import ONE_RENDERER, Browser, started

REPO = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def repo() -> Path:
    """The root of the checkout."""
    return REPO


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real inputs beside the checkout; skips where it is absent, unless CARE_DATA_REQUIRED=1."""
    folder = REPO.parent / "shared" / "data"
    if not folder.is_dir():
        reason = "real inputs: ../shared/data is absent"
        if os.environ.get("CARE_DATA_REQUIRED") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return folder


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests, each of which opens tabs of its own; skips where there is none."""
    with started(ONE_RENDERER) as chromium:
        yield chromium
