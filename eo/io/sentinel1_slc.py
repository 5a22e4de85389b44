"""The images of an SLC product: one per swath, its bursts put together on their common grid of time.

Source: Sentinel-1 Product Specification, S1-RS-MDA-52-7441, §5 and §6.3.1.7 (bursts, their times and valid samples).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rasterio.errors import RasterioError
from rasterio.windows import Window

from eo.errors import InvalidProduct
from eo.io.images import unreadable
from eo.io.sentinel1 import Sentinel1Product
from eo.io.sentinel1_annotation import SPEED_OF_LIGHT_M_S, Annotation
from eo.io.sentinel1_grd import check_measurement
from eo.io.sentinel1_tables import Backscatter, Noise, Table
from eo.io.tile_cache import opened
from eo.sar.calibration import calibrate
from eo.sar.geocoding import ImageGeometry
from eo.sar.image_window import ImageWindow
from eo.sar.orbit import Orbit
from eo.sar.topsar import Ramp, burst_ramp

_LEAST_AMPLITUDE = np.float32(1e-3)  # of a valid sample that is 0: 0 would mean no data
_OFF_GRID_LINES = 0.01
_SAMPLE_BYTES = 4


@dataclass(frozen=True)
class BurstPlace:
    """Where one burst lies on the common grid of time.

    Args:
        file_line: its first line in the file.
        grid_line: its first line on the grid.
        first, end: lines of the grid that are taken from it.
        first_valid, last_valid: (lines,) of the burst; −1 where none is.
    """

    file_line: int
    grid_line: int
    first: int
    end: int
    first_valid: NDArray[np.int64]
    last_valid: NDArray[np.int64]


@dataclass(frozen=True)
class SlcLayer:
    """One polarisation of a swath; `noise` None leaves it in."""

    path: str
    table: Table
    noise: Noise | None


@dataclass(frozen=True)
class SwathImage:
    """One swath (or StripMap image); backscatter is of single looks.

    Args:
        range_limits_m: slant ranges between which this swath is used; beyond lies its neighbour.
        layers: by polarisation.
    """

    swath: str
    annotation: Annotation
    geometry: ImageGeometry
    bursts: tuple[BurstPlace, ...]
    layers: Mapping[str, SlcLayer]
    range_limits_m: tuple[float, float] = (-np.inf, np.inf)

    @property
    def shape(self) -> tuple[int, int]:
        """Lines and samples on the common grid."""
        return self.bursts[-1].grid_line + len(self.bursts[-1].first_valid), self.annotation.samples

    def backscatter(self, layer: str, window: ImageWindow) -> NDArray[np.float32]:
        """Return linear backscatter of a window, NaN for no data.

        Raises:
            InvalidProduct: the image cannot be read.
        """
        out = np.full((window.lines, window.samples), np.nan, np.float32)
        for burst in self.bursts:
            first = max(window.first_line, burst.first)
            end = min(window.first_line + window.lines, burst.end)
            if first < end:
                part = ImageWindow(first - burst.grid_line, window.first_sample, end - first, window.samples)
                out[first - window.first_line : end - window.first_line] = self._intensity(layer, burst, part)
        return out

    def samples(self, layer: str, burst: BurstPlace, window: ImageWindow) -> NDArray[np.complex64]:
        """Return complex samples of a window of a burst, 0 where they are not valid.

        Args:
            window: counted from the burst's first line.

        Raises:
            InvalidProduct: the image cannot be read.
        """
        values = _complex(self.layers[layer].path, window._replace(first_line=burst.file_line + window.first_line))
        values[~_valid(burst, window)] = 0
        return values

    def ramp(self, index: int) -> Ramp | None:
        """Return the azimuth phase of a burst; None for StripMap, which has none."""
        if not self.annotation.bursts:
            return None
        orbit, start_s = self.geometry.orbit, self.geometry.first_line_s - self.annotation.bursts[0].time_s
        return burst_ramp(
            self.annotation, replace(orbit, centre_s=orbit.centre_s - start_s), self.annotation.bursts[index]
        )

    def _intensity(self, layer: str, burst: BurstPlace, window: ImageWindow) -> NDArray[np.float32]:
        source = self.layers[layer]
        in_file = window._replace(first_line=burst.file_line + window.first_line)
        amplitude = np.maximum(np.abs(_complex(source.path, in_file)), _LEAST_AMPLITUDE)
        amplitude[~_valid(burst, window)] = 0
        return calibrate(amplitude, in_file.first_line, in_file.first_sample, source.table, source.noise, clip=False)


def open_slc(
    product: Sentinel1Product,
    swaths: Sequence[str],
    orbit: Orbit,
    origin: np.datetime64,
    polarisations: Sequence[str],
    kind: Backscatter,
    *,
    denoise: bool,
    scratch: Path,
) -> list[SwathImage]:
    """Return the images of swaths, near range first.

    Args:
        orbit: its times count from `origin`.
        scratch: folder that zipped images are unpacked to.

    Raises:
        InvalidProduct: a file is missing, breaks off or holds nothing.
    """
    images = []
    for swath in swaths:
        annotation = product.annotation(product.images[swath, polarisations[0]])
        layers = {p: _layer(product, swath, p, kind, denoise, scratch) for p in polarisations}
        images.append(SwathImage(swath, annotation, _geometry(annotation, orbit, origin), places(annotation), layers))
    return _with_limits(sorted(images, key=lambda image: image.annotation.slant_range_time_s))


def check_files(product: Sentinel1Product, swaths: Sequence[str], polarisations: Sequence[str], noise: bool) -> None:
    """See that calibration, noise and measurement of images are there and whole, as far as that is cheap to tell.

    Raises:
        InvalidProduct: one is not.
    """
    for swath in swaths:
        for polarisation in polarisations:
            image = product.images[swath, polarisation]
            product.calibration(image, "beta0")
            if noise:
                product.noise(image)
            path = product.measurement_path(image)
            if not path.startswith("/vsizip/"):  # packed ones are looked at when they are unpacked
                check_measurement(path, product.annotation(image), f"{product.name} {swath} {polarisation}")


def places(annotation: Annotation) -> tuple[BurstPlace, ...]:
    """Return where the bursts lie on the common grid of time; where two overlap, each gives half.

    Raises:
        InvalidProduct: bursts that do not lie on one grid.
    """
    if not annotation.bursts:
        lines = annotation.lines
        all_valid = np.zeros(lines, np.int64), np.full(lines, annotation.samples - 1, np.int64)
        return (BurstPlace(0, 0, 0, lines, *all_valid),)
    offsets = [burst.time_s / annotation.line_interval_s for burst in annotation.bursts]
    offsets = [offset - offsets[0] for offset in offsets]
    if any(abs(offset - round(offset)) > _OFF_GRID_LINES for offset in offsets):
        raise InvalidProduct(
            f"The bursts of {annotation.swath} do not lie on one grid of time.", hint="Fetch the product again."
        )
    found = [_place(annotation, k, round(offset)) for k, offset in enumerate(offsets)]
    cuts = [(before.end + after.first) // 2 for before, after in pairwise(found)]
    return tuple(
        replace(place, first=first, end=end)
        for place, first, end in zip(found, [found[0].first, *cuts], [*cuts, found[-1].end], strict=True)
    )


def _place(annotation: Annotation, index: int, grid_line: int) -> BurstPlace:
    """Return one burst with all its valid lines."""
    burst = annotation.bursts[index]
    valid = np.flatnonzero(burst.first_valid >= 0)
    first, end = grid_line + int(valid[0]), grid_line + int(valid[-1]) + 1
    file_line = index * annotation.lines_per_burst
    return BurstPlace(file_line, grid_line, first, end, burst.first_valid, burst.last_valid)


def _geometry(annotation: Annotation, orbit: Orbit, origin: np.datetime64) -> ImageGeometry:
    first_s = annotation.bursts[0].time_s if annotation.bursts else 0.0
    return ImageGeometry(
        orbit,
        annotation.line_interval_s,
        annotation.slant_range_time_s * SPEED_OF_LIGHT_M_S / 2,
        annotation.slant_spacing_m,
        first_line_s=first_s - annotation.seconds(origin),
    )


def _with_limits(images: list[SwathImage]) -> list[SwathImage]:
    """Cut neighbours in the middle of what both of them have."""
    ends = [_valid_range_m(image) for image in images]
    cuts = [(before[1] + after[0]) / 2 for before, after in pairwise(ends)]
    limits = zip([-np.inf, *cuts], [*cuts, np.inf], strict=True)
    return [replace(image, range_limits_m=limit) for image, limit in zip(images, limits, strict=True)]


def _valid_range_m(image: SwathImage) -> tuple[float, float]:
    lines = [(b.first_valid[b.first_valid >= 0], b.last_valid[b.first_valid >= 0]) for b in image.bursts]
    first = max(int(first.max()) for first, _ in lines)
    last = min(int(last.min()) for _, last in lines)
    near_m, spacing_m = image.geometry.near_m, image.geometry.spacing_m
    return near_m + first * spacing_m, near_m + last * spacing_m


def _layer(
    product: Sentinel1Product, swath: str, polarisation: str, kind: Backscatter, denoise: bool, scratch: Path
) -> SlcLayer:
    image = product.images[swath, polarisation]
    path = product.unpacked_measurement(image, scratch)
    check_measurement(path, product.annotation(image), f"{product.name} {swath} {polarisation}")
    return SlcLayer(path, product.calibration(image, kind), product.noise(image) if denoise else None)


def _complex(path: str, window: ImageWindow) -> NDArray[np.complex64]:
    first_line, first_sample, lines, samples = window
    numbers = _mapped(path)
    if numbers is not None:
        part = numbers[first_line : first_line + lines, first_sample : first_sample + samples]
        return part.astype(np.float32).view(np.complex64)[..., 0]
    try:
        values = opened(path).read(1, window=Window(first_sample, first_line, samples, lines))
    except RasterioError as error:
        raise unreadable(path, error) from None
    return np.asarray(values, np.complex64)


def _mapped(path: str) -> NDArray[np.int16] | None:
    """Return (lines, samples, 2) as they lie in the file; GDAL reads whole lines for a window of a few samples.

    None where they do not lie there one after the other, uncompressed, as measurements of the IPF do.
    """
    source = opened(path)
    lines, samples = source.shape
    if source.dtypes[0] != "complex_int16" or source.compression or source.block_shapes[0] != (1, samples):
        return None
    offsets = [source.get_tag_item(f"BLOCK_OFFSET_0_{line}", "TIFF", bidx=1) for line in (0, lines - 1)]
    if None in offsets or int(offsets[1]) - int(offsets[0]) != (lines - 1) * samples * _SAMPLE_BYTES:
        return None
    if Path(path).stat().st_size < int(offsets[0]) + lines * samples * _SAMPLE_BYTES:
        return None
    return np.memmap(path, "<i2", "r", int(offsets[0]), (lines, samples, 2))


def _valid(burst: BurstPlace, window: ImageWindow) -> NDArray[np.bool_]:
    rows = slice(window.first_line, window.first_line + window.lines)
    samples = window.first_sample + np.arange(window.samples)
    first, last = burst.first_valid[rows, None], burst.last_valid[rows, None]
    return np.asarray((first >= 0) & (samples >= first) & (samples <= last), np.bool_)
