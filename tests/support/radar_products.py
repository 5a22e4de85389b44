"""Copies of the real Sentinel-1 products whose measurements are zero-filled, with simulated numbers written in."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import rasterio
from rasterio.windows import Window

# A part of the GRD over Rome (S1B, 2021-12-23) that lies under the DEM of Rome.
ROME_WINDOW = Window(21300, 7300, 2200, 1900)
ROME_AREA = "POLYGON((12.47 41.97,12.53 41.97,12.53 42.03,12.47 42.03,12.47 41.97))"
POWER = 40_000.0
Make = Callable[[np.ndarray, np.ndarray], np.ndarray]


def speckle(lines: np.ndarray, samples: np.ndarray) -> np.ndarray:
    """Amplitudes of 4.4-look speckle of the mean power; rounded down they keep it within 0.5 %."""
    power = POWER * np.random.default_rng(7).gamma(4.4, 1 / 4.4, lines.shape)
    return np.sqrt(power) + 0.5


def copy_of_grd(original: Path, folder: Path, make: Make, window: Window) -> Path:
    """Copy a GRD SAFE and write what `make` gives for lines and samples into a window of its measurement."""
    product = folder / original.name
    shutil.copytree(original, product, copy_function=shutil.copyfile)
    for path in (product, *product.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    (path,) = (product / "measurement").glob("*.tiff")
    with rasterio.open(path, "r+") as image:
        lines, samples = np.mgrid[window.toslices()]
        image.write(make(lines, samples).astype(np.uint16), 1, window=window)
    return product


def unzipped_grd(archive: Path, folder: Path, make: Make, windows: dict[str, Window], shape: tuple[int, int]) -> Path:
    """Unpack a GRD that has no measurement, and write one by polarisation, made in a window, zero elsewhere."""
    shutil.unpack_archive(archive, folder)
    product = folder / f"{archive.stem}.SAFE"
    for annotation in sorted((product / "annotation").glob("*.xml")):
        window = windows.get(annotation.name.split("-")[3])
        if window is None:
            continue
        options = {"driver": "GTiff", "count": 1, "dtype": "uint16", "SPARSE_OK": True, "blockysize": 1}
        path = product / "measurement" / f"{annotation.stem}.tiff"
        with rasterio.open(path, "w", height=shape[0], width=shape[1], **options) as image:
            lines, samples = np.mgrid[window.toslices()]
            image.write(make(lines, samples).astype(np.uint16), 1, window=window)
    return product
