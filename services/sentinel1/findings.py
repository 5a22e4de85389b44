"""World checks that the Sentinel-1 services share."""

from collections.abc import Callable
from typing import TypeVar

from shapely.geometry.base import BaseGeometry

from eo.errors import EoError
from eo.io.aoi import geodesic_area_km2, parse_area
from eo.io.grid import Grid
from services.core.service import Finding
from services.sentinel1.ground import Flight, heights_for
from services.sentinel1.parameters import RadarParams

T = TypeVar("T")
_MANY_PIXELS = 4_000_000_000


def attempt(findings: list[Finding], field: str | None, step: Callable[[], T]) -> T | None:
    """Return what a step gives, or None and a finding of what stood in its way."""
    try:
        return step()
    except EoError as error:
        findings.append(Finding("error", error.code, error.message, error.hint, field))
        return None


def on_ground(params: RadarParams, footprint: BaseGeometry, area: BaseGeometry, grid: Grid) -> list[Finding]:
    """Return what is to be said of area, grid and heights."""
    found = [Finding("ok", "grid", f"The result has {grid.width} × {grid.height} pixels in {grid.crs}.")]
    if grid.width * grid.height > _MANY_PIXELS:
        hint = "Choose a coarser resolution or a smaller area."
        found.append(Finding("warning", "many_pixels", "The result is very large.", hint, "resolution"))
    if params.aoi:
        wanted = parse_area(params.aoi)
        share = geodesic_area_km2(area) / geodesic_area_km2(wanted)
        if share < 0.99:
            message = f"The scene covers {share:.0%} of the area."
            found.append(Finding("warning", "partly_covered", message, "The rest will be without data.", "aoi"))
    return found + _heights(params, area)


def on_orbit(flight: Flight) -> Finding:
    """Say where the orbit is from."""
    source = f"{flight.source} ({flight.file.name})" if flight.file else "the product's annotation"
    return Finding("ok", "orbit", f"The orbit is from {source}.")


def _heights(params: RadarParams, area: BaseGeometry) -> list[Finding]:
    if params.terrain == "flat":
        message = "A flat Earth is used: pixels on high ground will lie in the wrong place."
        return [Finding("warning", "flat_earth", message, "Choose terrain dem where there is one.", "terrain")]
    found: list[Finding] = []
    dem = attempt(found, "terrain", lambda: heights_for(area, params))
    if dem is not None:
        missing = dem.missing(area)
        share = geodesic_area_km2(missing) / geodesic_area_km2(area) if not missing.is_empty else 0.0
        if share > 0.001:
            message = f"The elevation model lacks {share:.0%} of the area: sea level is taken there."
            found.append(Finding("warning", "dem_gap", message, "That is right over the sea only.", "terrain"))
        holes = dem.hole_percent(area)
        if holes > 0.05:
            message = f"{holes:.1f} % of the area lie in holes of the elevation model."
            hint = "Narrow holes are filled; wide ones are taken for the sea. Give a model without."
            found.append(Finding("warning", "dem_holes", message, hint, "terrain"))
        if not found:
            found.append(Finding("ok", "dem", "The elevation model covers the area."))
    return found
