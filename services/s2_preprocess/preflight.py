"""World checks of a dry run: the product, its bands, the area; and what the run would cost. No pixel is read."""

from collections.abc import Callable
from typing import TypeVar

from eo.errors import EoError
from eo.io.aoi import geodesic_area_km2, parse_area
from eo.io.grid import Grid
from eo.io.product import Product
from eo.io.products import open_product
from services.core.execution import default_threads
from services.core.service import Estimate, Finding, Preflight
from services.s2_preprocess import PreprocessParams
from services.s2_preprocess.recipe import grid_for, names_for, settle

T = TypeVar("T")

# Measured on one core of a small virtual machine.
_DECODED_PIXELS_PER_S = 8e6
_WRITTEN_PIXELS_PER_S = 30e6
_START_S = 2.5
_BYTES_PER_PIXEL = 1.5
_OVERVIEWS = 4 / 3
_BASE_MEMORY_BYTES = 900 << 20
_BLOCK_BYTES = 1024 * 1024 * 2
_MANY_PIXELS = 4_000_000_000


def preflight(params: PreprocessParams) -> Preflight:
    """Open the product and say what stands in the way, and what the run would cost."""
    product = open_product(params.input)
    clouds = "" if product.cloud_cover is None else f", {product.cloud_cover:.0f} % cloud"
    findings = [Finding("ok", "product", f"{product.name}: {product.level}, {product.datetime:%Y-%m-%d}{clouds}.")]
    names = _attempt(findings, "bands", lambda: names_for(product, params))
    grid = _attempt(findings, "aoi", lambda: grid_for(product, params))
    if grid is None or names is None:
        return Preflight(tuple(findings))
    _attempt(findings, None, lambda: settle(product, params, names, grid))
    findings += [*_remarks_on_bands(product, params, names), *_remarks_on_grid(product, params, grid)]
    return Preflight(tuple(findings), estimate(product, params, names, grid))


def estimate(product: Product, params: PreprocessParams, names: list[str], grid: Grid) -> Estimate:
    """Return what a run will cost, from the pixels it decodes and the pixels it writes."""
    written = grid.width * grid.height * len(names)
    ground_m2 = grid.width * grid.height * params.resolution**2
    decoded = sum(ground_m2 / product.band(n, params.resolution).resolution_m ** 2 for n in names)
    threads = default_threads()
    seconds = _START_S + (decoded / _DECODED_PIXELS_PER_S + written * _OVERVIEWS / _WRITTEN_PIXELS_PER_S) / threads
    output_bytes = round(written * _BYTES_PER_PIXEL * _OVERVIEWS)
    scratch = 2 if params.output_format == "COG" else 1
    memory = _BASE_MEMORY_BYTES + _BLOCK_BYTES * len(names) * (2 * threads + 4)
    return Estimate(round(seconds, 1), output_bytes, output_bytes * scratch, memory)


def _attempt(findings: list[Finding], field: str | None, step: Callable[[], T]) -> T | None:
    """Return what a step gives, or None and a finding of what stood in its way."""
    try:
        return step()
    except EoError as error:
        findings.append(Finding("error", error.code, error.message, error.hint, field))
        return None


def _remarks_on_bands(product: Product, params: PreprocessParams, names: list[str]) -> list[Finding]:
    coarse = [n for n in names if product.band(n, params.resolution).resolution_m > params.resolution]
    if not coarse:
        return []
    message = f"Interpolated to {params.resolution:g} m from coarser pixels: {', '.join(coarse)}."
    return [Finding("ok", "interpolated", message, field="resolution")]


def _remarks_on_grid(product: Product, params: PreprocessParams, grid: Grid) -> list[Finding]:
    found = [Finding("ok", "grid", f"The result has {grid.width} × {grid.height} pixels in {grid.crs}.")]
    if grid.width * grid.height > _MANY_PIXELS:
        hint = "Choose a coarser resolution or a smaller area."
        found.append(Finding("warning", "many_pixels", "The result is very large.", hint, "resolution"))
    if params.aoi:
        area = parse_area(params.aoi)
        share = geodesic_area_km2(area.intersection(product.footprint)) / geodesic_area_km2(area)
        if share < 0.99:
            message = f"The scene covers {share:.0%} of the area."
            found.append(Finding("warning", "partly_covered", message, "The rest will be without data.", "aoi"))
    return found
