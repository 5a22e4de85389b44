"""Labelled polygons over a stack of composites as samples: some pixels of each, the attribute as their class."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer
from rasterio.features import rasterize
from rasterio.windows import Window

from eo.errors import InvalidSamples, NoOverlap
from eo.io.sample_arrays import SampleMeta, Samples
from eo.io.time_stack import TimeStack
from eo.io.vectors import read_labelled
from eo.learning.card import CropClass, Periods
from eo.optical.reflectance import NODATA, OFFSET, SCALE
from eo.timeseries.periods import Period
from eo.timeseries.timesen2crop import CLASSES

PALETTE = (
    "#ffd500", "#8fd175", "#1f5fd6", "#c4003c", "#00693c", "#ff7f00", "#6a1fa0", "#00d5d5", "#8c510a", "#f781bf",
    "#d8f53c", "#b79ce6", "#3f3f46", "#86c4f0", "#fdbf8a", "#b8b8b8",
)  # fmt: skip
MOST_CLASSES = 250
_BLOCK = 512


@dataclass(frozen=True)
class LabelledPixels:
    """Pixels of polygons in rows and columns of a stack's grid, with the polygon and the class of each."""

    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    polygon: NDArray[np.int64]
    position: NDArray[np.int64]


def sample_polygons(path: Path, attribute: str, stack: TimeStack, most_per_polygon: int, seed: int) -> Samples:
    """Return up to so many pixels of each polygon as samples; groups are the polygons.

    Pixels belong to a polygon that holds their centre, where polygons overlap to the last; pixels that were never seen
    are left out.

    Args:
        path: GeoJSON, KML, GeoPackage or zipped Shapefile, whose `attribute` is the class.

    Raises:
        InvalidVector: not such a file, or the attribute is missing; the message names those there are.
        NoOverlap: no polygon lies over the stack, or none holds a pixel's centre.
        InvalidSamples: one class only, or more than fit.
    """
    geometries, values = read_labelled(path, attribute)
    classes, positions = _classes(values, attribute)
    to_grid = Transformer.from_crs("EPSG:4326", stack.grid.crs, always_xy=True).transform
    placed = [shapely.transform(g, to_grid, interleaved=False) for g in geometries]
    pixels = _choose(placed, positions, stack, most_per_polygon, seed)
    series = _read(stack, pixels)
    seen = np.isfinite(series).any(axis=(1, 2))
    y = np.array([c.value for c in classes], np.int64)[pixels.position[seen]]
    if len(np.unique(y)) < 2:
        raise InvalidSamples(
            f"The polygons over the stack have {len(np.unique(y))} class only, of {len(classes)} in {attribute!r}.",
            hint="Draw polygons of two classes or more within the stack.",
        )
    meta = SampleMeta(
        bands=tuple(stack.names),
        classes=classes,
        periods=_periods(stack.periods),
        source=f"{len(np.unique(pixels.polygon[seen]))} polygons over a stack of composites",
        gaps=bool(np.isnan(series[seen]).any()),
    )
    samples = Samples(series[seen], y, meta, pixels.polygon[seen])
    return Samples(samples.x, samples.y, meta, samples.groups, _digest(samples))


def _classes(values: Sequence[object], attribute: str) -> tuple[tuple[CropClass, ...], NDArray[np.int64]]:
    """Return a class per different value, whole numbers as they are, and the position of each polygon's class."""
    names = [str(value).strip() for value in values]
    whole = all(isinstance(v, int | np.integer) and 0 <= v <= 254 for v in values)
    different = sorted(set(names), key=int if whole else str)
    if len(different) > MOST_CLASSES:
        raise InvalidSamples(
            f"{attribute!r} has {len(different)} different values; up to {MOST_CLASSES} classes are taken.",
            hint="Choose the attribute that holds the class, not a number of each polygon.",
        )
    colours = _colours(different)
    classes = tuple(
        CropClass(
            value=int(name) if whole else number,
            name=(f"class {name}" if whole else name)[:80] or "(empty)",
            colour=colours[number],
        )
        for number, name in enumerate(different)
    )
    return classes, np.array([different.index(name) for name in names])


