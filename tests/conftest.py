"""What several test files share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

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
