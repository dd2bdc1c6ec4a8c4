"""What a result was computed with: carereach's own code and texts, and the versions of the libraries under it."""

from __future__ import annotations

import hashlib
import platform
from importlib import resources
from importlib.metadata import version
from importlib.resources.abc import Traversable

LIBRARIES = (
    "numpy",
    "scipy",
    "pandas",
    "geopandas",
    "shapely",
    "pyproj",
    "pyarrow",
    "rasterio",
    "osmium",
    "highspy",
    "folium",
    "matplotlib",
    "openpyxl",
)
ENDINGS = (".py", ".toml", ".js", ".css", ".html", ".geojson", ".docx", ".typ")
COMPUTING_ROOMS = ("layers", "coverage", "scenarios")
ALL_ROOMS = ("messages", *COMPUTING_ROOMS, "maps")


def versions() -> dict[str, str]:
    """Versions of Python, carereach and the libraries that results depend on."""
    return {
        "python": platform.python_version(),
        "carereach": version("carereach"),
        **{name: version(name) for name in LIBRARIES},
    }


def code_fingerprint(rooms: tuple[str, ...] = ALL_ROOMS) -> str:
    """SHA-256 over the versions of the libraries and the code, texts and plans in some rooms of the package; the
    studies that come along do not count."""
    digest = hashlib.sha256()
    for name, number in versions().items():
        digest.update(f"{name}={number}\n".encode())
    for file in _own_files(resources.files("carereach"), rooms):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _own_files(root: Traversable, rooms: tuple[str, ...]) -> list[Traversable]:
    """Files of the package's root and of some rooms, in a fixed order."""
    found = [f for f in root.iterdir() if f.is_file() and f.name.endswith(".py")]
    folders = [root / name for name in rooms]
    while folders:
        for entry in folders.pop().iterdir():
            if entry.is_dir() and entry.name not in ("__pycache__", "areas"):
                folders.append(entry)
            elif entry.is_file() and entry.name.endswith(ENDINGS):
                found.append(entry)
    return sorted(found, key=str)
