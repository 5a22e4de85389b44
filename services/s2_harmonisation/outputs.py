"""What the result says of itself: storage of each raster, and its STAC members."""

from collections.abc import Mapping, Sequence
from typing import Any

from eo.io.band_spec import BandSpec
from eo.io.sentinel2_bands import spectral_bands
from eo.optical import reflectance
from eo.timeseries.gaps import FILL_TITLES, Fill
from eo.timeseries.periods import Period
from services.s2_harmonisation import HarmonisationParams
from services.s2_harmonisation.series import Series

LAYERS = ("clear_looks", "filling")
_COLOURS: Mapping[int, tuple[int, int, int]] = {
    Fill.NO_DATA: (0, 0, 0),
    Fill.OBSERVED: (65, 150, 95),
    Fill.INTERPOLATED: (240, 190, 80),
    Fill.HELD: (205, 110, 70),
}
_BRIGHT = 0.3


def properties(series: Series, params: HarmonisationParams) -> dict[str, Any]:
    """Return STAC properties of the item."""
    return {
        "constellation": "sentinel-2",
        "instruments": ["msi"],
        "gsd": params.resolution,
        "groundwork:scenes": len(series.products),
        "groundwork:scenes_left_out": series.elsewhere + series.replaced,
        "groundwork:periods": [period_of(p) for p in series.periods],
        "groundwork:bands": list(series.names),
        "groundwork:looks": [len(looks) for looks in series.looks],
    }


def period_of(period: Period) -> dict[str, str]:
    """Return a period as JSON: label, first day, day after the last."""
    return {"label": period.label, "start": period.start.isoformat(), "end": period.end.isoformat()}


def band_specs(series: Series) -> list[BandSpec]:
    """Return how the bands of a composite are stored."""
    return [
        BandSpec(
            name,
            "uint16",
            nodata=reflectance.NODATA,
            scale=reflectance.SCALE,
            offset=reflectance.OFFSET,
            unit="1",
            description=f"Surface reflectance {name}",
            noisy=True,
        )
        for name in series.names
    ]


def layer_specs(name: str, periods: Sequence[Period]) -> list[BandSpec]:
    """Return how a layer of one plane per period is stored; 255 is no data."""
    if name == "clear_looks":
        return [BandSpec(p.label, "uint8", nodata=255, unit="1", description="Clear looks") for p in periods]
    titles = {int(k): v for k, v in FILL_TITLES.items()}
    return [BandSpec(p.label, "uint8", nodata=255, classes=titles, colours=_COLOURS) for p in periods]


def stac_bands(series: Series) -> list[dict[str, Any]]:
    """Return the STAC members of the bands."""
    spectral = spectral_bands(series.products[0].platform)
    return [
        {
            "name": name,
            "eo:common_name": spectral[name].common_name,
            "eo:center_wavelength": spectral[name].centre_um,
            "eo:full_width_half_max": spectral[name].fwhm_um,
        }
        for name in series.names
    ]


def composite_properties(series: Series, period: Period) -> dict[str, Any]:
    """Return the STAC members of one composite."""
    return {"groundwork:period": period_of(period), "groundwork:style": _style(series.names)}


def stack_properties(series: Series) -> dict[str, Any]:
    """Return the STAC members of the whole stack in one file."""
    return {"groundwork:periods": [period_of(p) for p in series.periods]}


def layer_properties(name: str) -> dict[str, Any]:
    """Return the STAC members of a layer."""
    if name == "clear_looks":
        return {"groundwork:style": {"bands": [1], "rescale": [[0, 6]], "colormap": "viridis"}}
    legend = [
        {
            "value": int(value),
            "name": title.lower().replace(" ", "-"),
            "title": title,
            "color_hint": "{:02X}{:02X}{:02X}".format(*_COLOURS[value]),
        }
        for value, title in FILL_TITLES.items()
    ]
    return {"classification:classes": legend}


def _style(names: Sequence[str]) -> dict[str, Any]:
    choices = (("B04", "B03", "B02"), ("B8A", "B04", "B03"), tuple(names[:3]))
    shown = next(c for c in choices if set(c) <= set(names))
    shown = shown if len(shown) == 3 else shown[:1]
    low, high = (round((value - reflectance.OFFSET) / reflectance.SCALE) for value in (0.0, _BRIGHT))
    style: dict[str, Any] = {
        "bands": [list(names).index(name) + 1 for name in shown],
        "rescale": [[low, high]] * len(shown),
    }
    return style if len(shown) == 3 else style | {"colormap": "gray"}
