"""What a result says of itself: storage of each raster, and its STAC members."""

from collections.abc import Mapping, Sequence
from typing import Any

from eo.io.band_spec import BandSpec
from eo.io.sentinel1 import Sentinel1Product
from eo.sar.change_composites import CO_POLARISED_DB, CROSS_POLARISED_DB
from services.core.context import Context
from services.sentinel1.ground import Flight
from services.sentinel1.mapping import MapAsset
from services.sentinel1.parameters import BackscatterParams, RadarParams

NAN = float("nan")
_MANTISSA_BITS = 16
TITLES = {
    "sigma0": "Sigma nought",
    "beta0": "Beta nought",
    "gamma0": "Gamma nought",
    "gamma0_rtc": "Gamma nought, terrain-flattened",
}
LAYOVER_SHADOW = {0: "No data", 1: "Clear", 2: "Layover", 3: "Shadow", 4: "Layover and shadow"}
COLOURS = {0: (0, 0, 0), 1: (222, 226, 214), 2: (217, 95, 2), 3: (69, 78, 120), 4: (128, 33, 91)}


def backscatter_assets(params: BackscatterParams, polarisations: Sequence[str]) -> dict[str, MapAsset]:
    """Return the rasters that are wanted, by output name."""
    found = {"backscatter": _backscatter(params, polarisations)}
    if params.contributing_area:
        spec = float_band("contributing_area", "1", "Contributing area over pixel area")
        found["contributing_area"] = MapAsset([spec], [{"name": spec.name}])
    if params.incidence_angle:
        spec = float_band("incidence_angle", "degree", "Local incidence angle")
        found["incidence_angle"] = MapAsset([spec], [{"name": spec.name}])
    if params.layover_shadow:
        found["layover_shadow"] = class_asset("layover_shadow", LAYOVER_SHADOW, COLOURS)
    return found


def float_band(name: str, unit: str, description: str) -> BandSpec:
    """Return a band of measured floats, NaN for no data, stored to 8 millionths of their value."""
    return BandSpec(name, "float32", NAN, unit=unit, description=description, mantissa_bits=_MANTISSA_BITS)


def class_asset(name: str, titles: dict[int, str], colours: dict[int, tuple[int, int, int]]) -> MapAsset:
    """Return a raster of classes with its legend."""
    nodata = next(value for value, title in titles.items() if title == "No data")
    spec = BandSpec(name, "uint8", nodata=nodata, description=name.replace("_", " "), classes=titles, colours=colours)
    legend = [
        {
            "value": value,
            "name": title.lower().replace(" ", "-"),
            "title": title,
            "color_hint": "{:02X}{:02X}{:02X}".format(*colours[value]),
        }
        for value, title in titles.items()
    ]
    return MapAsset([spec], [{"name": name}], {"classification:classes": legend})


def note(
    context: Context,
    inputs: Mapping[str, Sentinel1Product],
    flight: Flight | None,
    polarisations: Sequence[str],
    params: RadarParams,
) -> None:
    """Put the inputs, by parameter and in the order of time, into the record; without a flight SNAP chose the orbit."""
    products = list(inputs.values())
    for parameter, product in inputs.items():
        context.read(parameter, product.name, product.fingerprint)
    if flight and flight.file:
        context.read("orbit", flight.file.name, flight.file)
    context.acquired(products[0].start, products[-1].stop)
    context.properties.update(_properties(products[0], flight, polarisations))
    context.properties["groundwork:terrain"] = params.terrain


def _properties(product: Sentinel1Product, flight: Flight | None, polarisations: Sequence[str]) -> dict[str, Any]:
    """Return STAC properties of the item."""
    return {
        "platform": product.platform,
        "constellation": "sentinel-1",
        "instruments": ["c-sar"],
        "sar:instrument_mode": product.mode,
        "sar:frequency_band": "C",
        "sar:polarizations": list(polarisations),
        "sar:product_type": product.product_type.removeprefix("S1-"),
        "sat:orbit_state": product.orbit_pass,
        "sat:relative_orbit": product.relative_orbit,
        "sat:absolute_orbit": product.absolute_orbit,
        "groundwork:product": product.name,
        "groundwork:ipf": ".".join(f"{part:02d}" if k else str(part) for k, part in enumerate(product.ipf_version)),
        "groundwork:orbit": (flight.file.name if flight.file else flight.source) if flight else "chosen by SNAP",
    }


def limits_db(polarisation: str) -> tuple[float, float]:
    """Return the backscatter that is drawn black and white."""
    return CO_POLARISED_DB if polarisation[0] == polarisation[1] else CROSS_POLARISED_DB


def _backscatter(params: BackscatterParams, polarisations: Sequence[str]) -> MapAsset:
    title = TITLES[params.calibration]
    unit = "dB" if params.scale == "db" else "1"
    specs = [float_band(p, unit, f"{title}, {p}") for p in polarisations]
    bands = [{"name": p, "description": f"{title}, {p}"} for p in polarisations]
    low, high = limits_db(polarisations[0])
    stretch = [low, high] if params.scale == "db" else [0.0, round(0.35 * 10 ** (high / 10), 3)]
    style = {"bands": [1], "rescale": [stretch], "colormap": "gray"}
    return MapAsset(specs, bands, {"groundwork:style": style})
