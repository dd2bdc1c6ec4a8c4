"""Raster files: headers that lie, files cut off, VRT in disguise; windows and blocks."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
import rasterio
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio import Affine
from rasterio.windows import Window

from carereach.errors import Findings, InputError
from carereach.layers.rasters import open_raster, raster_crs, read_blocks, window_of
from carereach.layers.tiff_header import check_tiff

PLACE = Affine(0.01, 0, 110, 0, -0.01, 23)


def write(path: Path, values: np.ndarray, **options: object) -> Path:
    """A GeoTIFF with one band, upper left corner at 110 E 23 N, cells of 0.01 degree."""
    profile = {"driver": "GTiff", "crs": 4326, "transform": PLACE, "count": 1, "dtype": values.dtype, **options}
    height, width = values.shape[-2:]
    with rasterio.open(path, "w", height=height, width=width, **profile) as raster:
        raster.write(values if values.ndim == 3 else values[None])
    return path


def refused(path: Path) -> set[str]:
    findings = Findings(path)
    with pytest.raises(InputError) as caught, open_raster(path, findings) as raster:
        raster.read(1)
    assert all(p.line("en") and p.line("zh") for p in caught.value.problems)
    return {p.code for p in caught.value.problems}


def tiff(tags: dict[int, tuple[int, int]]) -> bytes:
    """A little-endian TIFF that is nothing but a header: tag -> (type, value)."""
    entries = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, (kind, value) in sorted(tags.items()))
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + b"\0\0\0\0"


LAYOUT = {256: (4, 100), 257: (4, 100), 258: (3, 8), 259: (3, 1), 273: (4, 8), 277: (3, 1), 278: (4, 100), 279: (4, 9)}


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({256: (4, 1_974_842), 257: (4, 1_974_842)}, "raster.too-many-cells"),  # 3.9e12 samples
        ({277: (3, 60_000)}, "raster.bands"),
        ({256: (4, 60_000), 257: (4, 60_000), 278: (4, 60_000)}, "raster.block"),  # 3.6 GB in one strip
        ({256: (4, 0)}, "raster.not-tiff"),
        ({278: (4, 1)}, "raster.blocks-missing"),  # 100 strips of one row, of which one is listed
        ({279: (4, 2_000_000)}, "raster.torn"),
        ({322: (4, 16), 323: (4, 16)}, "raster.not-tiff"),  # tiles, but no places of tiles
    ],
)
def test_headers_that_lie_are_refused_before_reading(
    tmp_path: Path, changed: dict[int, tuple[int, int]], code: str
) -> None:
    path = tmp_path / "a.tif"
    path.write_bytes(tiff({**LAYOUT, **changed}))
    assert path.stat().st_size < 262
    assert refused(path) == {code}


@pytest.mark.parametrize(
    "content", [b"II*\0", b"MM\0*\xff\xff\xff\xff", b"II+\0", b"\x89PNG\r\n\x1a\n", b"<html>no</html>"]
)
def test_other_content_is_no_tiff(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.tif").write_bytes(content)
    assert refused(tmp_path / "a.tif") == {"raster.not-tiff"}


def test_vrt_named_tif_is_not_followed(tmp_path: Path) -> None:
    secret = write(tmp_path / "secret.tif", np.ones((2, 2), np.float32))
    source = f"<SimpleSource><SourceFilename>{secret}</SourceFilename></SimpleSource>"
    band = f'<VRTRasterBand dataType="Float32" band="1">{source}</VRTRasterBand>'
    (tmp_path / "a.tif").write_text(f'<VRTDataset rasterXSize="2" rasterYSize="2">{band}</VRTDataset>')
    assert refused(tmp_path / "a.tif") == {"vector.vrt"}


@pytest.mark.parametrize(
    "path", ["/vsicurl/http://127.0.0.1:9/a.tif", "/vsizip/a.zip/a.tif", "http://127.0.0.1:9/a.tif"]
)
def test_virtual_paths_and_addresses_are_refused(path: str) -> None:
    assert refused(Path(path)) <= {"file.not-a-path", "file.missing"}


@pytest.mark.parametrize("options", [{}, {"compress": "deflate", "tiled": True, "blockxsize": 16, "blockysize": 16}])
@pytest.mark.parametrize("big", ["YES", "NO"])
@pytest.mark.parametrize("kept", [0.02, 0.5, 0.97])
def test_cut_off_rasters(tmp_path: Path, options: dict[str, object], big: str, kept: float) -> None:
    values = np.random.default_rng(1).random((64, 64)).astype(np.float32)
    path = write(tmp_path / "a.tif", values, BIGTIFF=big, **options)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * kept)])
    assert refused(path) <= {"raster.torn", "raster.not-tiff"}


def test_damaged_block_is_an_input_error(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", np.ones((64, 64), np.float32), compress="deflate")
    content = bytearray(path.read_bytes())
    with rasterio.open(path) as raster:
        assert raster.block_shapes == [(32, 64)]
    content[-40:] = b"\xff" * 40
    path.write_bytes(content)
    assert refused(path) == {"raster.damaged"}


def test_several_bands_complex_values_and_no_place(tmp_path: Path) -> None:
    assert refused(write(tmp_path / "a.tif", np.ones((3, 4, 4), np.uint8), count=3)) == {"raster.bands"}
    assert refused(write(tmp_path / "b.tif", np.ones((4, 4), np.complex64))) == {"raster.complex"}
    with pytest.warns(rasterio.errors.NotGeoreferencedWarning):
        path = write(tmp_path / "c.tif", np.ones((4, 4), np.uint8), transform=Affine.identity(), crs=None)
    assert refused(path) == {"raster.no-place"}


@pytest.mark.parametrize("options", [{}, {"tiled": True, "blockxsize": 32, "blockysize": 16}, {"BIGTIFF": "YES"}])
@pytest.mark.parametrize("endian", ["LITTLE", "BIG"])
def test_sound_headers_pass(tmp_path: Path, options: dict[str, object], endian: str) -> None:
    path = write(tmp_path / "a.tif", np.ones((50, 70), np.int16), ENDIANNESS=endian, **options)
    findings = Findings(path)
    check_tiff(path, findings)
    assert not findings.problems


def test_real_elevation_raster_opens(shared_data: Path) -> None:
    path = shared_data / "porto_alegre" / "poa_elevation.tif"
    with open_raster(path, Findings(path)) as raster:
        assert raster.count == 1 and raster.read(1).size == raster.width * raster.height


def test_crs_of_file_and_study(tmp_path: Path) -> None:
    bare = write(tmp_path / "bare.tif", np.ones((4, 4), np.float32), crs=None)
    named = write(tmp_path / "named.tif", np.ones((4, 4), np.float32))
    with open_raster(bare, Findings(bare)) as raster:
        assert raster_crs(raster, "EPSG:4490", Findings(bare)).to_epsg() == 4490
        with pytest.raises(InputError, match="does not say its coordinate reference"):
            raster_crs(raster, None, Findings(bare))
    with open_raster(named, Findings(named)) as raster:
        assert raster_crs(raster, None, Findings(named)).to_epsg() == 4326
        with pytest.raises(InputError, match="the study file says EPSG:32649"):
            raster_crs(raster, "EPSG:32649", Findings(named))


@settings(max_examples=60, deadline=None)
@given(
    left=st.integers(0, 60),
    top=st.integers(0, 40),
    width=st.integers(1, 70),
    height=st.integers(1, 50),
    most_bytes=st.integers(1, 40_000),
    tiled=st.booleans(),
)
def test_blocks_tile_the_window_once(
    tmp_path_factory: pytest.TempPathFactory, left: int, top: int, width: int, height: int, most_bytes: int, tiled: bool
) -> None:
    values = np.arange(50 * 70, dtype=np.int32).reshape(50, 70)
    path = tmp_path_factory.getbasetemp() / f"blocks-{tiled}.tif"
    if not path.exists():
        write(path, values, **({"tiled": True, "blockxsize": 16, "blockysize": 16} if tiled else {}))
    window = Window(left, top, min(width, 70 - left), min(height, 50 - top))
    pieced = np.full((50, 70), -1)
    with open_raster(path, Findings(path)) as raster:
        for block in read_blocks(raster, window, most_bytes):
            down, across = block.values.shape
            target = pieced[block.row : block.row + down, block.column : block.column + across]
            assert (target == -1).all()
            target[:] = block.values
    inside = np.zeros((50, 70), bool)
    inside[window.row_off : window.row_off + window.height, window.col_off : window.col_off + window.width] = True
    assert (pieced[inside] == values[inside]).all() and (pieced[~inside] == -1).all()


def test_window_holds_the_bounds_and_stays_inside(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", np.ones((100, 100), np.uint8))
    with open_raster(path, Findings(path)) as raster:
        # 110.105 to 110.195 E is columns 10 to 19, 22.795 to 22.895 N is rows 10 to 20; one more on each side
        window = window_of(raster, (110.105, 22.795, 110.195, 22.895), 1, Findings(path))
        assert (window.col_off, window.row_off, window.width, window.height) == (9, 9, 12, 13)
        whole = window_of(raster, (100, 0, 120, 40), 5, Findings(path))
        assert (whole.col_off, whole.row_off, whole.width, whole.height) == (0, 0, 100, 100)
        with pytest.raises(InputError, match="does not cover any"):
            window_of(raster, (120, 30, 121, 31), 1, Findings(path))
