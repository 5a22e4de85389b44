"""Small series of scenes, written by hand: THEIA folders, and NetCDF series with scene classes."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import netCDF4
import numpy as np
import rasterio
from rasterio.crs import CRS
from rasterio.transform import from_origin

WEST, NORTH, EPSG, SIZE = 600_000, 5_000_040, 32_633, 40
BANDS = ("B02", "B03", "B04", "B05", "B06", "B07", "B8A", "B11", "B12")
CLOUD_BIT, SHADOW_BIT = 2, 32


def write_tif(path: Path, values: np.ndarray, *, west=WEST, north=NORTH, epsg=EPSG, pixel_m=10, nodata=None) -> Path:
    """Write one band as GeoTIFF."""
    path.parent.mkdir(parents=True, exist_ok=True)
    profile = {"driver": "GTiff", "count": 1, "height": values.shape[0], "width": values.shape[1]}
    place = {"crs": f"EPSG:{epsg}", "transform": from_origin(west, north, pixel_m, pixel_m)}
    with rasterio.open(path, "w", **profile, **place, dtype=values.dtype, nodata=nodata) as target:
        target.write(values, 1)
    return path


def make_theia(
    folder: Path,
    when: str,
    bands: Mapping[str, np.ndarray],
    clm: np.ndarray | None = None,
    *,
    unit: str = "A",
    tile: str = "33TWL",
    **place,
) -> Path:
    """Write one THEIA scene: reflectance × 10000, no data −10000; `when` as 20230601 or 20230601-100031."""
    moment = when if "-" in when else f"{when}-100031"
    name = f"SENTINEL2{unit}_{moment}-000_L2A_T{tile}_D_V1-8"
    for band, values in bands.items():
        short = band if band == "B8A" else f"B{int(band[1:])}"
        write_tif(folder / name / f"{name}_FRE_{short}.tif", values.astype(np.int16), **place)
    if clm is not None:
        write_tif(folder / name / "MASKS" / f"{name}_CLM_R1.tif", clm.astype(np.uint8), **place)
    return folder / name


def write_series(
    path: Path,
    days: Sequence[str],
    bands: Mapping[str, np.ndarray],
    scl: np.ndarray | None = None,
    *,
    pixel_m: float = 10,
    fill: int = 0,
    upwards: bool = False,
    hours: bool = False,
) -> Path:
    """Write a NetCDF series as openEO gives it: (time, y, x) per band, reflectance × 10000.

    `upwards`: rows go from south to north. `hours`: time counts hours, not days.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    rows, columns = next(iter(bands.values())).shape[1:]
    with netCDF4.Dataset(path, "w") as target:
        for name, size in (("t", len(days)), ("y", rows), ("x", columns)):
            target.createDimension(name, size)
        time = target.createVariable("t", "i4", ("t",))
        time.units = "hours since 1990-01-01" if hours else "days since 1990-01-01"
        elapsed = [datetime.fromisoformat(day) - datetime(1990, 1, 1) for day in days]
        time[:] = [round(one.total_seconds() / (3600 if hours else 86_400)) for one in elapsed]
        target.createVariable("x", "f8", ("x",))[:] = WEST + pixel_m * (np.arange(columns) + 0.5)
        y = NORTH - pixel_m * (np.arange(rows) + 0.5)
        target.createVariable("y", "f8", ("y",))[:] = y[::-1] if upwards else y
        target.createVariable("crs", "i4").spatial_ref = CRS.from_epsg(EPSG).to_wkt()
        layers = {**bands, **({"SCL": scl} if scl is not None else {})}
        for name, values in layers.items():
            kind = "u1" if name == "SCL" else "u2"
            variable = target.createVariable(name, kind, ("t", "y", "x"), fill_value=0 if name == "SCL" else fill)
            variable.set_auto_maskandscale(False)
            variable.setncatts({"grid_mapping": "crs", "scale_factor": 1.0 if name == "SCL" else 1e-4})
            variable[:] = (values[:, ::-1] if upwards else values).astype(kind)
    return path
