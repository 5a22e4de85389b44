"""World checks of a dry run: products, polarisations, area, heights, orbit; and what the run would cost."""

from eo.io.grid import Grid
from eo.io.sentinel1_annotation import Annotation
from eo.io.sentinel1_slc import check_files
from eo.sar.speckle.filters import check as check_speckle
from services.core.execution import default_threads
from services.core.service import Estimate, Finding, Preflight
from services.s1_grd_preprocess import GrdPreprocessParams
from services.s1_grd_preprocess.source import Source, open_source, speckle_filter
from services.sentinel1.findings import attempt, on_ground, on_orbit
from services.sentinel1.ground import area_of, flight, map_grid
from services.sentinel1.looks import grd_looks

# Measured on one core of a small virtual machine.
_PIXELS_PER_S = {"sigma0": 8.0e6, "beta0": 8.0e6, "gamma0": 8.0e6, "gamma0_rtc": 3.0e6}
_FILTERED_PER_S = {"none": 1e12, "refined_lee": 15e6, "lee_sigma": 10e6, "median": 9e6, "frost": 10e6}
_START_S = 3.0
_BYTES_PER_PIXEL = 3.6
_OVERVIEWS = 4 / 3
_MEMORY_BYTES = 1500 << 20


def preflight(params: GrdPreprocessParams) -> Preflight:
    """Open the products and say what stands in the way, and what the run would cost."""
    source = open_source(params)
    names = ", ".join(p.name for p in source.products)
    about = f"{source.first.mode} GRD, {source.first.start:%Y-%m-%d}, track {source.first.relative_orbit}"
    findings = [Finding("ok", "product", f"{names}: {about}, {' and '.join(source.polarisations)}.")]
    annotations = source.annotations
    attempt(findings, "input", lambda: _check_files(source, params.noise_removal))
    path = attempt(findings, "orbit", lambda: flight(source.first.platform, annotations[0], params, annotations[1:]))
    if path:
        findings.append(on_orbit(path))
    area = attempt(findings, "aoi", lambda: area_of(source.footprint, params))
    if area is None:
        return Preflight(tuple(findings))
    grid = map_grid(area, params)
    findings += on_ground(params, source.footprint, area, grid)
    attempt(findings, "speckle", lambda: _check_speckle(source, params, annotations[0], grid))
    return Preflight(tuple(findings), estimate(params, grid, len(source.polarisations)))


def estimate(params: GrdPreprocessParams, grid: Grid, polarisations: int) -> Estimate:
    """Return what a run will cost, from the pixels of the result."""
    pixels = grid.width * grid.height
    per_pixel = 0.5 / _PIXELS_PER_S[params.calibration] * (1 + polarisations)
    per_pixel += polarisations / _FILTERED_PER_S.get(params.speckle, 80e6)
    output_bytes = round(pixels * polarisations * _BYTES_PER_PIXEL * _OVERVIEWS)
    scratch = 2 if params.output_format == "COG" else 1
    seconds = round(_START_S + pixels * per_pixel / default_threads(), 1)
    return Estimate(seconds, output_bytes, output_bytes * scratch, _MEMORY_BYTES)


def _check_files(source: Source, noise: bool) -> None:
    for product in source.products:
        check_files(product, product.swaths, source.polarisations, noise)


def _check_speckle(source: Source, params: GrdPreprocessParams, annotation: Annotation, grid: Grid) -> None:
    check_speckle(speckle_filter(source, params, grd_looks(annotation, params.resolution)), grid.shape)
