"""What SNAP wrote, band by band, and the check that there is something in it.

Source: BEAM-DIMAP, the format of SNAP: `<name>.dim`, XML with what is known of the bands, and `<name>.data`, an ENVI
image of each (`.img` and `.hdr`).
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray
from pyproj import CRS
from pyproj.exceptions import CRSError
from rasterio.io import DatasetReader
from rasterio.windows import Window

from eo.errors import InvalidProduct
from eo.io.grid import Grid
from eo.io.safe import parse_xml
from eo.snap.errors import EmptyOutput

BLOCK_ROWS = 512
_BYTES = {"uint8": 1, "int8": 1, "int16": 2, "uint16": 2, "int32": 4, "uint32": 4, "float32": 4, "float64": 8}
_AUTHORITY = re.compile(r'AUTHORITY\["EPSG",\s*"(\d+)"\]\s*\]\s*$')
_HINT = "Look at the log of SNAP; often the DEM or the orbit file does not cover the scene."


@dataclass(frozen=True)
class Band:
    """One band that SNAP wrote.

    Args:
        name: as SNAP calls it.
        index: band of the file, from 1.
        nodata: stored number that means no data, None where there is none.
        grid: of the product.
    """

    name: str
    path: Path
    index: int
    nodata: float | None
    grid: Grid

    @contextmanager
    def open(self) -> Iterator[DatasetReader]:
        """Open the file.

        Raises:
            EmptyOutput: it cannot be opened.
        """
        with _readable(self.path):
            image = rasterio.open(self.path, driver="GTiff" if _is_geotiff(self.path) else "ENVI")
        with image:
            yield image

    def read(self, image: DatasetReader, window: Window) -> NDArray[np.float32]:
        """Return a window of the file, or of a view of it, with NaN where there is no data.

        Raises:
            EmptyOutput: it cannot be read.
        """
        with _readable(self.path):
            values: NDArray[Any] = image.read(self.index, window=window)
        missing = ~np.isfinite(values) if self.nodata is None else ~np.isfinite(values) | (values == self.nodata)
        return np.where(missing, np.nan, values).astype(np.float32)


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except rasterio.errors.RasterioError as error:
        raise EmptyOutput(f"{path.name}, which SNAP wrote, cannot be read: {error}.", hint=_HINT) from None


def read_product(path: Path) -> tuple[Band, ...]:
    """Return the bands of a product: of a `.dim`, or of a GeoTIFF whose bands have names.

    Raises:
        EmptyOutput: the file, its bands or their images are not there, or are cut off.
    """
    if not path.is_file():
        raise EmptyOutput(f"SNAP ended well and did not write {path.name}.", hint=_HINT)
    try:
        bands = _geotiff(path) if _is_geotiff(path) else _dimap(path)
    except (InvalidProduct, KeyError, ValueError, CRSError) as error:
        raise EmptyOutput(f"{path.name}, which SNAP wrote, cannot be read: {error}.", hint=_HINT) from None
    if not bands:
        raise EmptyOutput(f"{path.name}, which SNAP wrote, holds no bands.", hint=_HINT)
    return bands


def check_pixels(bands: tuple[Band, ...]) -> None:
    """Refuse bands without a single number other than zero and no data.

    Raises:
        EmptyOutput: names them.
    """
    empty = [band.name for band in bands if _is_empty(band)]
    if empty:
        raise EmptyOutput(f"SNAP ended well, but there is no data in {', '.join(empty)}.", hint=_HINT)


def _is_empty(band: Band) -> bool:
    with band.open() as image:
        for row in range(0, image.height, BLOCK_ROWS):
            rows = Window(0, row, image.width, min(BLOCK_ROWS, image.height - row))
            values = band.read(image, rows)
            if (np.isfinite(values) & (values != 0)).any():
                return False
    return True


def _is_geotiff(path: Path) -> bool:
    return path.suffix.lower() in (".tif", ".tiff")


def _geotiff(path: Path) -> tuple[Band, ...]:
    try:
        with rasterio.open(path, driver="GTiff") as image:
            grid = Grid(_crs(image.crs.to_wkt()), image.transform, image.width, image.height)
            names = [name or f"band_{i}" for i, name in enumerate(image.descriptions, 1)]
            return tuple(Band(n, path, i, image.nodatavals[i - 1], grid) for i, n in enumerate(names, 1))
    except (rasterio.errors.RasterioError, AttributeError) as error:
        raise InvalidProduct(str(error)) from None


def _dimap(path: Path) -> tuple[Band, ...]:
    root = parse_xml(path.read_bytes(), path.name)
    grid = _grid(root)
    files = {e.findtext("BAND_INDEX"): _href(e) for e in root.iter("Data_File")}
    return tuple(_band(e, files, path, grid) for e in root.iter("Spectral_Band_Info") if _is_stored(e))


def _is_stored(information: Element) -> bool:
    """Virtual bands are formulas, without an image."""
    return information.findtext("VIRTUAL_BAND") != "true"


def _grid(root: Element) -> Grid:
    size = [int(_text(root, f".//Raster_Dimensions/{name}")) for name in ("NCOLS", "NROWS")]
    terms = [float(t) for t in _text(root, ".//IMAGE_TO_MODEL_TRANSFORM").split(",")]
    # Java's order: x scale, y shear, x shear, y scale, x, y
    transform = Affine(terms[0], terms[2], terms[4], terms[1], terms[3], terms[5])
    return Grid(_crs(_text(root, ".//Coordinate_Reference_System/WKT")), transform, *size)


def _crs(wkt: str) -> str:
    """Return `EPSG:n` where the WKT ends with one, or is known for one: SNAP has longitude first in EPSG:4326."""
    crs = CRS.from_wkt(wkt)
    told = _AUTHORITY.search(wkt)
    code = told.group(1) if told else crs.to_epsg()
    return f"EPSG:{code}" if code else crs.to_wkt()


def _band(information: Element, files: dict[str | None, str], path: Path, grid: Grid) -> Band:
    name, index = _text(information, "BAND_NAME"), information.findtext("BAND_INDEX")
    # The header is named in the XML; the image lies beside it.
    image = (path.parent / files[index]).with_suffix(".img")
    kind = _text(information, "DATA_TYPE")
    expected = grid.width * grid.height * _BYTES[kind]
    if not image.is_file() or image.stat().st_size < expected:
        there = image.stat().st_size if image.is_file() else 0
        raise EmptyOutput(f"Of {name}, SNAP wrote {there} bytes instead of {expected}.", hint=_HINT)
    used = information.findtext("NO_DATA_VALUE_USED") == "true"
    nodata = float(_text(information, "NO_DATA_VALUE")) if used else None
    return Band(name, image, 1, nodata, grid)


def _href(data_file: Element) -> str:
    path = data_file.find("DATA_FILE_PATH")
    href = path.get("href", "") if path is not None else ""
    if not re.fullmatch(r"(?:\./)?[^/\\]+\.data/[^/\\]+\.hdr", href):
        raise InvalidProduct(f"it names {href!r} as an image")
    return href


def _text(element: Element, path: str) -> str:
    found = element.findtext(path)
    if not found:
        raise InvalidProduct(f"it has no {path.rpartition('/')[2]}")
    return found.strip()
