"""One block of a stack: read the clear looks of each period, compose them, fill the gaps."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rasterio.windows import Window

from eo.io.cloud_masks import read_clouds
from eo.io.grid import Grid
from eo.io.warp import read_block
from eo.optical.masks import MaskClass
from eo.optical.reflectance import NODATA, SATURATED, repack
from eo.timeseries.composites import composite, count_clear
from eo.timeseries.gaps import fill_gaps
from services.s2_harmonisation.series import Look, Part, Series, middles

BLOCK_BYTES = 80 << 20
"""What the looks of one period, and what the composites of a block, may hold each."""
_EDGES = (512, 256, 128, 64)
_SHARED_PIXELS = 2048


@dataclass(frozen=True)
class Block:
    """What one block of the result holds: composites (periods, bands, rows, columns), looks and filling per period."""

    composites: NDArray[np.uint16]
    clear_looks: NDArray[np.uint8]
    filling: NDArray[np.uint8]


def edge_pixels(series: Series) -> int:
    """Return the edge of blocks that keeps memory bounded, whatever the number of dates and periods."""
    most = max(len(looks) for looks in series.looks)
    planes = max(most * (len(series.names) + 1), len(series.periods) * len(series.names))
    return next((edge for edge in _EDGES if 2 * planes * edge**2 <= BLOCK_BYTES), _EDGES[-1])


def windows(series: Series) -> Iterator[Window]:
    """Yield the blocks, neighbours together: they share the tiles of the source images."""
    grid, edge = series.grid, edge_pixels(series)
    for shared in grid.blocks(_SHARED_PIXELS):
        for part in grid.block(shared).blocks(edge):
            yield Window(shared.col_off + part.col_off, shared.row_off + part.row_off, part.width, part.height)


def compute(series: Series, window: Window) -> Block:
    """Return one block of the result."""
    rows, columns = int(window.height), int(window.width)
    out = np.zeros((len(series.periods), len(series.names), rows * columns), np.uint16)
    number = np.zeros((len(series.periods), rows * columns), np.uint8)
    red, near = (series.names.index(name) if name in series.names else None for name in ("B04", "B8A"))
    for period, looks in enumerate(series.looks):
        values, clear = _read(series, looks, window)
        if len(values):
            out[period] = composite(values, clear, series.method, red=red, near=near)
            number[period] = count_clear(values, clear)
    if series.gap_limit_days > 0:
        state = fill_gaps(out, middles(series), series.gap_limit_days, hold=series.hold_ends)
    else:
        state = (out[:, 0] != NODATA).astype(np.uint8)
    return Block(
        out.reshape(*out.shape[:2], rows, columns),
        number.reshape(-1, rows, columns),
        state.reshape(-1, rows, columns),
    )


def _read(series: Series, looks: tuple[Look, ...], window: Window) -> tuple[NDArray[np.uint16], NDArray[np.bool_]]:
    """Return (looks, bands, pixels) and (looks, pixels) of the looks that see anything here."""
    pixels = int(window.height * window.width)
    values = np.empty((len(looks), len(series.names), pixels), np.uint16)
    clear = np.empty((len(looks), pixels), np.bool_)
    used = 0
    for look in looks:
        if _read_look(series, look, window, values[used], clear[used]):
            used += 1
    return values[:used], clear[:used]


def _read_look(
    series: Series, look: Look, window: Window, values: NDArray[np.uint16], clear: NDArray[np.bool_]
) -> bool:
    """Read one look: of scenes that overlap the first clear one counts. Say whether anything is clear."""
    any_clear = False
    for part in look:
        seen = _clear(part, series.grid, window)
        if not seen.any():
            continue
        if not any_clear:
            any_clear = _read_part(series, part, window, seen, values, clear)
            continue
        others, more = np.empty_like(values), np.empty_like(clear)
        _read_part(series, part, window, seen & ~clear, others, more)
        np.copyto(values, others, where=more)
        clear |= more
    return any_clear


def _read_part(
    series: Series,
    part: Part,
    window: Window,
    seen: NDArray[np.bool_],
    values: NDArray[np.uint16],
    clear: NDArray[np.bool_],
) -> bool:
    for plane, source in zip(values, part.sources, strict=True):
        stored = read_block(source, series.grid, window, series.resampling)
        plane[:] = repack(stored, source.scale, source.offset, source.nodata, source.saturated).ravel()
    clear[:] = seen & (values != SATURATED).all(axis=0) & (values != NODATA).all(axis=0)
    return bool(clear.any())


def _clear(part: Part, grid: Grid, window: Window) -> NDArray[np.bool_]:
    seen = np.ones(int(window.height * window.width), np.bool_)
    if part.clouds is not None:
        seen &= read_clouds(part.clouds, grid, window).ravel() == MaskClass.CLEAR
    if part.mask is not None:
        seen &= read_block(part.mask, grid, window, "nearest").ravel() == 0
    return seen