def _colours(names: Sequence[str]) -> list[str]:
    """Return the colours that crops are known by, and for the others different ones as long as there are."""
    known = {c.name.lower(): c.colour for c in CLASSES}
    taken = {known[name.lower()] for name in names if name.lower() in known}
    free = cycle([colour for colour in PALETTE if colour not in taken] or PALETTE)
    return [known.get(name.lower()) or next(free) for name in names]


def _choose(
    polygons: Sequence[shapely.Geometry], positions: NDArray[np.int64], stack: TimeStack, most: int, seed: int
) -> LabelledPixels:
    grid = stack.grid
    extent = shapely.box(*grid.bounds)
    inside = [(number, g) for number, g in enumerate(polygons) if g.intersects(extent)]
    if not inside:
        raise NoOverlap(
            f"None of the {len(polygons)} polygons lies over the stack.",
            hint="Draw polygons within the stack's area, or harmonise the area that they lie in.",
        )
    numbers = rasterize(
        ((g, number + 1) for number, g in inside), (grid.height, grid.width), transform=grid.transform, dtype="int32"
    )
    rows, columns = np.nonzero(numbers)
    if not len(rows):
        raise NoOverlap(
            f"The polygons over the stack ({len(inside)}) hold no pixel's centre.", hint="Draw larger polygons."
        )
    polygon = numbers[rows, columns].astype(np.int64) - 1
    kept = _some_of_each(polygon, most, np.random.default_rng(seed))
    return LabelledPixels(rows[kept], columns[kept], polygon[kept], positions[polygon[kept]])


def _some_of_each(polygon: NDArray[np.int64], most: int, random: np.random.Generator) -> NDArray[np.int64]:
    """Return indices of at most so many pixels of each polygon, in the order that they came in."""
    order = random.permutation(len(polygon))
    order = order[np.argsort(polygon[order], kind="stable")]
    ordered = polygon[order]
    first = np.searchsorted(ordered, ordered, side="left")
    return np.sort(order[np.arange(len(order)) - first < most])


def _read(stack: TimeStack, pixels: LabelledPixels) -> NDArray[np.float32]:
    """Return (pixels, periods, bands) reflectance, NaN for no data, read block by block."""
    series = np.full((len(pixels.rows), len(stack.periods), len(stack.names)), np.nan, np.float32)
    for window, here in _blocks(stack, pixels):
        stored = stack.read(window)
        picked = stored[:, :, pixels.rows[here] - window.row_off, pixels.columns[here] - window.col_off]
        values = picked.astype(np.float32) * np.float32(SCALE) + np.float32(OFFSET)
        series[here] = np.where(picked == NODATA, np.nan, values).transpose(2, 0, 1)
    return series


def _blocks(stack: TimeStack, pixels: LabelledPixels) -> Iterator[tuple[Window, NDArray[np.int64]]]:
    """Yield the windows that hold pixels, with the indices of these."""
    across = -(-stack.grid.width // _BLOCK)
    block = pixels.rows // _BLOCK * across + pixels.columns // _BLOCK
    for number in np.unique(block):
        row, column = divmod(int(number), across)
        height = min(_BLOCK, stack.grid.height - row * _BLOCK)
        width = min(_BLOCK, stack.grid.width - column * _BLOCK)
        yield Window(column * _BLOCK, row * _BLOCK, width, height), np.flatnonzero(block == number)


def _periods(periods: Sequence[Period]) -> Periods:
    """Say what the periods are: months, or so many days each."""
    lengths = {(p.end - p.start).days for p in periods}
    monthly = all(p.start.day == 1 and 28 <= (p.end - p.start).days <= 31 for p in periods)
    days = None if monthly else min(lengths)
    return Periods(count=len(periods), days=days, first_month=periods[0].start.month)


def _digest(samples: Samples) -> str:
    whole = hashlib.sha256()
    for array in (samples.x, samples.y, samples.groups):
        whole.update(np.ascontiguousarray(array).tobytes())
    return whole.hexdigest()
