"""What the CF conventions ask of a gridded file: coordinates, grid mapping, packing. Source: CF-1.11, 4, 5.6, 8.1."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from eo.io.band_spec import BandSpec
from eo.io.grid import Grid

GRID_MAPPING = "spatial_ref"
CONVENTIONS = "CF-1.11"


def dimensions(grid: Grid) -> tuple[str, str]:
    """Return the names of the two dimensions, rows first."""
    return ("y", "x") if grid.pyproj_crs.is_projected else ("lat", "lon")


def coordinates(grid: Grid) -> dict[str, tuple[NDArray[np.floating[Any]], dict[str, str]]]:
    """Return values and attributes of the coordinate variables: pixel centres."""
    rows, columns = dimensions(grid)
    y = grid.transform.f + (np.arange(grid.height) + 0.5) * grid.transform.e
    x = grid.transform.c + (np.arange(grid.width) + 0.5) * grid.transform.a
    if grid.pyproj_crs.is_projected:
        unit = grid.pyproj_crs.axis_info[0].unit_name
        units = "m" if unit == "metre" else unit
        names = ("projection_y_coordinate", "projection_x_coordinate")
        about = [{"standard_name": n, "units": units} for n in names]
    else:
        about = [
            {"standard_name": "latitude", "units": "degrees_north"},
            {"standard_name": "longitude", "units": "degrees_east"},
        ]
    return {rows: (y, {**about[0], "axis": "Y"}), columns: (x, {**about[1], "axis": "X"})}


def grid_mapping(grid: Grid) -> dict[str, Any]:
    """Return the attributes of the grid mapping variable; GDAL's own two stand beside CF's."""
    found = {k: v for k, v in grid.pyproj_crs.to_cf().items() if v is not None and not isinstance(v, dict)}
    t = grid.transform
    return {
        **{k: list(v) if isinstance(v, tuple) else v for k, v in found.items()},
        "spatial_ref": grid.pyproj_crs.to_wkt(),
        "GeoTransform": f"{t.c!r} {t.a!r} {t.b!r} {t.f!r} {t.d!r} {t.e!r}",
    }


def band_attributes(band: BandSpec) -> dict[str, Any]:
    """Return the attributes of a data variable, without the fill value, which each format sets in its own way."""
    attributes: dict[str, Any] = {
        "long_name": band.description or band.name,
        "units": band.unit or "1",
        "grid_mapping": GRID_MAPPING,
    }
    if (band.scale, band.offset) != (1.0, 0.0):
        attributes |= {"scale_factor": band.scale, "add_offset": band.offset}
    if band.classes:
        values = np.array(list(band.classes), band.dtype)
        words = (name.replace(" ", "_") for name in band.classes.values())
        attributes |= {"flag_values": values, "flag_meanings": " ".join(words)}
        del attributes["units"]
    return attributes
