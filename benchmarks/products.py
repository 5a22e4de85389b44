"""Full-size Sentinel-2 Level-2A products, made, for measuring on.

A product has the grid of tile 33TUJ, 10980 by 10980 pixels at 10 m. Its images are the demo world's, mirrored at their
edges until the tile is full: every pixel has the texture, edges and noise of a landscape, and the second date differs
from the first by the demo world's changes (mirrored just so, in `change.tif`). Before mirroring, images are smoothed,
which brings the files to the size of real ones: about 90 MB for a band at 10 m, 27 MB at 20 m, 0.55 GB a product.

Each band is there once, at its own pixel size (B02 B03 B04 B08; B05 B06 B07 B8A B11 B12; B01 B09), with the scene
classification and the cloud probability at 20 m. The copies at coarser sizes, TCI, AOT, WVP and the masks per band are
left out: nothing measured here reads them, and GDAL's driver opens the product without them.
"""

import sys
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray

from demo.grid import Grid
from demo.msi import BANDS, Acquisition
from demo.safe_metadata import Product, Statistics
from demo.safe_s2 import Plan, write_product
from demo.world import AFTER, BEFORE, DemoWorld, make

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "var" / "benchmarks"
TILE = Grid(epsg=32633, left_m=300000, top_m=4900020, width=10980, height=10980)


def make_full_tile(folder: Path = FOLDER, *, dates: int = 1) -> list[Path]:
    """Return one or two full-size products, in order of time; the first call makes them, about a minute each."""
    world = make(folder / "demo", progress=_show)
    _mirror_truth(world, folder / "change.tif")
    pairs = list(zip(world.scenes, (BEFORE, AFTER), strict=True))[:dates]
    return [_product(folder, source, acquisition) for source, acquisition in pairs]


def _product(folder: Path, source: Path, acquisition: Acquisition) -> Path:
    """Make one product, unless it is there."""
    product, plans = _plan(source, acquisition)
    target = folder / product.name
    if (target / "manifest.safe").is_file():
        return target
    folder.mkdir(parents=True, exist_ok=True)
    preview = np.stack([_mirrored(source, name, 60)[::6, ::6] >> 5 for name in ("B04", "B03", "B02")]).astype(np.uint8)
    return write_product(folder, product, plans, preview, lambda done: _show(done, f"full tile of {acquisition.stamp}"))


def _plan(source: Path, acquisition: Acquisition) -> tuple[Product, list[Plan]]:
    """Say what the product holds: where each image lies and how it is made."""
    granule, stem = f"GRANULE/{acquisition.granule('L2A')}", f"T{acquisition.tile}_{acquisition.stamp}"
    layers = [(band.name, band.resolution_m) for band in BANDS if band.name != "B10"] + [("SCL", 20)]
    images = [
        Plan(
            f"{granule}/IMG_DATA/R{resolution_m}m/{stem}_{name}_{resolution_m}m.jp2",
            resolution_m,
            partial(_mirrored, source, name, resolution_m),
        )
        for name, resolution_m in layers
    ]
    probability = f"{granule}/QI_DATA/MSK_CLDPRB_20m.jp2"
    product = Product(
        level="L2A",
        acquisition=acquisition,
        grid=TILE,
        sun_zenith_deg=40.0,
        sun_azimuth_deg=150.0,
        statistics=Statistics((0.0,) * 12, 0.0, 0.1, 2.0),
        images=tuple(plan.path.removesuffix(".jp2") for plan in images),
        masks=(("MSK_CLDPRB", None, probability),),
        preview=f"{granule}/QI_DATA/{stem}_PVI.jp2",
    )
    return product, [*images, Plan(probability, 20, partial(_mirrored, source, "CLDPRB", 20))]


def _mirrored(source: Path, name: str, resolution_m: int) -> NDArray[np.uint16] | NDArray[np.uint8]:
    """Fill the tile with one image of a demo product."""
    pattern = (
        f"QI_DATA/MSK_{name}_{resolution_m}m.jp2" if name == "CLDPRB" else f"IMG_DATA/*/*_{name}_{resolution_m}m.jp2"
    )
    with rasterio.open(next(source.glob(f"GRANULE/*/{pattern}"))) as image:
        values = image.read(1)
    return _fill(_smoothed(values) if name.startswith("B") else values, TILE.coarser(resolution_m // 10))


def _smoothed(values: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """Weigh each pixel 1 2 1 with its neighbours, along and across."""
    wide = np.pad(values.astype(np.uint32), 1, mode="edge")
    rows = wide[:-2] + 2 * wide[1:-1] + wide[2:]
    return np.asarray((rows[:, :-2] + 2 * rows[:, 1:-1] + rows[:, 2:] + 8) >> 4, dtype=np.uint16)


def _fill(values: NDArray[Any], grid: Grid) -> NDArray[Any]:
    """Mirror an image at its edges until it fills a grid."""
    rows, columns = (_there_and_back(have, want) for have, want in zip(values.shape, grid.shape, strict=True))
    return values[rows][:, columns]


def _there_and_back(have: int, want: int) -> NDArray[np.intp]:
    """Count 0 … have-1, have-1 … 0, and so on."""
    steps = np.arange(want) % (2 * have)
    return np.minimum(steps, 2 * have - 1 - steps)


def _mirror_truth(world: DemoWorld, path: Path) -> None:
    """Write what changes between the two dates, 0 or 1."""
    if path.is_file():
        return
    with rasterio.open(world.truth("change")) as source:
        changed = _fill(source.read(1), TILE)
    profile = {"driver": "GTiff", "count": 1, "dtype": "uint8", "width": TILE.width, "height": TILE.height}
    with rasterio.open(
        path, "w", crs=TILE.crs, transform=TILE.transform, compress="deflate", tiled=True, **profile
    ) as target:
        target.write(changed, 1)


def _show(fraction: float, stage: str) -> None:
    if sys.stderr.isatty():
        print(f"\r{fraction:4.0%} {stage:<40}", end="\n" if fraction >= 1 else "", file=sys.stderr, flush=True)


if __name__ == "__main__":
    for made in make_full_tile(dates=2):
        print(made)
