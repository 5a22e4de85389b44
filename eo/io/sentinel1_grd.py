"""The image of a GRD product, or of consecutive slices of one pass joined to one, as backscatter."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rasterio.errors import RasterioError
from rasterio.windows import Window

from eo.errors import InvalidProduct
from eo.io.images import open_image, unreadable
from eo.io.sentinel1 import Sentinel1Product
from eo.io.sentinel1_annotation import SPEED_OF_LIGHT_M_S, Annotation, GroundRange
from eo.io.sentinel1_tables import Backscatter, Noise, Table
from eo.io.tile_cache import opened
from eo.sar.border_noise import REACH_SAMPLES, clean_from
from eo.sar.calibration import calibrate, noise_power
from eo.sar.geocoding import ImageGeometry
from eo.sar.image_window import ImageWindow
from eo.sar.orbit import Orbit

_FIRST_CLEAN_IPF = (2, 90)
_LARGEST_GAP_LINES = 0.05
_LINES_AT_ONCE = 256
_SAMPLED_LINES = 64


@dataclass(frozen=True)
class GrdSlice:
    """One polarisation of one product.

    Args:
        noise: None leaves it in.
        border: None where there is no border noise, or it is left in.
    """

    path: str
    table: Table
    noise: Noise | None
    border: "Border | None"


@dataclass(frozen=True)
class Border:
    """Where border noise ends in an image, found line by line as lines are read."""

    path: str
    noise: Noise
    shape: tuple[int, int]
    found: dict[int, NDArray[np.int64]] = field(default_factory=dict)

    def ends(self, first_line: int, lines: int) -> NDArray[np.int64]:
        """Return (2, lines): the first sample of each line that is none, and the one after the last."""
        chunks = range(first_line // _LINES_AT_ONCE, -(-(first_line + lines) // _LINES_AT_ONCE))
        ends = np.concatenate([self._chunk(chunk) for chunk in chunks], axis=1)
        return ends[:, first_line - chunks[0] * _LINES_AT_ONCE :][:, :lines]

    def _chunk(self, chunk: int) -> NDArray[np.int64]:
        if chunk not in self.found:  # two threads may find the same, and find the same
            self.found[chunk] = self._find(chunk * _LINES_AT_ONCE)
        return self.found[chunk]

    def _find(self, first: int) -> NDArray[np.int64]:
        lines, samples = min(_LINES_AT_ONCE, self.shape[0] - first), self.shape[1]
        reach = min(REACH_SAMPLES, samples)
        ends = np.empty((2, lines), np.int64)
        for side, left in enumerate((0, samples - reach)):
            window = ImageWindow(first, left, lines, reach)
            turn = np.s_[:, :: -1 if side else 1]
            found = clean_from(_numbers(self.path, window)[turn], noise_power(self.noise, *window)[turn])
            ends[side] = samples - found if side else found
        return ends


@dataclass(frozen=True)
class GrdImage:
    """Slices of one pass as one image.

    Args:
        starts: first line of each slice, and the end of the last.
        slices: by polarisation.
    """

    geometry: ImageGeometry
    samples: int
    starts: tuple[int, ...]
    slices: Mapping[str, Sequence[GrdSlice]]

    @property
    def shape(self) -> tuple[int, int]:
        """Lines and samples."""
        return self.starts[-1], self.samples

    @property
    def range_limits_m(self) -> tuple[float, float]:
        """There is no neighbour."""
        return -np.inf, np.inf

    def backscatter(self, layer: str, window: ImageWindow) -> NDArray[np.float32]:
        """Return linear backscatter of a window, NaN for no data.

        Raises:
            InvalidProduct: the image cannot be read.
        """
        out = np.full((window.lines, window.samples), np.nan, np.float32)
        for start, end, part in zip(self.starts[:-1], self.starts[1:], self.slices[layer], strict=True):
            first, last = max(window.first_line, start), min(window.first_line + window.lines, end)
            if first < last:
                rows = slice(first - window.first_line, last - window.first_line)
                out[rows] = _read(part, ImageWindow(first - start, window.first_sample, last - first, window.samples))
        return out


def open_grd(
    products: Sequence[Sentinel1Product],
    orbit: Orbit,
    polarisations: Sequence[str],
    kind: Backscatter,
    *,
    denoise: bool,
    clean_border: bool,
    scratch: Path,
) -> GrdImage:
    """Return the image of products of one pass, in the order of time.

    Args:
        orbit: its times count from the first line of the first product.
        scratch: folder that zipped images are unpacked to.

    Raises:
        InvalidProduct: a file is missing; or the products are not slices that follow one another.
    """
    swath = products[0].swaths[0]
    annotations = [p.annotation(p.images[swath, polarisations[0]]) for p in products]
    slices = {
        polarisation: [
            _slice(product, swath, polarisation, kind, denoise, clean_border, scratch) for product in products
        ]
        for polarisation in polarisations
    }
    first = annotations[0]
    geometry = ImageGeometry(
        orbit,
        first.line_interval_s,
        first.slant_range_time_s * SPEED_OF_LIGHT_M_S / 2,
        first.range_spacing_m,
        _ground_range(annotations),
    )
    return GrdImage(geometry, min(a.samples for a in annotations), _starts(products, annotations), slices)


def _slice(
    product: Sentinel1Product,
    swath: str,
    polarisation: str,
    kind: Backscatter,
    denoise: bool,
    clean_border: bool,
    scratch: Path,
) -> GrdSlice:
    image = product.images[swath, polarisation]
    path = product.unpacked_measurement(image, scratch)
    annotation = product.annotation(image)
    check_measurement(path, annotation, f"{product.name} {polarisation}")
    noise = product.noise(image) if denoise or clean_border else None
    border = None
    if noise and clean_border and product.ipf_version < _FIRST_CLEAN_IPF:
        border = Border(path, noise, (annotation.lines, annotation.samples))
    return GrdSlice(path, product.calibration(image, kind), noise if denoise else None, border)


def _starts(products: Sequence[Sentinel1Product], annotations: Sequence[Annotation]) -> tuple[int, ...]:
    """Return the first line of each product, and the end of the last, counted from the first's first line.

    Raises:
        InvalidProduct: a gap, an overlap, or another beam.
    """
    starts = [0]
    for product, before, after in zip(products[1:], annotations, annotations[1:], strict=False):
        lines = before.seconds(after.first_line_time) / before.line_interval_s
        same = after.slant_range_time_s == before.slant_range_time_s and after.swath == before.swath
        if not same or abs(lines - before.lines) > _LARGEST_GAP_LINES:
            raise InvalidProduct(
                f"{product.name} does not follow {products[0].name} without a gap.",
                hint="Give consecutive slices of one pass.",
            )
        starts.append(starts[-1] + before.lines)
    return (*starts, starts[-1] + annotations[-1].lines)


def _ground_range(annotations: Sequence[Annotation]) -> GroundRange | None:
    """Return the polynomials of all slices, their times counted from the first line of the first."""
    joined: GroundRange | None = None
    for annotation in annotations:
        part = annotation.ground_range
        if part is None:
            return None
        moved = replace(part, time_s=part.time_s + annotations[0].seconds(annotation.first_line_time))
        joined = moved if joined is None else _joined(joined, moved)
    return joined


def _joined(first: GroundRange, second: GroundRange) -> GroundRange:
    """Return the records of the first, and of the second what is later."""
    later = second.time_s > first.time_s[-1]
    pairs = ((getattr(first, f.name), getattr(second, f.name)[later]) for f in fields(GroundRange))
    return GroundRange(*(np.concatenate(pair) for pair in pairs))


def _read(part: GrdSlice, window: ImageWindow) -> NDArray[np.float32]:
    values = calibrate(
        _numbers(part.path, window), window.first_line, window.first_sample, part.table, part.noise, clip=False
    )
    if part.border is not None:
        samples = window.first_sample + np.arange(window.samples)
        first, end = part.border.ends(window.first_line, window.lines)[..., None]
        values[(samples < first) | (samples >= end)] = np.nan
    return values


def _numbers(path: str, window: ImageWindow) -> NDArray[np.uint16]:
    first_line, first_sample, lines, samples = window
    try:
        values: NDArray[np.uint16] = opened(path).read(1, window=Window(first_sample, first_line, samples, lines))
    except RasterioError as error:
        raise unreadable(path, error) from None
    return values


def check_measurement(path: str, annotation: Annotation, name: str) -> None:
    """Refuse an image that is not what its annotation says, that breaks off, or that holds nothing but zeros.

    Raises:
        InvalidProduct: says which.
    """
    with open_image(path) as source:
        if source.shape != (annotation.lines, annotation.samples):
            raise InvalidProduct(
                f"The image of {name} has {source.height} × {source.width} pixels; its annotation says "
                f"{annotation.lines} × {annotation.samples}.",
                hint="Fetch the product again.",
            )
        try:
            rows = np.unique(np.linspace(0, source.height - 1, _SAMPLED_LINES).astype(int))
            empty = not any(source.read(1, window=Window(0, int(row), source.width, 1)).any() for row in rows[::-1])
        except RasterioError as error:
            raise unreadable(path, error) from None
    if empty:
        raise InvalidProduct(f"The image of {name} holds nothing but zeros.", hint="Fetch the product again.")
