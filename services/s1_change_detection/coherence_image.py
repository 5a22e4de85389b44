"""Coherence in the geometry of the first image, burst by burst, kept in scratch files until it is put on the map."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray
from rasterio.windows import Window
from scipy.interpolate import RegularGridInterpolator
from shapely.geometry.base import BaseGeometry

from eo.io.dem import Dem
from eo.io.grid import grid_over
from eo.io.sentinel1_annotation import SPEED_OF_LIGHT_M_S, Annotation
from eo.io.sentinel1_slc import BurstPlace, SwathImage
from eo.sar.coherence import estimate_coherence
from eo.sar.coregistration import TAPS, Registration, register, resample
from eo.sar.geocoding import ImageGeometry
from eo.sar.image_window import ImageWindow
from eo.sar.multilook import multilook
from eo.sar.topsar import deramp
from services.core.context import Context
from services.core.execution import map_bounded

Floats = NDArray[np.float32]
_SAMPLES_AT_ONCE = 6144
_LINES_AT_ONCE = 2048
_FACET_M = 30.0
_MARGIN_DEG = 0.04  # terrain may move a point by that much, over ground


@dataclass(frozen=True)
class CoherenceImage:
    """Coherence of one swath, averaged along range; a radar image for the terrain correction.

    Args:
        path: of a plain array (lines, samples) of float32.
    """

    geometry: ImageGeometry
    shape: tuple[int, int]
    range_limits_m: tuple[float, float]
    path: Path

    def backscatter(self, layer: str, window: ImageWindow) -> Floats:
        """Return a window, NaN for no data."""
        values = np.memmap(self.path, np.float32, "r", shape=self.shape)
        rows = slice(window.first_line, window.first_line + window.lines)
        return np.array(values[rows, window.first_sample : window.first_sample + window.samples])


@dataclass(frozen=True)
class Work:
    """What is done to every piece of a swath.

    Args:
        window: lines and samples of an estimate.
        samples: that are averaged to one.
    """

    first: SwathImage
    second: SwathImage
    layer: str
    dem: Dem
    window: tuple[int, int]
    samples: int


@dataclass(frozen=True)
class Piece:
    """Lines of the common grid and samples that one task estimates; the burst they belong to."""

    burst: int
    first_line: int
    end_line: int
    first_sample: int
    end_sample: int


def make_coherence(works: Sequence[Work], area: BaseGeometry, context: Context) -> list[CoherenceImage]:
    """Estimate the coherence of every swath where the area touches it."""
    pieces = [list(pieces_of(work, area)) for work in works]
    total, done = max(sum(map(len, pieces)), 1), 0
    images = []
    for work, todo in zip(works, pieces, strict=True):
        image = _empty(work, context.scratch(f"coherence_{work.first.swath}.raw"))
        values = np.memmap(image.path, np.float32, "r+", shape=image.shape)
        for piece, found in map_bounded(context.executor, partial(estimate, work), todo, in_flight=context.threads + 1):
            left = piece.first_sample // work.samples
            values[piece.first_line : piece.end_line, left : left + found.shape[1]] = found
            done += 1
            context.progress(0.05 + 0.55 * done / total, f"coherence of {work.first.swath}")
        values.flush()
        images.append(image)
    return images


def pieces_of(work: Work, area: BaseGeometry) -> Iterator[Piece]:
    """Yield the pieces of a swath that the area touches."""
    samples = work.first.shape[1] // work.samples * work.samples
    step = _SAMPLES_AT_ONCE // work.samples * work.samples
    near = area.buffer(_MARGIN_DEG)
    for index, burst in enumerate(work.first.bursts):
        for first_line in range(burst.first, burst.end, _LINES_AT_ONCE):
            for first in range(0, samples, step):
                end_line = min(first_line + _LINES_AT_ONCE, burst.end)
                piece = Piece(index, first_line, end_line, first, min(first + step, samples))
                if ground_of(work.first.annotation, burst, piece).intersects(near):
                    yield piece


def ground_of(annotation: Annotation, burst: BurstPlace, piece: Piece) -> BaseGeometry:
    """Return the outline of a piece (lon/lat), told from the annotation's geolocation grid."""
    grid = annotation.geolocation
    lines, pixels = np.unique(grid.line), np.unique(grid.pixel)
    offset = burst.file_line - burst.grid_line
    y = np.linspace(piece.first_line + offset, piece.end_line + offset, 5).clip(lines[0], lines[-1])
    x = np.linspace(piece.first_sample, piece.end_sample, 5).clip(pixels[0], pixels[-1])
    places = np.stack(np.meshgrid(y, x, indexing="ij"), -1)
    longitude, latitude = (
        RegularGridInterpolator((lines, pixels), values.reshape(len(lines), len(pixels)))(places)
        for values in (grid.longitude, grid.latitude)
    )
    return shapely.MultiPoint(np.stack([longitude.ravel(), latitude.ravel()], -1)).convex_hull


