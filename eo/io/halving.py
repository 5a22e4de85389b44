"""Images at half their resolution: what overviews are made of."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from eo.kernel import kernel


def halved(values: NDArray[Any], nodata: float | None, *, averages: bool) -> NDArray[Any]:
    """Return an image whose pixels stand for two by two.

    Args:
        values: (rows, columns) or (bands, rows, columns); where rows or columns are odd the last stand alone.
        nodata: what is left out of a mean, NaN always is; None for nothing.
        averages: the mean of what there is, whole numbers rounded; else the upper left pixel.

    Returns:
        Of the type of `values`; nodata where all four are.
    """
    if not averages:
        return values[..., ::2, ::2]
    source = values.reshape(-1, *values.shape[-2:])
    shape = len(source), -(-source.shape[1] // 2), -(-source.shape[2] // 2)
    out = np.empty(shape, values.dtype)
    empty = np.nan if nodata is None or np.isnan(nodata) else float(nodata)
    _mean(source, empty, nodata is not None, np.issubdtype(values.dtype, np.integer), out)
    return out.reshape(*values.shape[:-2], *shape[1:])


@kernel
def _mean(source: NDArray[Any], nodata: float, has_nodata: bool, whole: bool, out: NDArray[Any]) -> Any:
    bands, rows, columns = source.shape
    for b in range(bands):
        for r in range(out.shape[1]):
            for c in range(out.shape[2]):
                total, count = 0.0, 0
                for y in range(2 * r, min(2 * r + 2, rows)):
                    for x in range(2 * c, min(2 * c + 2, columns)):
                        value = float(source[b, y, x])
                        if not (np.isnan(value) or (has_nodata and value == nodata)):
                            total += value
                            count += 1
                if count == 0:
                    out[b, r, c] = source[b, 2 * r, 2 * c]
                elif whole:
                    out[b, r, c] = int(np.floor(total / count + 0.5))
                else:
                    out[b, r, c] = total / count
