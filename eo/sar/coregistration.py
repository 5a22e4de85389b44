"""Where the pixels of one SLC lie in another, from orbits and terrain alone, and the second resampled onto the first.

Points of a map carry their place in both images. Between them, triangle by triangle, place and slant range are linear,
which gives them for every line and every fourth sample of the first image. The second image is read there by a windowed
sinc after the phase of its steering antenna was taken off (see `eo.sar.topsar`), and gets that phase back, and with it
the phase that the geometry explains: flat earth and topography.

Sources: Sansosti et al., Geometrical SAR image registration, IEEE TGRS 44(10), 2006, doi:10.1109/TGRS.2006.875787;
Yagüe-Martínez et al., Interferometric Processing of Sentinel-1 TOPS Data, IEEE TGRS 54(4), 2016,
doi:10.1109/TGRS.2015.2497902. The azimuth error that spectral diversity would find, some hundredths of a line, costs
coherence nothing (2e-5 for 0.05 lines), so it is not looked for.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eo.io.grid import Grid
from eo.kernel import kernel
from eo.sar.geocoding import ImageGeometry, radar_coordinates, to_image
from eo.sar.image_window import ImageWindow
from eo.sar.topsar import Ramp

Floats = NDArray[np.float64]
Samples = NDArray[np.complex64]
STEP_SAMPLES = 4
TAPS = 8
_PHASES = 512


@dataclass(frozen=True)
class Registration:
    """Where a window of the first image lies in the second, at every line and every fourth sample.

    Args:
        line, sample: (lines, samples // 4 + 2), in the second image.
        range_difference_m: slant range of the second less that of the first.
    """

    line: Floats
    sample: Floats
    range_difference_m: Floats


def register(
    first: ImageGeometry, second: ImageGeometry, grid: Grid, heights_m: NDArray[np.float32], window: ImageWindow
) -> Registration:
    """Return where a window of the first image lies in the second.

    Args:
        grid: a map around the window, its pixels not much larger than those of the heights.
        heights_m: above the ellipsoid, of the grid's pixels.

    Returns:
        NaN where the map says nothing.
    """
    place = radar_coordinates(first.orbit, grid, heights_m)
    other = radar_coordinates(second.orbit, grid, heights_m)
    difference_m = other[1] - place[1]
    to_image(first, place)
    to_image(second, other)
    shape = window.lines, window.samples // STEP_SAMPLES + 2
    tables = np.full((3, *shape), np.nan)
    place -= np.array([window.first_line, window.first_sample], np.float64)[:, None, None]
    place[1] /= STEP_SAMPLES
    _lay_triangles(place[0], place[1], np.stack([other[0], other[1], difference_m]), tables)
    return Registration(*tables)


def resample(
    second: Samples,
    ramp: Ramp | None,
    origin: ImageWindow,
    registration: Registration,
    wavelength_m: float,
    samples: int,
) -> Samples:
    """Return the second image on the first's window, with the phase that the geometry explains taken off.

    Args:
        second: a window of the second image; its ramp taken off where it has one.
        ramp: phase of the burst, counted from its first line; None for StripMap.
        origin: where `second` lies, counted as the ramp counts lines.
        registration: in lines that count as the ramp's.
        samples: of the first's window.

    Returns:
        (lines, samples); 0 where there is nothing.
    """
    out = np.zeros((registration.line.shape[0], samples), np.complex64)
    zero = np.zeros(1)
    tables = (ramp.rate_hz_s, ramp.centroid_hz, ramp.reference_s) if ramp else (zero, zero, zero)
    middle, interval_s = (ramp.middle_line, ramp.line_interval_s) if ramp else (0.0, 0.0)
    _resample(
        second,
        origin.first_line,
        origin.first_sample,
        registration.line,
        registration.sample,
        registration.range_difference_m,
        4 * np.pi / wavelength_m,
        STEP_SAMPLES,
        *tables,
        ramp is not None,
        middle,
        interval_s,
        sinc_table(),
        out,
    )
    return out


@lru_cache(maxsize=1)
def sinc_table() -> NDArray[np.float32]:
    """Return the weights of eight taps for 513 fractions: sinc under a Kaiser window, of sum 1."""
    fraction = np.arange(_PHASES + 1)[:, None] / _PHASES
    distance = np.arange(TAPS)[None] - (TAPS / 2 - 1) - fraction
    window = np.i0(4.0 * np.sqrt(np.clip(1 - (distance / (TAPS / 2)) ** 2, 0, None)))
    weights = np.sinc(distance) * window
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), np.float32)


@kernel
def _lay_triangles(y: Floats, x: Floats, values: Floats, out: Floats) -> Any:
    """Fill `out` with values linear over the two triangles of each cell of points at (y, x)."""
    rows, columns = y.shape
    py, px = np.empty(3), np.empty(3)
    corner = np.empty((3, 2), np.int64)
    for r in range(rows - 1):
        for c in range(columns - 1):
            for upper in range(2):
                corner[0] = r, c + 1
                corner[1] = r + 1, c
                corner[2] = r + upper, c + upper
                for k in range(3):
                    py[k], px[k] = y[corner[k, 0], corner[k, 1]], x[corner[k, 0], corner[k, 1]]
                top, bottom = max(np.ceil(py.min()), 0.0), min(np.floor(py.max()), out.shape[1] - 1.0)
                left, right = max(np.ceil(px.min()), 0.0), min(np.floor(px.max()), out.shape[2] - 1.0)
                if not (top <= bottom and left <= right):
                    continue  # NaN too
                area = (py[1] - py[0]) * (px[2] - px[0]) - (px[1] - px[0]) * (py[2] - py[0])
                if area == 0.0:
                    continue
                for i in range(int(top), int(bottom) + 1):
                    for j in range(int(left), int(right) + 1):
                        b = ((i - py[0]) * (px[2] - px[0]) - (j - px[0]) * (py[2] - py[0])) / area
                        d = ((py[1] - py[0]) * (j - px[0]) - (px[1] - px[0]) * (i - py[0])) / area
                        if b < -1e-9 or d < -1e-9 or b + d > 1.0 + 1e-9:
                            continue
                        for k in range(3):
                            v = values[k]
                            out[k, i, j] = (
                                (1.0 - b - d) * v[corner[0, 0], corner[0, 1]]
                                + b * v[corner[1, 0], corner[1, 1]]
                                + d * v[corner[2, 0], corner[2, 1]]
                            )


@kernel
def _resample(
    image: Samples,
    first_line: int,
    first_sample: int,
    line: Floats,
    sample: Floats,
    difference_m: Floats,
    radians_per_m: float,
    step: int,
    rate: Floats,
    centroid: Floats,
    reference: Floats,
    has_ramp: bool,
    middle_line: float,
    interval_s: float,
    weights: NDArray[np.float32],
    out: Samples,
) -> Any:
    lines, samples = image.shape
    taps, phases = weights.shape[1], weights.shape[0] - 1
    reach = taps // 2 - 1
    for r in range(out.shape[0]):
        for c in range(out.shape[1]):
            j, u = c // step, (c % step) / step
            y = line[r, j] + u * (line[r, j + 1] - line[r, j])
            x = sample[r, j] + u * (sample[r, j + 1] - sample[r, j])
            if np.isnan(y) or np.isnan(x):
                continue
            top, left = int(np.floor(y)), int(np.floor(x))
            i0, j0 = top - reach - first_line, left - reach - first_sample
            if i0 < 0 or j0 < 0 or i0 + taps > lines or j0 + taps > samples:
                continue
            wy = weights[int((y - top) * phases + 0.5)]
            wx = weights[int((x - left) * phases + 0.5)]
            re = im = np.float32(0.0)
            for m in range(taps):
                a = b = np.float32(0.0)
                for n in range(taps):
                    value = image[i0 + m, j0 + n]
                    a += wx[n] * value.real
                    b += wx[n] * value.imag
                re += wy[m] * a
                im += wy[m] * b
            phase = radians_per_m * (difference_m[r, j] + u * (difference_m[r, j + 1] - difference_m[r, j]))
            if has_ramp:
                w = x - left
                k, f, ref = (
                    rate[left] + w * (rate[left + 1] - rate[left]),
                    centroid[left] + w * (centroid[left + 1] - centroid[left]),
                    reference[left] + w * (reference[left + 1] - reference[left]),
                )
                time = (y - middle_line) * interval_s - ref
                phase += np.pi * (k * time + 2.0 * f) * time
            cosine, sine = np.cos(phase), np.sin(phase)
            out[r, c] = complex(re * cosine - im * sine, re * sine + im * cosine)
