"""Make a pair of single-look complex products of known coherence: IW with two bursts in two sub-swaths, or StripMap."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray

from demo.radar_noise import impulse, speckle
from demo.radar_pass import Pass
from demo.radar_plan import RADAR_HZ, SAMPLING_HZ, Image, Swath
from demo.radar_view import Layer, Relief, extent, seen
from demo.safe_s1 import product_name, write_image, write_manifest, write_metadata
from demo.safe_s1_tables import BETA_GAIN
from eo.io.sentinel1 import outline
from eo.io.sentinel1_annotation import SPEED_OF_LIGHT_M_S, Annotation, read_annotation
from eo.sar.coregistration import Registration, register, resample
from eo.sar.geocoding import ImageGeometry, to_image
from eo.sar.image_window import ImageWindow
from eo.sar.topsar import burst_ramp, deramp
from eo.sar.zero_doppler import solve_zero_doppler

LINE_S = 0.0020555563
SPACING_M = SPEED_OF_LIGHT_M_S / 2 / SAMPLING_HZ
WAVELENGTH_M = SPEED_OF_LIGHT_M_S / RADAR_HZ
SWATHS = (
    Swath("IW1", 56.5e6, 327.0, (0.7, 0.75), 1.590368657),
    Swath("IW2", 48.3e6, 313.0, (0.7, 0.75), 0.979863432),
)
STRIPMAP = (Swath("S4", 48.3e6, 313.0, (0.7, 0.75), 0.0),)
NOISE = 300.0
OVERLAP_LINES, INVALID_LINES, MARGIN_LINES = 90, 20, 40
OVERLAP_M, MARGIN_M = 900.0, 250.0
SHIFT_LINES = (0, 37)
REFLECTOR_NUMBER = 9000.0
_SOME = 1e-6
Samples = NDArray[np.complex64]


@dataclass(frozen=True)
class Acquired:
    """One image of a date: what it is, its annotation, and how the ground lies in it."""

    image: Image
    annotation: Annotation
    geometry: ImageGeometry

    @property
    def burst_shape(self) -> tuple[int, int]:
        """Lines and samples of a burst."""
        return self.image.burst_lines or self.image.lines, self.image.samples

    @property
    def grid_lines(self) -> tuple[int, ...]:
        """First line of each burst on the common grid of time; a StripMap image is like one."""
        starts = self.image.bursts_s or (self.image.first_s,)
        return tuple(round((start - starts[0]) / LINE_S) for start in starts)

    def window(self, burst: int) -> ImageWindow:
        """A burst on the common grid of time."""
        return ImageWindow(self.grid_lines[burst], 0, *self.burst_shape)


def make_pair(
    folder: Path,
    relief: Relief,
    flights: tuple[Pass, Pass],
    gamma0: tuple[Layer, Layer],
    coherence: Layer,
    rng: np.random.Generator,
    swaths: Sequence[Swath] = SWATHS,
) -> tuple[Path, Path]:
    """Write both products and return their paths.

    Args:
        gamma0: of the landscape's pixels, on either date.
        coherence: of the landscape's pixels.
        swaths: `SWATHS` of IW, or the one of `STRIPMAP`.
    """
    plan = _stripmap if swaths == STRIPMAP else _sub_swath
    plans = [[plan(relief, flight, swath, k) for k, swath in enumerate(swaths)] for flight in flights]
    products = [folder / product_name(images) for images in plans]
    dates = [[_acquired(p, i) for i in images] for p, images in zip(products, plans, strict=True)]
    for first, second in zip(*dates, strict=True):
        for acquired, product, values in zip(
            (first, second), products, _images(relief, first, second, gamma0, coherence, rng), strict=True
        ):
            write_image(product, acquired.image, values)
    for product, date in zip(products, dates, strict=True):
        whole = shapely.union_all([outline(a.annotation) for a in date]).convex_hull
        write_manifest(product, [a.image for a in date], list(whole.minimum_rotated_rectangle.exterior.coords)[:-1])
    return products[0], products[1]


def _images(
    relief: Relief,
    first: Acquired,
    second: Acquired,
    gamma0: tuple[Layer, Layer],
    coherence: Layer,
    rng: np.random.Generator,
) -> tuple[Samples, Samples]:
    """Return the measurements of one sub-swath on both dates."""
    made: tuple[list[Samples], list[Samples]] = ([], [])
    for burst in range(len(first.grid_lines)):
        window = first.window(burst)
        shifted = replace(first.geometry, first_line_s=first.geometry.first_line_s + window.first_line * LINE_S)
        beta0 = [seen(relief, shifted, first.burst_shape, layer) for layer in (*gamma0, coherence * gamma0[0])]
        kept = np.clip(beta0[2] / np.maximum(beta0[0], _SOME), 0, 1)
        one, two = (np.sqrt(layer) * np.float32(BETA_GAIN) for layer in beta0[:2])
        noise = [speckle(rng, first.burst_shape, first.image.swath, 1 / LINE_S) for _ in range(2)]
        other = kept * noise[0] + np.sqrt(1 - kept**2) * noise[1]
        made[0].append(_burst(first, burst, (one * noise[0]).astype(np.complex64), relief, first, rng))
        moved = _moved(relief, first, second, burst, (two * other).astype(np.complex64))
        made[1].append(_burst(second, burst, moved, relief, first, rng))
    return np.concatenate(made[0]), np.concatenate(made[1])


def _moved(relief: Relief, first: Acquired, second: Acquired, burst: int, field: Samples) -> Samples:
    """Return what the second pass sees of a field on the first's grid: elsewhere, and with the phase of its ranges."""
    found = register(second.geometry, first.geometry, relief.grid, relief.heights_m, second.window(burst))
    here = Registration(found.line - first.grid_lines[burst], found.sample, found.range_difference_m)
    return resample(field, None, ImageWindow(0, 0, *field.shape), here, WAVELENGTH_M, second.image.samples)


