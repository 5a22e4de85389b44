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
from eo.kernel import fast_kernel, kernel
from eo.sar.geocoding import ImageGeometry, radar_coordinates, to_image
from eo.sar.image_window import ImageWindow
from eo.sar.topsar import Ramp

Floats = NDArray[np.float64]
Floats32 = NDArray[np.float32]
Samples = NDArray[np.complex64]
STEP_SAMPLES = 4
TAPS = 8
_MIDDLE = (STEP_SAMPLES - 1) / 2 / STEP_SAMPLES
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

    First along range, then along azimuth: where a sample lies in range changes by less than a hundredth over the lines
    that an azimuth sum reaches, however steep the terrain.
    """
    wide = STEP_SAMPLES * -(-samples // STEP_SAMPLES)
    out = np.zeros((registration.line.shape[0], wide), np.complex64)
    zero = np.zeros(2)
    tables = (ramp.rate_hz_s, ramp.centroid_hz, ramp.reference_s) if ramp else (zero, zero, zero)
    middle, interval_s = (ramp.middle_line, ramp.line_interval_s) if ramp else (0.0, 0.0)
    line_offset = round(float(np.nanmedian(registration.line - np.arange(len(registration.line))[:, None])))
    partly = np.zeros((second.shape[0], wide), np.complex64)
    at = origin.first_line, origin.first_sample, line_offset
    _along_range(_parts(second), *at, registration.sample, sinc_table(), _parts(partly))
    _along_azimuth(
        _parts(partly),
        origin.first_line,
        registration.line,
        registration.sample,
        registration.range_difference_m,
        4 * np.pi / wavelength_m,
        *tables,
        ramp is not None,
        middle,
        interval_s,
        sinc_table(),
        _parts(out),
    )
    return out[:, :samples]


def _parts(values: Samples) -> Floats32:
    """Return real and imaginary parts side by side, (lines, 2 × samples)."""
    return np.ascontiguousarray(values).view(np.float32)


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
    for r in range(rows - 1):
        for c in range(columns - 1):
            top = min(y[r, c], y[r, c + 1], y[r + 1, c], y[r + 1, c + 1])
            bottom = max(y[r, c], y[r, c + 1], y[r + 1, c], y[r + 1, c + 1])
            left = min(x[r, c], x[r, c + 1], x[r + 1, c], x[r + 1, c + 1])
            right = max(x[r, c], x[r, c + 1], x[r + 1, c], x[r + 1, c + 1])
            if bottom >= 0.0 and top <= out.shape[1] - 1 and right >= 0.0 and left <= out.shape[2] - 1:  # NaN never is
                _lay_triangle(y, x, values, r, c, r, c, out)
                _lay_triangle(y, x, values, r, c, r + 1, c + 1, out)


@kernel
def _lay_triangle(y: Floats, x: Floats, values: Floats, r: int, c: int, row: int, column: int, out: Floats) -> None:
    """Fill the triangle of the cell's upper right and lower left corners and the one at (row, column)."""
    y0, x0, y1, x1, y2, x2 = y[r, c + 1], x[r, c + 1], y[r + 1, c], x[r + 1, c], y[row, column], x[row, column]
    area = (y1 - y0) * (x2 - x0) - (x1 - x0) * (y2 - y0)
    if area == 0.0:
        return
    first, last = max(int(np.ceil(min(y0, y1, y2))), 0), min(int(np.floor(max(y0, y1, y2))), out.shape[1] - 1)
    left, right = max(int(np.ceil(min(x0, x1, x2))), 0), min(int(np.floor(max(x0, x1, x2))), out.shape[2] - 1)
    for i in range(first, last + 1):
        for j in range(left, right + 1):
            b = ((i - y0) * (x2 - x0) - (j - x0) * (y2 - y0)) / area
            d = ((y1 - y0) * (j - x0) - (x1 - x0) * (i - y0)) / area
            if b >= -1e-9 and d >= -1e-9 and b + d <= 1.0 + 1e-9:
                a = 1.0 - b - d
                for k in range(3):
                    out[k, i, j] = a * values[k, r, c + 1] + b * values[k, r + 1, c] + d * values[k, row, column]


