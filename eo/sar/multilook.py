"""Fewer, surer pixels: the mean of cells of an intensity image, and the looks an image has."""

import numpy as np
from numpy.typing import NDArray

from eo.errors import InvalidWindow, NotEnoughData
from eo.kernel import kernel

Image = NDArray[np.float32]
FEWEST_PIXELS = 2


def multilook(intensity: Image, rows: int, columns: int) -> Image:
    """Average cells of `rows`×`columns` pixels; what is left over at the lower and right edge is dropped.

    Args:
        intensity: linear intensity, NaN where there is no data.
        rows: of a cell.
        columns: of a cell.

    Returns:
        One pixel per cell: the mean of its valid pixels, NaN where none is valid.

    Raises:
        InvalidWindow: a cell of no pixel, or one larger than the image.
    """
    for side, wanted, there in zip(("rows", "columns"), (rows, columns), intensity.shape, strict=True):
        if not 1 <= wanted <= there:
            raise InvalidWindow(f"A cell has {wanted} {side}; 1 to {there}, as many as the image, are allowed.")
    out = np.empty((intensity.shape[0] // rows, intensity.shape[1] // columns), np.float32)
    average_cells(np.ascontiguousarray(intensity, np.float32), rows, columns, out)
    return out


@kernel
def average_cells(intensity: Image, rows: int, columns: int, out: Image) -> None:
    """Fill `out` with the means of cells of `rows`×`columns` pixels."""
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            total, count = 0.0, 0
            for k in range(i * rows, (i + 1) * rows):
                for m in range(j * columns, (j + 1) * columns):
                    value = np.float64(intensity[k, m])
                    if np.isfinite(value):
                        total += value
                        count += 1
            out[i, j] = total / count if count else np.nan


def equivalent_looks(intensity: NDArray[np.floating]) -> float:
    """Return the equivalent number of looks of a homogeneous area: squared mean over variance of the valid pixels.

    Oliver, Quegan 2004, "Understanding synthetic aperture radar images", section 4.3. Infinite where nothing varies.

    Raises:
        NotEnoughData: fewer than two valid pixels.
    """
    valid = intensity[np.isfinite(intensity)].astype(np.float64)
    if valid.size < FEWEST_PIXELS:
        raise NotEnoughData(
            f"{valid.size} pixels are valid; the number of looks is told from {FEWEST_PIXELS} or more.",
            hint="Choose a larger area.",
        )
    variance = valid.var()
    return float(valid.mean() ** 2 / variance) if variance > 0 else float("inf")
