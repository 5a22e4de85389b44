"""World checks of a dry run: product, polarisations, area, heights, orbit; and what the run would cost."""

from eo.io.grid import Grid
from eo.io.sentinel1_slc import check_files
from eo.sar.speckle.filters import check as check_speckle
from services.core.execution import default_threads
from services.core.service import Estimate, Finding, Preflight
from services.s1_slc_preprocess import SlcPreprocessParams
from services.s1_slc_preprocess.source import looks_for, open_source, speckle_filter
from services.sentinel1.findings import attempt, on_ground, on_orbit
from services.sentinel1.ground import area_of, flight, map_grid

# Measured on one core of a small virtual machine: pixels of the result, whose samples are read and averaged.
_GROUND_M2_PER_S = 4.0e8
_START_S = 3.0
_BYTES_PER_PIXEL = 3.6
_OVERVIEWS = 4 / 3
_MEMORY_BYTES = 1800 << 20


def preflight(params: SlcPreprocessParams) -> Preflight:
    """Open the product and say what stands in the way, and what the run would cost."""
    source = open_source(params)
    product = source.product
    about = f"{product.mode} SLC, {product.start:%Y-%m-%d}, track {product.relative_orbit}"
    findings = [Finding("ok", "product", f"{product.name}: {about}, {' and '.join(source.polarisations)}.")]
    if attempt(findings, "aoi", lambda: source.annotations) is None:
        return Preflight(tuple(findings))
    attempt(
        findings,
        "input",
        lambda: check_files(product, list(source.annotations), source.polarisations, params.noise_removal),
    )
    path = attempt(findings, "orbit", lambda: flight(product.platform, source.first, params))
    if path:
        findings.append(on_orbit(path))
    area = attempt(findings, "aoi", lambda: area_of(source.footprint, params))
    if area is None:
        return Preflight(tuple(findings))
    grid = map_grid(area, params)
    findings += on_ground(params, source.footprint, area, grid)
    looks = looks_for(source.first, params)
    attempt(findings, "speckle", lambda: check_speckle(speckle_filter(source.first, params, looks), grid.shape))
    return Preflight(tuple(findings), estimate(params, grid, len(source.polarisations)))


def estimate(params: SlcPreprocessParams, grid: Grid, polarisations: int) -> Estimate:
    """Return what a run will cost, from the ground that the result covers."""
    pixels = grid.width * grid.height
    ground_m2 = pixels * params.resolution**2
    seconds = _START_S + ground_m2 * polarisations / _GROUND_M2_PER_S / default_threads()
    output_bytes = round(pixels * polarisations * _BYTES_PER_PIXEL * _OVERVIEWS)
    scratch = 2 if params.output_format == "COG" else 1
    return Estimate(round(seconds, 1), output_bytes, output_bytes * scratch, _MEMORY_BYTES)
