"""The package as an installed thing."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("numpy", "pandas", "geopandas", "shapely", "pyproj", "rasterio", "pydantic", "scipy", "networkx", "matplotlib")


def heavy_modules_after(code: str) -> set[str]:
    """The heavy modules that a fresh Python has loaded once it has run ``code``."""
    report = f"import sys\n{code}\nprint(*(name for name in {HEAVY!r} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", report], capture_output=True, text=True, check=True, timeout=60)
    return set(done.stdout.splitlines()[-1].split())


def test_import_is_light() -> None:
    assert heavy_modules_after("import carereach") == set()