def estimate(work: Work, piece: Piece) -> Floats:
    """Return the coherence of a piece, averaged along range; NaN where there is none."""
    burst = work.first.bursts[piece.burst]
    around = _around(work, burst, piece)
    registration = _register(work, burst, piece, around)
    lines = piece.end_line - piece.first_line
    nothing = np.full((lines, (piece.end_sample - piece.first_sample) // work.samples), np.nan, np.float32)
    if not np.isfinite(registration.line).any():
        return nothing
    second = _second(work, registration, around.samples)
    if second is None:
        return nothing
    in_burst = around._replace(first_line=around.first_line - burst.grid_line)
    first = work.first.samples(work.layer, burst, in_burst)
    coherence = estimate_coherence(first, second, None, work.window)
    top, left = piece.first_line - around.first_line, piece.first_sample - around.first_sample
    kept = coherence[top : top + lines, left : left + piece.end_sample - piece.first_sample]
    return multilook(kept, 1, work.samples)


def _around(work: Work, burst: BurstPlace, piece: Piece) -> ImageWindow:
    """Return a piece with half a window around it, as far as the burst goes."""
    lines, samples = (n // 2 + 1 for n in work.window)
    top = max(piece.first_line - lines, burst.grid_line)
    bottom = min(piece.end_line + lines, burst.grid_line + len(burst.first_valid))
    left, right = max(piece.first_sample - samples, 0), min(piece.end_sample + samples, work.first.shape[1])
    return ImageWindow(top, left, bottom - top, right - left)


def _register(work: Work, burst: BurstPlace, piece: Piece, around: ImageWindow) -> Registration:
    ground = ground_of(work.first.annotation, burst, piece).buffer(_MARGIN_DEG)
    middle = ground.centroid
    zone = f"EPSG:{326 if middle.y >= 0 else 327}{int((middle.x + 180) // 6) % 60 + 1:02d}"
    grid = grid_over(ground, _FACET_M, zone)
    heights = work.dem.heights(grid, Window(0, 0, grid.width, grid.height))
    return register(work.first.geometry, work.second.geometry, grid, heights, around)


def _second(work: Work, registration: Registration, samples: int) -> NDArray[np.complex64] | None:
    """Return the second image on the first's window; None where no burst of it lies there."""
    index = _nearest_burst(work.second, float(np.nanmedian(registration.line)))
    burst = work.second.bursts[index]
    line = registration.line - burst.grid_line
    shape = len(burst.first_valid), work.second.shape[1]
    top, bottom = (math.floor(float(f(line))) for f in (np.nanmin, np.nanmax))
    left, right = (math.floor(float(f(registration.sample))) for f in (np.nanmin, np.nanmax))
    top, left = max(top - TAPS, 0), max(left - TAPS, 0)
    bottom, right = min(bottom + TAPS, shape[0]), min(right + TAPS, shape[1])
    if top >= bottom or left >= right:
        return None
    window = ImageWindow(top, left, bottom - top, right - left)
    values, ramp = work.second.samples(work.layer, burst, window), work.second.ramp(index)
    if ramp is not None:
        values = deramp(values, ramp, window.first_line, window.first_sample)
    wavelength_m = SPEED_OF_LIGHT_M_S / work.first.annotation.radar_frequency_hz
    return resample(values, ramp, window, replace(registration, line=line), wavelength_m, samples)


def _nearest_burst(image: SwathImage, line: float) -> int:
    middles = [burst.grid_line + len(burst.first_valid) / 2 for burst in image.bursts]
    return int(np.abs(np.array(middles) - line).argmin())


def _empty(work: Work, path: Path) -> CoherenceImage:
    """Return an image without data; what is never written takes no disk but is 0, so it is filled with NaN."""
    shape = work.first.shape[0], work.first.shape[1] // work.samples
    values = np.memmap(path, np.float32, "w+", shape=shape)
    values[:] = np.nan
    geometry = replace(work.first.geometry, looks=(1, work.samples))
    return CoherenceImage(geometry, shape, work.first.range_limits_m, path)
