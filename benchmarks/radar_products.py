"""Full-size Sentinel-1 products on the geometry of real ones, and heights under them, for measuring on.

Annotation, calibration and noise are those of real products in `../shared/data`, whose images were zeroed or left out;
here speckle is written in their place, uncompressed in strips of one line, as the ground segment writes them. Heights
are waves of 0 to 1500 m with slopes of up to 20°, on the lattice of one second of arc that SRTM and GLO-30 have.
"""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray
from rasterio.windows import Window

from eo.io.sentinel1 import Sentinel1Product, outline, read_sentinel1

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared" / "data"
FOLDER = ROOT / "var" / "benchmarks" / "sentinel1"
GRD = "s1/grd_safe/S1A_IW_GRDH_1SDV_20150222T170725_20150222T170750_004739_005DD8_CEAB.zip"
SLC_PAIR = (
    "s1/slc_safe/S1A_IW_SLC__1SDV_20230904T063730_20230904T063757_050174_0609E3_DAA1.zip",
    "s1/slc_safe/S1A_IW_SLC__1SDV_20230916T063730_20230916T063757_050349_060FCD_6814.zip",
)
_LINES_AT_ONCE = 1024
_LOOKS = 4.4
Make = Callable[[tuple[int, int], np.random.Generator], NDArray[Any]]


def made_grd() -> Path:
    """Return an IW GRDH product with VV and VH."""
    return _made(SHARED / GRD, ("VV", "VH"), _detected)


def made_slc_pair() -> tuple[Path, Path]:
    """Return two IW SLC products of one track, VV, all sub-swaths."""
    first, second = (_made(SHARED / name, ("VV",), _complex) for name in SLC_PAIR)
    return first, second


def heights_under(product: Path) -> Path:
    """Return a file of heights that covers a product."""
    path = FOLDER / f"{product.stem}.dem.tif"
    if not path.exists():
        found = read_sentinel1(product)
        annotations = [found.annotation(image) for image in found.images.values()]
        bounds = np.array([outline(a).bounds for a in annotations])
        _write_heights(path, (*np.floor(bounds[:, :2].min(axis=0)), *np.ceil(bounds[:, 2:].max(axis=0))))
    return path


def _made(original: Path, polarisations: Sequence[str], make: Make) -> Path:
    product = FOLDER / f"{original.stem}.SAFE"
    if (product / "made").exists():
        return product
    shutil.rmtree(product, ignore_errors=True)
    shutil.unpack_archive(original, FOLDER)
    found = read_sentinel1(product)
    for (_, polarisation), image in found.images.items():
        if polarisation in polarisations:
            _write_image(product, found, image.annotation, make)
    (product / "made").touch()
    return product


def _write_image(product: Path, found: Sentinel1Product, annotation: str, make: Make) -> None:
    image = next(i for i in found.images.values() if i.annotation == annotation)
    known = found.annotation(image)
    path = product / "measurement" / f"{Path(annotation).stem}.tiff"
    path.unlink(missing_ok=True)
    rng = np.random.default_rng(known.lines)
    block = make((_LINES_AT_ONCE, known.samples), rng)
    options = {"driver": "GTiff", "count": 1, "blockysize": 1, "height": known.lines, "width": known.samples}
    kind = "complex_int16" if np.iscomplexobj(block) else "uint16"
    with rasterio.open(path, "w", dtype=kind, **options) as target:
        for first in range(0, known.lines, _LINES_AT_ONCE):
            rows = min(_LINES_AT_ONCE, known.lines - first)
            shifted = np.roll(block, int(rng.integers(known.samples)), axis=1)[:rows]
            target.write(shifted, 1, window=Window(0, first, known.samples, rows))


def _detected(shape: tuple[int, int], rng: np.random.Generator) -> NDArray[np.uint16]:
    return np.asarray(200 * np.sqrt(rng.gamma(_LOOKS, 1 / _LOOKS, shape).astype(np.float32)) + 0.5, np.uint16)


def _complex(shape: tuple[int, int], rng: np.random.Generator) -> NDArray[np.complex64]:
    parts = rng.normal(0, 80, (2, *shape)).astype(np.float32).round()
    return np.asarray(parts[0] + 1j * parts[1], np.complex64)


def _write_heights(path: Path, bounds: Sequence[float]) -> None:
    west, south, east, north = bounds
    width, height = round((east - west) * 3600), round((north - south) * 3600)
    options = {"driver": "GTiff", "count": 1, "dtype": "float32", "crs": "EPSG:4326", "tiled": True}
    transform = Affine(1 / 3600, 0, west, 0, -1 / 3600, north)
    x = np.arange(width) / 3600
    with rasterio.open(path, "w", height=height, width=width, transform=transform, **options) as target:
        for first in range(0, height, _LINES_AT_ONCE):
            rows = min(_LINES_AT_ONCE, height - first)
            y = ((first + np.arange(rows)) / 3600)[:, None]
            waves = np.sin(x * 70) * np.cos(y * 90) + 0.5 * np.sin(x * 190 + 3 * np.sin(y * 20)) + 1.5
            target.write((500 * waves).astype(np.float32), 1, window=Window(0, first, width, rows))
