"""What the rasters of a pair say of themselves."""

from eo.io.band_spec import BandSpec
from services.s1_change_detection import ChangeDetectionParams
from services.s1_change_detection.maps import Composition
from services.sentinel1.mapping import MapAsset
from services.sentinel1.outputs import TITLES, class_asset, float_band

CHANGE = {0: "No change", 1: "Brighter", 2: "Darker", 255: "No data"}
_CHANGE_COLOURS = {0: (236, 238, 232), 1: (0, 158, 180), 2: (200, 60, 40), 255: (0, 0, 0)}


def assets(params: ChangeDetectionParams, composition: Composition) -> dict[str, MapAsset]:
    """Return the rasters, by output name."""
    title = TITLES[params.calibration]
    first = ("first", "1", f"{title}, first date")
    second = ("second", "1", f"{title}, second date")
    coherence = ("coherence", "1", "Coherence")
    low, high = composition.limits_db
    drawn = f"{low:g} dB drawn 1, {high:g} dB drawn 255"
    return {
        "mtc_preview": _colours([f"First date, {drawn}", f"Second date, {drawn}", "Coherence, 0 to 1"]),
        "acd_preview": _colours([f"{part}, {drawn}" for part in _acd_parts(params)]),
        "coherence": _floats(coherence, ("coherence_corrected", "1", "Coherence, its bias corrected")),
        "change": class_asset("change", CHANGE, _CHANGE_COLOURS),
        "mtc": _floats(first, second, coherence),
        "acd": _floats(("log_ratio", "dB", "10 log10 of second over first date")),
    }


def _acd_parts(params: ChangeDetectionParams) -> list[str]:
    one, two = "First date", "Second date"
    return [one, two, two] if params.colours == "red_cyan" else [one, one, two]


def _floats(*bands: tuple[str, str, str]) -> MapAsset:
    specs = [float_band(name, unit, text) for name, unit, text in bands]
    return MapAsset(specs, [{"name": name, "description": text} for name, _, text in bands])


def _colours(bands: list[str]) -> MapAsset:
    specs = [
        BandSpec(name, "uint8", 0, description=text) for name, text in zip(("red", "green", "blue"), bands, strict=True)
    ]
    return MapAsset(specs, [{"name": spec.name, "description": spec.description} for spec in specs])