@fast_kernel
def _along_range(
    image: Floats32,
    first_line: int,
    first_sample: int,
    line_offset: int,
    sample: Floats,
    weights: Floats32,
    out: Floats32,
) -> Any:
    """Interpolate every line of the second image at the samples that its partner in the first asks for.

    Four samples at a time, real and imaginary parts side by side: within four a position hardly changes its fraction.
    """
    phases, reach = weights.shape[0] - 1, TAPS // 2 - 1
    last = image.shape[1] // 2 - TAPS - STEP_SAMPLES + 1
    for i in range(image.shape[0]):
        r = min(max(i + first_line - line_offset, 0), sample.shape[0] - 1)
        for j in range(out.shape[1] // (2 * STEP_SAMPLES)):
            x = sample[r, j] + _MIDDLE * (sample[r, j + 1] - sample[r, j]) - (STEP_SAMPLES - 1) / 2
            if np.isnan(x):
                continue
            left = int(np.floor(x))
            k = left - reach - first_sample
            if k < 0 or k > last:
                continue
            w = weights[int((x - left) * phases + 0.5)]
            for n in range(TAPS):
                for q in range(2 * STEP_SAMPLES):
                    out[i, 2 * STEP_SAMPLES * j + q] += w[n] * image[i, 2 * (k + n) + q]


@fast_kernel
def _along_azimuth(
    image: Floats32,
    first_line: int,
    line: Floats,
    sample: Floats,
    difference_m: Floats,
    radians_per_m: float,
    rate: Floats,
    centroid: Floats,
    reference: Floats,
    has_ramp: bool,
    middle_line: float,
    interval_s: float,
    weights: Floats32,
    out: Floats32,
) -> Any:
    """Interpolate along azimuth, and put phases on: the antenna's, and that of the geometry.

    Four samples at a time as well; within four the phase is linear.
    """
    phases, reach = weights.shape[0] - 1, TAPS // 2 - 1
    last = image.shape[0] - TAPS
    for r in range(out.shape[0]):
        for j in range(out.shape[1] // (2 * STEP_SAMPLES)):
            y = line[r, j] + _MIDDLE * (line[r, j + 1] - line[r, j])
            if np.isnan(y) or np.isnan(sample[r, j]) or np.isnan(sample[r, j + 1]):
                continue
            top = int(np.floor(y))
            i0 = top - reach - first_line
            if i0 < 0 or i0 > last:
                continue
            w = weights[int((y - top) * phases + 0.5)]
            at = 2 * STEP_SAMPLES * j
            for m in range(TAPS):
                for q in range(2 * STEP_SAMPLES):
                    out[r, at + q] += w[m] * image[i0 + m, at + q]
            phase, following = radians_per_m * difference_m[r, j], radians_per_m * difference_m[r, j + 1]
            if has_ramp:
                phase += _phase_at(line[r, j], sample[r, j], rate, centroid, reference, middle_line, interval_s)
                following += _phase_at(
                    line[r, j + 1], sample[r, j + 1], rate, centroid, reference, middle_line, interval_s
                )
            step = (following - phase) / STEP_SAMPLES
            cosine, sine = np.cos(phase), np.sin(phase)
            turn_cosine, turn_sine = np.cos(step), np.sin(step)
            for q in range(STEP_SAMPLES):
                re, im = out[r, at + 2 * q], out[r, at + 2 * q + 1]
                out[r, at + 2 * q] = re * cosine - im * sine
                out[r, at + 2 * q + 1] = re * sine + im * cosine
                cosine, sine = cosine * turn_cosine - sine * turn_sine, sine * turn_cosine + cosine * turn_sine


@fast_kernel
def _phase_at(
    y: float,
    x: float,
    rate: Floats,
    centroid: Floats,
    reference: Floats,
    middle_line: float,
    interval_s: float,
) -> float:
    """Return the antenna's phase at a position in the burst (see `eo.sar.topsar.ramp_phase`)."""
    left = min(max(int(x), 0), len(rate) - 2)
    f = x - left
    time = (y - middle_line) * interval_s - (reference[left] + f * (reference[left + 1] - reference[left]))
    k = rate[left] + f * (rate[left + 1] - rate[left])
    hertz = centroid[left] + f * (centroid[left + 1] - centroid[left])
    return float(np.pi * (k * time + 2.0 * hertz) * time)
