"""What the demo world's radar shows, and how a result is laid on its truth."""

import json
from pathlib import Path

import numpy as np
import rasterio
from pyproj import Transformer
from rasterio.enums import Resampling
from rasterio.vrt import WarpedVRT
from scipy.ndimage import binary_dilation, binary_erosion

from demo.radar_slc import NOISE
from demo.safe_s1_tables import BETA_GAIN
from demo.world import DemoWorld
from services.core.registry import get_service
from services.core.runner import run


def made(service: str, folder: Path, **options: object) -> Path:
    run(get_service(service), options, folder)
    return folder


def on_truth(world: DemoWorld, path: Path, band: int = 1) -> np.ndarray:
    """Return a band of a result on the truth's pixels: the same lattice, so nothing is interpolated."""
    with rasterio.open(world.truth("gamma0_vv_before")) as truth, rasterio.open(path) as source:
        place = {"crs": truth.crs, "transform": truth.transform, "width": truth.width, "height": truth.height}
        with WarpedVRT(source, resampling=Resampling.nearest, **place) as view:
            return view.read(band)


def truth(world: DemoWorld, name: str) -> np.ndarray:
    with rasterio.open(world.truth(name)) as source:
        return source.read(1)


def without_reflectors(world: DemoWorld, mask: np.ndarray) -> np.ndarray:
    """Leave 150 m around the corner reflectors out."""
    places = np.array(
        [f["geometry"]["coordinates"] for f in json.loads(world.truth("reflectors").read_text())["features"]]
    )
    near = np.zeros(mask.shape, bool)
    with rasterio.open(world.truth("gamma0_vv_before")) as source:
        x, y = Transformer.from_crs(4326, source.crs, always_xy=True).transform(*places.T)
        columns, rows = (part.astype(int) for part in ~source.transform @ (x, y))
    near[rows, columns] = True
    return mask & ~binary_dilation(near, iterations=15)


def brightness_offsets_db(world: DemoWorld, result: Path) -> list[float]:
    """Return how far γ0 RTC is from the truth, for each land cover that is large enough."""
    found = on_truth(world, result / "backscatter.tif")
    known = truth(world, "gamma0_vv_before")
    offsets = []
    for level in np.unique(known):
        inner = without_reflectors(world, binary_erosion(known == level, iterations=2)) & np.isfinite(found)
        if inner.sum() > 3000:
            offsets.append(10 * np.log10(found[inner].mean() / level))
    return offsets


def coherence_offsets(world: DemoWorld, result: Path) -> list[float]:
    """Return how far coherence without its bias is from the truth lowered by the noise, for each coherent cover."""
    found = on_truth(world, result / "coherence.tif", 2)
    known, brightness = truth(world, "coherence"), truth(world, "gamma0_vv_before")
    offsets = []
    for level in np.unique(known[known > 0.3]):
        inner = without_reflectors(world, binary_erosion(known == level, iterations=4)) & np.isfinite(found)
        if inner.sum() > 3000:
            signal = brightness[inner].mean() / np.tan(np.radians(39.3)) * BETA_GAIN**2
            offsets.append(found[inner].mean() - level * signal / (signal + NOISE))
    return offsets
