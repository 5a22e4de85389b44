"""How the numbers of the result are stored, and what its files say of themselves."""

from collections.abc import Mapping, Sequence
from typing import Any

from eo.io.band_spec import BandSpec
from eo.learning.card import CropClass, ModelCard
from eo.learning.inference import CLASS_NODATA, SHARE_NODATA, SHARES
from eo.timeseries.periods import Period

Json = dict[str, Any]


def layers(classes: Sequence[CropClass], probabilities: str, top_classes: int) -> Mapping[str, list[BandSpec]]:
    """Return the bands of each raster of the result, by the name of the output."""
    found = {"crop_map": [_classes("crop_map", classes, "Likeliest class")]}
    if probabilities == "all":
        found["probabilities"] = [_share(f"p_{c.value}", f"Probability of {c.name}") for c in classes]
    elif probabilities == "top":
        ranks = range(1, min(top_classes, len(classes)) + 1)
        found["top_classes"] = [_classes(f"class_{rank}", classes, f"Class {rank} by probability") for rank in ranks]
        found["top_probabilities"] = [_share(f"p_{rank}", f"Probability of class {rank}") for rank in ranks]
    found["entropy"] = [_share("entropy", "Entropy of the probabilities, as a share of the greatest there can be")]
    return found


def legend(classes: Sequence[CropClass]) -> list[Json]:
    """Return the classes as the STAC classification extension has them."""
    known = [
        {
            "value": c.value,
            "name": "".join(ch if ch.isalnum() else "-" for ch in c.name.lower()),
            "title": c.name,
            "color_hint": c.colour[1:].upper(),
        }
        for c in classes
    ]
    return [*known, {"value": CLASS_NODATA, "name": "nodata", "title": "No data, or outside the mask", "nodata": True}]


def asset_properties(name: str, classes: Sequence[CropClass]) -> Json:
    """Return the STAC members of one raster."""
    return {"classification:classes": legend(classes)} if name in ("crop_map", "top_classes") else {}


def stac_bands(specs: Sequence[BandSpec]) -> list[Json]:
    """Return the STAC members of bands."""
    return [{"name": spec.name, "description": spec.description} for spec in specs]


def properties(card: ModelCard, periods: Sequence[Period], precision: str, remarks: Sequence[str]) -> Json:
    """Return what the item says of the model, of what it was computed in, and of the periods it was given."""
    named = [{"label": p.label, "start": p.start.isoformat(), "end": p.end.isoformat()} for p in periods]
    return {
        "constellation": "sentinel-2",
        "instruments": ["msi"],
        "groundwork:model": {"name": card.name, "network": card.architecture.network, "sha256": card.weights.sha256},
        "groundwork:precision": precision,
        "groundwork:bands": list(card.inputs.bands),
        "groundwork:periods": named,
        **({"groundwork:remarks": list(remarks)} if remarks else {}),
    }


def _classes(name: str, classes: Sequence[CropClass], description: str) -> BandSpec:
    return BandSpec(
        name,
        "uint8",
        nodata=CLASS_NODATA,
        unit="1",
        description=description,
        classes={c.value: c.name for c in classes},
        colours={c.value: _rgb(c.colour) for c in classes},
    )


def _share(name: str, description: str) -> BandSpec:
    return BandSpec(name, "uint8", nodata=SHARE_NODATA, scale=1 / SHARES, unit="1", description=description)


def _rgb(colour: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(colour[1:])
    return red, green, blue
