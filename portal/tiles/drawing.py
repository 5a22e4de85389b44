"""The picture of a tile: PNG by our own encoder, whatever else may be asked for by TiTiler's."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rio_tiler.models import ImageData
from titiler.core.resources.enums import ImageType
from titiler.core.utils import render_image

from eo.io.png import Colour, colour_png, palette_png
from portal.tiles.parameters import Limits, Ramp
from portal.tiles.problems import TileProblem
from portal.tiles.reader import limits_of

TRANSPARENT = (0, 0, 0, 0)
_BY_DEFAULT = ImageType.png


def draw_image(
    image: ImageData,
    *,
    output_format: ImageType | None = None,
    colormap: Ramp | None = None,
    rescale: Sequence[Limits] | None = None,
) -> tuple[bytes, str]:
    """Return a tile as a picture, and its media type.

    Args:
        colormap: colours by value for one band: of an 8-bit raster without limits its classes, else a ramp.
        rescale: darkest and brightest stored number, for all bands or for each; None: 2nd and 98th percentile.

    Raises:
        TileProblem: bands, limits and ramp that do not go together.
    """
    output_format = output_format or _BY_DEFAULT
    stored, seen = image.array.data, ~np.ma.getmaskarray(image.array)[0]
    if colormap and len(stored) != 1:
        raise TileProblem(422, "invalid_parameter", "A ramp colours one band.", "Give one bidx beside colormap_name.")
    if rescale and len(rescale) not in (1, len(stored)):
        hint = "Give rescale once, or once for each band."
        raise TileProblem(422, "invalid_parameter", f"{len(rescale)} times rescale, but {len(stored)} bands.", hint)
    about = image.metadata or {}
    classes = bool(colormap) and not rescale and stored.dtype == np.uint8
    if not (classes or rescale):
        rescale = [limits_of(about["source"], band) for band in about["bands"]]
    if output_format is not ImageType.png:
        content, media_type = render_image(image, colormap=colormap, output_format=output_format, rescale=rescale)
        return bytes(content), str(media_type)
    if classes and colormap:
        return draw_classes(stored[0], seen, colormap), ImageType.png.mediatype
    return draw(stored, seen, rescale or [], colormap), ImageType.png.mediatype


def draw(
    stored: NDArray[Any], seen: NDArray[np.bool_], limits: Sequence[Limits], colormap: Ramp | None = None
) -> bytes:
    """Return the PNG of a tile, one band through a ramp (grey without one), three as red, green, blue.

    Args:
        stored: (band, row, column).
        seen: (row, column), False where transparent.
        limits: darkest and brightest of each band, or of all.
    """
    each = limits if len(limits) == len(stored) else list(limits) * len(stored)
    planes = [_scaled(band, *pair) for band, pair in zip(stored, each, strict=True)]
    if len(planes) == 1:
        palette = ramp_palette(tuple(tuple(colormap[v]) for v in range(256)) if colormap else None)
        return palette_png(np.where(seen, np.maximum(planes[0], 1), 0).astype(np.uint8), palette)
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


@lru_cache(maxsize=64)
def ramp_palette(ramp: tuple[Colour, ...] | None) -> tuple[Colour, ...]:
    """Return a ramp of 256 colours, grey for None, as a palette: index 0 is transparent, 1 to 255 run through it."""
    if ramp is None:
        return (TRANSPARENT, *((v, v, v, 255) for v in range(1, 256)))
    return (TRANSPARENT, *(ramp[round((v - 1) * 255 / 254)] for v in range(1, 256)))


def _scaled(band: NDArray[Any], low: float, high: float) -> NDArray[np.uint8]:
    """Return 0 for low and below, 255 for high and above, rounded between; NaN becomes 0."""
    scaled = (band.astype(np.float32) - np.float32(low)) * np.float32(255 / (high - low)) + np.float32(0.5)
    drawn: NDArray[np.uint8] = np.nan_to_num(np.clip(scaled, 0, 255), nan=0.0).astype(np.uint8)
    return drawn
