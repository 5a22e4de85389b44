"""Read a radar image at fractional positions."""

import numpy as np
from numba import njit
from numpy.typing import NDArray


def sample_bilinear(
    image: NDArray[np.float32], line: NDArray[np.float64], sample: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Return the image between its pixels, weighing the four around.

    Args:
        image: (rows, columns), NaN for no data.
        line, sample: positions, of one shape; 0 is the centre of the first row and column.

    Returns:
        Of that shape; NaN beyond the centres of the outermost pixels, and where the valid ones of the four have less
        than half of the weight.
    """
    out = np.empty(line.shape, np.float32)
    _bilinear(image, line.ravel(), sample.ravel(), out.ravel())
    return out


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _bilinear(
    image: NDArray[np.float32], line: NDArray[np.float64], sample: NDArray[np.float64], out: NDArray[np.float32]
) -> None:
    rows, columns = image.shape
    for i in range(len(out)):
        y, x = line[i], sample[i]
        out[i] = np.nan
        if not (0.0 <= y <= rows - 1 and 0.0 <= x <= columns - 1):
            continue
        r, c = min(int(y), rows - 2), min(int(x), columns - 2)
        wy, wx = y - r, x - c
        total = weight = 0.0
        for dr in range(2):
            for dc in range(2):
                value = image[r + dr, c + dc]
                if not np.isnan(value):
                    w = (wy if dr else 1.0 - wy) * (wx if dc else 1.0 - wx)
                    total += w * value
                    weight += w
        if weight >= 0.5:
            out[i] = total / weight
