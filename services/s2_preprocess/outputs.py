"""What the result says of itself: storage of each raster, and its STAC members."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from eo.io.band_spec import BandSpec
from eo.io.product import Product
from eo.io.sentinel2_bands import SpectralBand, spectral_bands
from eo.optical import masks, reflectance
from services.s2_preprocess import PreprocessParams
from services.s2_preprocess.recipe import Recipe

_TRUE_COLOUR = ("B04", "B03", "B02")
_FALSE_COLOUR = ("B8A", "B04", "B03")
_BRIGHT = 0.3


@dataclass(frozen=True)
class RasterAsset:
    """One raster of the result."""

    specs: Sequence[BandSpec]
    bands: Sequence[Mapping[str, Any]]
    properties: Mapping[str, Any] = field(default_factory=dict)


def assets(product: Product, recipe: Recipe) -> dict[str, RasterAsset]:
    """Return the rasters that a run writes, by output name."""
    found = {"reflectance": _reflectance(product, recipe.names)}
    if recipe.masks:
        found["mask"] = _classes("mask", masks.MASK_TITLES, masks.MASK_COLOURS)
    if recipe.scl:
        found["scene_classification"] = _classes("scene_classification", masks.SCL_TITLES, masks.SCL_COLOURS)
    return found


def properties(product: Product, params: PreprocessParams) -> dict[str, Any]:
    """Return STAC properties of the item."""
    found: dict[str, Any] = {
        "platform": product.platform,
        "constellation": "sentinel-2",
        "instruments": ["msi"],
        "gsd": params.resolution,
        "groundwork:product": product.name,
        "groundwork:product_type": product.product_type,
    }
    optional = {
        "eo:cloud_cover": product.cloud_cover,
        "groundwork:tile": product.tile,
        "groundwork:processing_baseline": product.baseline,
        "groundwork:relative_orbit": product.relative_orbit,
    }
    return found | {k: v for k, v in optional.items() if v is not None}


def _reflectance(product: Product, names: Sequence[str]) -> RasterAsset:
    spectral = dict(product.spectral) or spectral_bands(product.platform)
    level = "Top-of-atmosphere" if product.level == "L1C" else "Surface"
    specs = [
        BandSpec(
            name,
            "uint16",
            nodata=reflectance.NODATA,
            scale=reflectance.SCALE,
            offset=reflectance.OFFSET,
            unit="1",
            description=f"{level} reflectance, {_wavelength(spectral[name])}",
        )
        for name in names
    ]
    return RasterAsset(specs, [_band(spectral[n], level) for n in names], {"groundwork:style": _style(names)})


def _band(band: SpectralBand, level: str) -> dict[str, Any]:
    return {
        "name": band.name,
        "description": f"{level} reflectance, {_wavelength(band)}",
        "eo:common_name": band.common_name,
        "eo:center_wavelength": band.centre_um,
        "eo:full_width_half_max": band.fwhm_um,
    }


def _wavelength(band: SpectralBand) -> str:
    return f"{band.common_name} {band.centre_um * 1000:.0f} nm"


def _style(names: Sequence[str]) -> dict[str, Any]:
    """Return how the map shows it first: true colour where there is, else three bands, else one in grey."""
    shown = next((c for c in (_TRUE_COLOUR, _FALSE_COLOUR) if set(c) <= set(names)), tuple(names[:3]))
    shown = shown if len(shown) == 3 else shown[:1]
    low, high = (round((value - reflectance.OFFSET) / reflectance.SCALE) for value in (0.0, _BRIGHT))
    style: dict[str, Any] = {"bands": [names.index(n) + 1 for n in shown], "rescale": [[low, high]] * len(shown)}
    return style if len(shown) == 3 else style | {"colormap": "gray"}


def _classes(name: str, titles: Mapping[int, str], colours: Mapping[int, tuple[int, int, int]]) -> RasterAsset:
    spec = BandSpec(name, "uint8", nodata=0, description=name.replace("_", " "), classes=titles, colours=colours)
    legend = [
        {
            "value": int(value),
            "name": title.lower().replace(",", "").replace(" ", "-"),
            "title": title,
            "color_hint": "{:02X}{:02X}{:02X}".format(*colours[value]),
        }
        for value, title in titles.items()
    ]
    return RasterAsset([spec], [{"name": name}], {"classification:classes": legend})