def _burst(
    acquired: Acquired, burst: int, field: Samples, relief: Relief, first: Acquired, rng: np.random.Generator
) -> Samples:
    """Return a burst as it is measured: reflectors and noise added, the phase of the antenna put on, edges empty."""
    image, annotation = acquired.image, acquired.annotation
    _add_reflectors(field, acquired, burst, relief, first)
    field = field + math.sqrt(NOISE) * speckle(rng, field.shape, image.swath, 1 / LINE_S)
    if not annotation.bursts:
        return np.asarray(field, np.complex64)
    orbit = replace(acquired.geometry.orbit, centre_s=acquired.geometry.orbit.centre_s - image.first_s)
    ramp = burst_ramp(annotation, orbit, annotation.bursts[burst])
    values = np.conj(deramp(np.conj(field).astype(np.complex64), ramp))
    values[: image.invalid] = values[-image.invalid :] = 0
    return np.asarray(values, np.complex64)


def _add_reflectors(field: Samples, acquired: Acquired, burst: int, relief: Relief, first: Acquired) -> None:
    """Add the response of each reflector at its exact place, with the phase of its range."""
    time_s, slant_m = solve_zero_doppler(acquired.geometry.orbit, relief.points_m)
    _, first_slant_m = solve_zero_doppler(first.geometry.orbit, relief.points_m)
    positions = np.stack([time_s, slant_m])[:, None]
    to_image(acquired.geometry, positions)
    swath = acquired.image.swath
    for k, (y, x) in enumerate(positions[:, 0].T):
        y = y - acquired.grid_lines[burst]
        if not (12 <= y < field.shape[0] - 12 and 12 <= x < field.shape[1] - 12):
            continue
        rows, columns = (np.arange(int(p) - 10, int(p) + 12) for p in (y, x))
        along = impulse(rows - y, swath.azimuth_bandwidth_hz * LINE_S, swath.hamming[0])
        across = impulse(columns - x, swath.range_bandwidth_hz / SAMPLING_HZ, swath.hamming[1])
        phase = -4 * np.pi / WAVELENGTH_M * (slant_m[k] - first_slant_m[k])
        response = REFLECTOR_NUMBER * np.outer(along, across) * np.exp(1j * phase)
        field[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] += response.astype(np.complex64)


def _acquired(product: Path, image: Image) -> Acquired:
    known = read_annotation(write_metadata(product, image).read_bytes(), image.stem)
    near_m = image.near_s * SPEED_OF_LIGHT_M_S / 2
    return Acquired(image, known, ImageGeometry(image.flight.orbit, LINE_S, near_m, SPACING_M, None, image.first_s))


def _sub_swath(relief: Relief, flight: Pass, swath: Swath, index: int) -> Image:
    """Plan one sub-swath: the nearer or the farther half of the landscape, and some of the other."""
    (first_s, last_s), (near_m, far_m) = extent(relief, flight)
    middle_m = (near_m + far_m) / 2
    near_m, far_m = ((near_m - MARGIN_M, middle_m + OVERLAP_M), (middle_m - OVERLAP_M, far_m + MARGIN_M))[index]
    wanted = math.ceil((last_s - first_s) / LINE_S) + 2 * MARGIN_LINES
    valid = math.ceil((wanted + OVERLAP_LINES) / 2)
    start_s = round(first_s - (MARGIN_LINES - SHIFT_LINES[index] + INVALID_LINES) * LINE_S, 6)
    starts = start_s, round(start_s + (valid - OVERLAP_LINES) * LINE_S, 6)
    burst_lines = valid + 2 * INVALID_LINES
    return Image(
        flight=flight,
        kind="SLC",
        swath=swath,
        polarisation="VV",
        number=index + 1,
        lines=2 * burst_lines,
        samples=math.ceil((far_m - near_m) / SPACING_M),
        first_s=start_s,
        interval_s=LINE_S,
        near_s=near_m * 2 / SPEED_OF_LIGHT_M_S,
        spacing_m=SPACING_M,
        noise=NOISE,
        place=relief.middle,
        bursts_s=starts,
        burst_lines=burst_lines,
        invalid=INVALID_LINES,
    )


def _stripmap(relief: Relief, flight: Pass, swath: Swath, index: int) -> Image:
    """Plan an image without bursts of the whole landscape."""
    (first_s, last_s), (near_m, far_m) = extent(relief, flight)
    near_m, far_m = near_m - MARGIN_M, far_m + MARGIN_M
    return Image(
        flight=flight,
        kind="SLC",
        swath=swath,
        polarisation="VV",
        number=index + 1,
        lines=math.ceil((last_s - first_s) / LINE_S) + 2 * MARGIN_LINES,
        samples=math.ceil((far_m - near_m) / SPACING_M),
        first_s=round(first_s - MARGIN_LINES * LINE_S, 6),
        interval_s=LINE_S,
        near_s=near_m * 2 / SPEED_OF_LIGHT_M_S,
        spacing_m=SPACING_M,
        noise=NOISE,
        place=relief.middle,
    )
