"""The area of the ground that each pixel of a radar image shows, and γ0 by it.

Source: Small, Flattening Gamma: Radiometric Terrain Correction for SAR Imagery, IEEE TGRS 49(8), 2011,
doi:10.1109/TGRS.2011.2120616.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from eo.kernel import kernel
from eo.sar.geocoding import NODE_PIXELS
from eo.sar.local_geometry import Facing, Floats, Heights, at_node

_SMALLEST_AREA = 0.05  # of flat ground at 45°; Small's threshold


def add_area(
    facing: Facing,
    heights_m: Heights,
    positions: Floats,
    area: NDArray[np.float32],
    finer: int,
    brightness: NDArray[np.float32] | None = None,
) -> None:
    """Add to each pixel of a window of the image the area of the ground that it shows.

    What is added is A_γ / A_β: the area of the facets as seen from the satellite over that of the image's pixel. Of
    flat ground it is the cotangent of the incidence angle, and γ0 = β0 over it.

    Args:
        facing: of the block.
        heights_m: (rows, columns) of the block.
        positions: (2, rows, columns), line and sample of the block's pixels in the window.
        area: (lines, samples) of the window; added to in place.
        finer: each facet, the square between four pixels' centres, is laid down in finer × finer pieces.
        brightness: γ0 of the facets, (rows, columns), by which their area counts: then β0 is what is added up.
    """
    weights = np.ones((1, 1), np.float32) if brightness is None else brightness
    tables = facing.products, facing.stretch, facing.sine, NODE_PIXELS
    _add_area(*tables, heights_m, positions, finer, weights, brightness is not None, area)


def flatten(beta0: NDArray[np.float32], area: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return γ0 of radar brightness and contributing area, NaN where hardly any ground contributes."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(area >= _SMALLEST_AREA, beta0 / area, np.nan).astype(np.float32)


@kernel
def _add_area(
    products: Floats,
    stretch: Floats,
    sine: Floats,
    step: int,
    heights: Heights,
    positions: Floats,
    finer: int,
    weights: NDArray[np.float32],
    weighs: bool,
    area: NDArray[np.float32],
) -> Any:
    rows, columns = heights.shape
    lines, samples = area.shape
    for r in range(rows - 1):
        i, wy = r // step + 1, (r % step) / step
        for c in range(columns - 1):
            z00, z01 = heights[r, c], heights[r, c + 1]
            z10, z11 = heights[r + 1, c], heights[r + 1, c + 1]
            y00, y01, y10, y11 = (
                positions[0, r, c],
                positions[0, r, c + 1],
                positions[0, r + 1, c],
                positions[0, r + 1, c + 1],
            )
            if not (max(y00, y01, y10, y11) > -1.0 and min(y00, y01, y10, y11) < lines):
                continue  # NaN too
            x00, x01, x10, x11 = (
                positions[1, r, c],
                positions[1, r, c + 1],
                positions[1, r + 1, c],
                positions[1, r + 1, c + 1],
            )
            if not (max(x00, x01, x10, x11) > -1.0 and min(x00, x01, x10, x11) < samples):
                continue
            j, wx = c // step + 1, (c % step) / step
            zx, zy = 0.5 * (z01 - z00 + z11 - z10), 0.5 * (z10 - z00 + z11 - z01)
            seen = at_node(products[0], i, j, wy, wx)
            seen += zx * at_node(products[1], i, j, wy, wx) + zy * at_node(products[2], i, j, wy, wx)
            if not seen > 0.0:
                continue
            weight = seen * at_node(stretch, i, j, wy, wx) / at_node(sine, i, j, wy, wx) / (finer * finer)
            if weighs:
                weight *= weights[r, c]
            for m in range(finer):
                v = (m + 0.5) / finer
                ya, yb = y00 + v * (y10 - y00), y01 + v * (y11 - y01)
                xa, xb = x00 + v * (x10 - x00), x01 + v * (x11 - x01)
                for n in range(finer):
                    u = (n + 0.5) / finer
                    y, x = ya + u * (yb - ya), xa + u * (xb - xa)
                    top, left = int(np.floor(y)), int(np.floor(x))
                    if top < 0 or left < 0 or top >= lines - 1 or left >= samples - 1:
                        continue
                    fy, fx = y - top, x - left
                    area[top, left] += weight * (1.0 - fy) * (1.0 - fx)
                    area[top, left + 1] += weight * (1.0 - fy) * fx
                    area[top + 1, left] += weight * fy * (1.0 - fx)
                    area[top + 1, left + 1] += weight * fy * fx
