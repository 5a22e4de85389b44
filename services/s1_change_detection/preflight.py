"""World checks of a dry run: the pair, its baseline, area, heights, orbits; and what the run would cost."""

from eo.io.grid import Grid
from eo.io.sentinel1_slc import check_files
from eo.sar.speckle.filters import check as check_speckle
from services.core.execution import default_threads
from services.core.service import Estimate, Finding, Preflight
from services.s1_change_detection import ChangeDetectionParams
from services.s1_change_detection.pair import Pair, open_pair, said, window_of
from services.s1_change_detection.process import speckle_for
from services.sentinel1.findings import attempt, on_ground, on_orbit
from services.sentinel1.ground import area_of, flight, map_grid
from services.sentinel1.looks import slc_looks

# Measured on one core of a small virtual machine.
_GROUND_M2_PER_S = 9.0e7
_START_S = 4.0
_BYTES_PER_PIXEL = 26.0
_OVERVIEWS = 4 / 3
_MEMORY_BYTES = 3 << 30


def preflight(params: ChangeDetectionParams) -> Preflight:
    """Open the pair and say what stands in the way, and what the run would cost."""
    pair = open_pair(params)
    first, second = pair.products
    names = f"{first.name} and {second.name}: track {first.relative_orbit}, {first.mode}, {pair.polarisation}"
    findings = [Finding("ok", "product", f"{names}.")]
    annotations = attempt(findings, "aoi", lambda: pair.annotations)
    if annotations is None:
        return Preflight(tuple(findings))
    both = next(iter(annotations.values()))
    apart = attempt(findings, "input2", lambda: pair.baseline)
    if apart:
        findings.append(Finding("ok", "baseline", said(apart)))
    for k, name in enumerate(pair.parameters):
        findings += _check_product(pair, k, name, params)
    attempt(
        findings,
        "coherence_window",
        lambda: window_of(params, [(a.lines_per_burst or a.lines, a.samples) for a in both]),
    )
    area = attempt(findings, "aoi", lambda: area_of(pair.footprint, params))
    if area is None:
        return Preflight(tuple(findings))
    grid = map_grid(area, params)
    findings += on_ground(params, pair.footprint, area, grid)
    looks = slc_looks(both[0], params.resolution)
    attempt(findings, "speckle", lambda: check_speckle(speckle_for(both[0], looks, params), grid.shape))
    return Preflight(tuple(findings), estimate(params, grid))


def _check_product(pair: Pair, k: int, name: str, params: ChangeDetectionParams) -> list[Finding]:
    product, annotation = pair.products[k], next(iter(pair.annotations.values()))[k]
    found: list[Finding] = []
    swaths = list(pair.annotations)
    attempt(found, name, lambda: check_files(product, swaths, [pair.polarisation], params.noise_removal))
    path = attempt(found, "orbit", lambda: flight(product.platform, annotation, params))
    return [*found, on_orbit(path)] if path else found


def estimate(params: ChangeDetectionParams, grid: Grid) -> Estimate:
    """Return what a run will cost, from the ground that the result covers."""
    pixels = grid.width * grid.height
    seconds = _START_S + pixels * params.resolution**2 / _GROUND_M2_PER_S / default_threads()
    output_bytes = round(pixels * _BYTES_PER_PIXEL * _OVERVIEWS)
    return Estimate(round(seconds, 1), output_bytes, 2 * output_bytes, _MEMORY_BYTES)
