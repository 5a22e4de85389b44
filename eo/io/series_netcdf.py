"""Series of looks in NetCDF files, one variable (time, y, x) per band, as scenes: one product per time.

Files of one place at several resolutions (10 m, 20 m) make one series. Numbers are as scale_factor, add_offset and
_FillValue say, else reflectance × 10000 with 65535 for no data; a variable SCL is the scene classification.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from shapely.geometry.base import BaseGeometry

from eo.errors import InvalidProduct
from eo.io.grid import grid_of
from eo.io.netcdf_image import NETCDF_LOCK, address, attributes_of, moments, open_netcdf, time_of
from eo.io.product import Product, RasterSource
from eo.io.sentinel2_bands import BAND_ORDER, band_name, spectral_bands

PRODUCT_TYPE = "S2-SERIES"
_OPENEO = "S2-L2A-"
_SCALE = 1e-4
_NODATA = 65_535.0


@dataclass
class _Look:
    bands: dict[str, list[RasterSource]] = field(default_factory=dict)
    layers: dict[str, list[RasterSource]] = field(default_factory=dict)


def is_series(path: Path) -> bool:
    """Say whether a path is a NetCDF file, or a folder that holds some of Sentinel-2, by name only."""
    return path.suffix == ".nc" or (path.is_dir() and any(path.glob("S2*.nc")))


def find_series(root: Path) -> list[Path]:
    """Return the folders below (or at) a folder that hold series, in order of name."""
    return sorted({file.parent for file in root.rglob("S2*.nc")})


def read_series(path: Path) -> list[Product]:
    """Return the looks of a series in the order of time.

    Raises:
        InvalidProduct: no bands over time, or a file that cannot be opened.
    """
    files = [path] if path.is_file() else sorted(path.glob("S2*.nc"))
    looks: dict[datetime, _Look] = {}
    for file in files:
        _add(file, looks)
    if not any(look.bands for look in looks.values()):
        raise InvalidProduct(f"{path.name} holds no bands over time.", hint="Variables are B02, B03 … (time, y, x).")
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.name} {file.stat().st_size}".encode())
    whole = [(when, look) for when, look in sorted(looks.items()) if look.bands]
    return [_product(path, when, look, digest.hexdigest()) for when, look in whole]


def _add(file: Path, looks: dict[datetime, _Look]) -> None:
    with NETCDF_LOCK, open_netcdf(file) as source:
        times = time_of(source)
        if times is None:
            raise InvalidProduct(f"{file.name} has no time.", hint="A coordinate with units 'days since …' is needed.")
        when = moments(times)
        for name, variable in source.variables.items():
            if variable.ndim == 3 and variable.dimensions[0] == times.dimensions[0]:
                _add_planes(address(file, name), name, variable, [looks.setdefault(m, _Look()) for m in when])


def _add_planes(image: str, name: str, variable: Any, looks: Sequence[_Look]) -> None:
    band = band_name(name.removeprefix(_OPENEO))
    if not band and name != "SCL":
        return
    pixel_m = grid_of(image).pixel_size_m[0]
    about = attributes_of(variable)
    nodata = float(about.get("_FillValue", _NODATA))
    scale, offset = float(about.get("scale_factor", _SCALE)), float(about.get("add_offset", 0.0))
    for index, look in enumerate(looks, 1):
        if band:
            found = RasterSource(image, index, pixel_m, nodata, None, scale, offset)
            look.bands.setdefault(band, []).append(found)
        else:
            look.layers.setdefault("SCL", []).append(RasterSource(image, index, pixel_m, 0.0))


def _product(path: Path, when: datetime, look: _Look, fingerprint: str) -> Product:
    def ordered(found: Mapping[str, Sequence[RasterSource]]) -> dict[str, list[RasterSource]]:
        return {name: sorted(sources, key=lambda s: s.resolution_m) for name, sources in found.items()}

    bands = ordered(look.bands)
    return Product(
        name=f"{path.stem} {when:%Y%m%dT%H%M}",
        platform="sentinel-2a",
        product_type=PRODUCT_TYPE,
        level="L2A",
        tile=None,
        datetime=when,
        cloud_cover=None,
        footprint=_footprint(next(iter(bands.values()))[0].path),
        baseline=None,
        relative_orbit=None,
        size_bytes=path.stat().st_size,
        metadata_path=str(path),
        fingerprint=fingerprint,
        bands={name: bands[name] for name in BAND_ORDER if name in bands},
        layers=ordered(look.layers),
        spectral=spectral_bands("sentinel-2a"),
    )


@lru_cache(maxsize=16)
def _footprint(image: str) -> BaseGeometry:
    return grid_of(image).footprint()
