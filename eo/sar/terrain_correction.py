"""Range-Doppler terrain correction of one block of a map: from the map's pixels into the radar image.

Source: Small and Schubert, Guide to Sentinel-1 Geocoding, UZH-S1-GC-AD 1.12 (2022), §4 (backward geocoding).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from eo.io.grid import Grid
from eo.sar.contributing_area import add_area, flatten
from eo.sar.geocoding import ImageGeometry, radar_coordinates, to_image
from eo.sar.image_window import ImageWindow, window_around
from eo.sar.local_geometry import Facing, facing
from eo.sar.multilook import multilook
from eo.sar.sampling import sample_bilinear
from eo.sar.speckle.filters import SpeckleFilter, filter_speckle, margin_of

Layer = NDArray[np.float32]
Positions = NDArray[np.float64]
FACETS_PER_PIXEL = 2.0


class RadarImage(Protocol):
    """One image of a product, or several joined to one.

    `range_limits_m`: slant ranges between which this image is used; beyond lies a neighbour.
    """

    @property
    def geometry(self) -> ImageGeometry: ...
    @property
    def shape(self) -> tuple[int, int]: ...
    @property
    def range_limits_m(self) -> tuple[float, float]: ...

    def backscatter(self, layer: str, window: ImageWindow) -> Layer:
        """Return linear backscatter of a window that lies in the image; NaN for no data."""
        ...


@dataclass(frozen=True)
class Correction:
    """What is done to every block.

    Args:
        images: all with the same orbit.
        layers: names of what is corrected (polarisations).
        speckle: filter by layer; applied in the geometry of the image.
        looks: lines and samples that are averaged first.
        flattens: whether radar brightness becomes γ0 by the contributing area.
    """

    images: Sequence[RadarImage]
    layers: tuple[str, ...]
    speckle: Mapping[str, SpeckleFilter]
    looks: tuple[int, int] = (1, 1)
    flattens: bool = False


@dataclass(frozen=True)
class CorrectedBlock:
    """One block: layers (n, rows, columns) and contributing area (rows, columns), NaN where there is nothing."""

    layers: Layer
    area: Layer | None


def correct_block(
    correction: Correction,
    grid: Grid,
    heights_m: Layer,
    margin: tuple[int, int],
    coordinates: Positions | None = None,
) -> CorrectedBlock:
    """Return a block of the map.

    Args:
        grid: the block with its margin.
        heights_m: above the ellipsoid, of the grid's pixels; NaN where unknown.
        margin: rows and columns around the block; for the contributing area they reach as far as ground that shares a
            slant range with the block's (see `eo.sar.local_geometry.reach_m`).
        coordinates: of the grid's pixels, where they are known (see `eo.sar.geocoding.radar_coordinates`).
    """
    inner = tuple(slice(m, n - m) for m, n in zip(margin, heights_m.shape, strict=True))
    shape = heights_m[inner].shape
    layers = np.full((len(correction.layers), *shape), np.nan, np.float32)
    area = np.full(shape, np.nan, np.float32) if correction.flattens else None
    if coordinates is None:
        coordinates = radar_coordinates(correction.images[0].geometry.orbit, grid, heights_m)
    for image in correction.images:
        _add(correction, image, grid, heights_m, coordinates, inner, layers, area)
    return CorrectedBlock(layers, area)


def _add(
    correction: Correction,
    image: RadarImage,
    grid: Grid,
    heights_m: Layer,
    coordinates: Positions,
    inner: tuple[slice, ...],
    layers: Layer,
    area_out: Layer | None,
) -> None:
    """Fill in what one image shows."""
    slant_m, (near_m, far_m) = coordinates[1][inner], image.range_limits_m
    with np.errstate(invalid="ignore"):
        mine = (slant_m >= near_m) & (slant_m < far_m)
    if not mine.any():
        return
    (own_lines, own_samples), (lines, samples) = image.geometry.looks, correction.looks
    geometry = replace(image.geometry, looks=(own_lines * lines, own_samples * samples))
    positions = coordinates.copy()
    to_image(geometry, positions)
    line, sample = np.where(mine, positions[0][inner], np.nan), positions[1][inner]
    shape = image.shape[0] // correction.looks[0], image.shape[1] // correction.looks[1]
    window = window_around(line, sample, shape)
    if window is None:
        return
    reach = max(margin_of(f.name, f.window) for f in correction.speckle.values())
    window = window.grown(reach, shape)
    area = None
    if correction.flattens and area_out is not None:
        area = _area(geometry, grid, heights_m, positions, window)
    line, sample = line - window.first_line, sample - window.first_sample
    for name, out in zip(correction.layers, layers, strict=True):
        values = image.backscatter(name, _at_full_resolution(window, correction.looks))
        values = multilook(values, *correction.looks) if correction.looks != (1, 1) else values
        values = np.maximum(values, 0)  # noise taken off may leave less than nothing; averages above are not lifted
        values = values if area is None else flatten(values, area)
        values = filter_speckle(values, correction.speckle[name], image_shape=shape)
        _fill(out, sample_bilinear(values, line, sample))
    if area is not None and area_out is not None:
        _fill(area_out, sample_bilinear(area, line, sample))


def _area(geometry: ImageGeometry, grid: Grid, heights_m: Layer, positions: Positions, window: ImageWindow) -> Layer:
    """Return the contributing area of the pixels of a window."""
    area = np.zeros((window.lines, window.samples), np.float32)
    face = facing(geometry, grid, float(np.nanmean(heights_m)))
    moved = positions - np.array([window.first_line, window.first_sample], float)[:, None, None]
    add_area(face, heights_m, moved, area, _finer(face))
    return area


def _finer(face: Facing) -> int:
    """Return into how many pieces a facet's side is cut, so that they lie closer than the image's pixels."""
    return max(1, math.ceil(FACETS_PER_PIXEL * math.sqrt(float(face.stretch.max()))))


def _at_full_resolution(window: ImageWindow, looks: tuple[int, int]) -> ImageWindow:
    lines, samples = looks
    return ImageWindow(
        window.first_line * lines, window.first_sample * samples, window.lines * lines, window.samples * samples
    )


def _fill(out: Layer, values: Layer) -> None:
    empty = np.isnan(out)
    out[empty] = values[empty]
