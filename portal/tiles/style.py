"""How a raster is drawn: the parameters of a tile, checked, and the picture made by them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasterio.io import DatasetReader
from rio_tiler.colormap import cmap

from eo.io.png import Colour, colour_png, palette_png
from portal.tiles.problems import TileProblem, invalid

TRANSPARENT = (0, 0, 0, 0)
Limits = tuple[float, float]
Query = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Style:
    """What to draw and how.

    Args:
        bands: one band (through a ramp), or red, green, blue; from 1.
        rescale: stored numbers of darkest and brightest, for all bands or for each; None: by percentiles.
        ramp: name of a colour ramp; None: the file's own class colours, else grey.
    """

    bands: tuple[int, ...]
    rescale: tuple[Limits, ...] | None
    ramp: str | None


def read_style(query: Query, raster: DatasetReader) -> Style:
    """Return the style that a query asks for.

    Raises:
        TileProblem: an unknown parameter, or a value that cannot be used.
    """
    only(query, ("bidx", "rescale", "colormap_name"))
    ramp = next((value.lower() for name, value in query if name == "colormap_name" and value), None)
    if ramp is not None and ramp not in ramps():
        raise invalid("colormap_name", ramp, "Among others there are: viridis, magma, gray, ylgn, rdylgn, rdbu_r.")
    bands = read_bands(query, raster) or ((1, 2, 3) if raster.count >= 3 and ramp is None else (1,))
    if len(bands) not in (1, 3):
        raise TileProblem(422, "invalid_parameter", f"{len(bands)} bands cannot be drawn.", "Give one bidx, or three.")
    limits = tuple(_limits(value) for name, value in query if name == "rescale")
    if len(limits) not in (0, 1, len(bands)):
        hint = "Give rescale once, or once for each band."
        raise TileProblem(422, "invalid_parameter", f"{len(limits)} times rescale, but {len(bands)} bands.", hint)
    return Style(bands, limits or None, ramp)


def only(query: Query, known: Sequence[str]) -> None:
    """Refuse parameters that do not exist: a misspelt one must not be lost in silence."""
    for name, _ in query:
        if name not in known:
            hint = f"There are: {', '.join(known)}." if known else "It takes none."
            raise TileProblem(422, "unknown_parameter", f"There is no parameter {name[:40]!r}.", hint)


def read_bands(query: Query, raster: DatasetReader) -> tuple[int, ...]:
    """Return the bands that a query names.

    Raises:
        TileProblem: not in the file.
    """
    named = [value for name, value in query if name == "bidx"]
    for value in named:
        if not (value.isascii() and value.isdigit() and 1 <= int(value[:6]) <= raster.count):
            raise invalid("bidx", value, f"The file has the bands 1 to {raster.count}.")
    return tuple(int(value) for value in named[:64])


def _limits(text: str) -> Limits:
    try:
        low, high = (float(part) for part in text.split(","))
    except ValueError:
        raise invalid("rescale", text, "Give two numbers with a comma between: 0,3000.") from None
    if not (abs(low) < float("inf") and abs(high) < float("inf") and low < high):
        raise invalid("rescale", text, "Give finite numbers, the lower first.")
    return low, high


@lru_cache(maxsize=1)
def ramps() -> frozenset[str]:
    """Return the names of the colour ramps."""
    return frozenset(cmap.list())


@lru_cache(maxsize=64)
def ramp_palette(name: str | None) -> tuple[Colour, ...]:
    """Return a ramp as 256 colours: index 0 is transparent, 1 to 255 run through the ramp."""
    if name is None:
        return (TRANSPARENT, *((v, v, v, 255) for v in range(1, 256)))
    table: Any = cmap.get(name)
    return (TRANSPARENT, *(tuple(table[round((v - 1) * 255 / 254)]) for v in range(1, 256)))


def draw(stored: NDArray[Any], seen: NDArray[np.bool_], limits: Sequence[Limits], ramp: str | None = None) -> bytes:
    """Return the PNG of a tile, one band through a ramp (grey without a name), three as red, green, blue.

    Args:
        stored: (band, row, column).
        seen: (row, column), False where transparent.
        limits: darkest and brightest of each band, or of all.
    """
    each = limits if len(limits) == len(stored) else list(limits) * len(stored)
    planes = [_scaled(band, *pair) for band, pair in zip(stored, each, strict=True)]
    if len(planes) == 1:
        return palette_png(np.where(seen, np.maximum(planes[0], 1), 0).astype(np.uint8), ramp_palette(ramp))
    if not seen.all():
        planes.append(seen.view(np.uint8) * np.uint8(255))
    return colour_png(np.stack(planes, axis=-1))


def draw_classes(stored: NDArray[np.uint8], seen: NDArray[np.bool_], colours: Mapping[int, Colour]) -> bytes:
    """Return the PNG of a class raster (row, column) in the file's own colours."""
    palette = [colours.get(value, TRANSPARENT) for value in range(256)]
    used = np.bincount(stored[seen], minlength=256)
    free = 255 - int(np.argmin(used[::-1]))  # the last value that no pixel has, if there is one
    if seen.all() or used[free]:
        return palette_png(stored, palette)
    palette[free] = TRANSPARENT
    return palette_png(np.where(seen, stored, np.uint8(free)), palette)


def _scaled(band: NDArray[Any], low: float, high: float) -> NDArray[np.uint8]:
    """Return 0 for low and below, 255 for high and above, rounded between; NaN becomes 0."""
    scaled = (band.astype(np.float32) - np.float32(low)) * np.float32(255 / (high - low)) + np.float32(0.5)
    drawn: NDArray[np.uint8] = np.nan_to_num(np.clip(scaled, 0, 255), nan=0.0).astype(np.uint8)
    return drawn
