"""What GDAL alone does with a scene: decode each JPEG 2000, resample it, encode it as a COG; two threads.

One COG per band, from memory: GDAL's quickest way, since its COG driver reads its source twice.
"""

import re
import sys
from pathlib import Path

import rasterio
from rasterio.enums import Resampling
from rasterio.shutil import copy

THREADS = "2"
OPTIONS = {"compress": "DEFLATE", "level": 6, "predictor": "STANDARD", "blocksize": 512, "num_threads": THREADS}


def main(safe: Path, out: Path) -> None:
    """Write one COG per band at the resolution of the finest."""
    out.mkdir(parents=True, exist_ok=True)
    files = sorted(safe.rglob("*.jp2"), reverse=True)  # R60m to R10m: a band's finest image comes last and stays
    images = {m.group(1): p for p in files if (m := re.search(r"_(B\w\w)_\d0m", p.name))}
    with rasterio.open(next(p for b, p in images.items() if b == "B02")) as finest:
        profile = {k: finest.profile[k] for k in ("width", "height", "crs", "transform", "dtype")}
    with rasterio.Env(GDAL_NUM_THREADS=THREADS, GDAL_CACHEMAX=512):
        for band, path in images.items():
            with rasterio.open(path) as source:
                values = source.read(1, out_shape=(profile["height"], profile["width"]), resampling=Resampling.bilinear)
            _encode(values, profile, out / f"{band}.tif")


def _encode(values: object, profile: dict[str, object], path: Path) -> None:
    with rasterio.open("memory", "w", driver="MEM", count=1, nodata=0, **profile) as scratch:
        scratch.write(values, 1)
        copy(scratch, path, driver="COG", overview_resampling="AVERAGE", **OPTIONS)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
