"""A product: what is known of a scene, and where each of its bands lies. Every reader makes the same value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from shapely.geometry.base import BaseGeometry

from eo.errors import MissingBand
from eo.io.grid import Grid, grid_of
from eo.io.sentinel2_bands import BAND_ORDER, SpectralBand, band_name


@dataclass(frozen=True)
class RasterSource:
    """One band of one file: value = stored number × scale + offset.

    Args:
        path: what GDAL opens.
        index: band of the file, from 1.
        resolution_m: pixel size.
        nodata: stored number that means no data, None where there is none.
        saturated: stored number that means saturated, None where there is none.
    """

    path: str
    index: int
    resolution_m: float
    nodata: float | None = None
    saturated: float | None = None
    scale: float = 1.0
    offset: float = 0.0


@dataclass(frozen=True)
class Product:
    """A scene on one tile.

    Args:
        product_type: `S2MSI1C`, `S2MSI2A` or `S2-BANDS`.
        platform: as in STAC: `sentinel-2a`.
        cloud_cover: percent, None where unknown.
        footprint: lon/lat.
        bands: sources of reflectance by band name, fine to coarse.
        layers: sources of everything else, fine to coarse: `SCL`, `CLDPRB` (percent), `CLASSI_OPAQUE`, `CLASSI_CIRRUS`,
            `CLM` and `MG2` (bits of THEIA's cloud and geophysical masks), `AOT`, `WVP`.
        listed: bands that the metadata speak of, whether or not their files are here.
        spectral: wavelengths by band name.
        cloud_outlines: GDAL path of the vector cloud mask of L1C before baseline 04.00.
        fingerprint: sha-256 of the main metadata file.
    """

    name: str
    platform: str
    product_type: str
    level: str
    tile: str | None
    datetime: datetime
    cloud_cover: float | None
    footprint: BaseGeometry
    baseline: str | None
    relative_orbit: int | None
    size_bytes: int
    metadata_path: str
    fingerprint: str
    bands: Mapping[str, Sequence[RasterSource]]
    layers: Mapping[str, Sequence[RasterSource]] = field(default_factory=dict)
    listed: Sequence[str] = ()
    spectral: Mapping[str, SpectralBand] = field(default_factory=dict)
    cloud_outlines: str | None = None

    @property
    def band_names(self) -> list[str]:
        """Names of the bands that are here, in band order."""
        return [b for b in BAND_ORDER if b in self.bands]

    @cached_property
    def grid(self) -> Grid:
        """The grid of the finest band."""
        finest = min((s for sources in self.bands.values() for s in sources), key=lambda s: s.resolution_m)
        return grid_of(finest.path)

    def band(self, name: str, resolution_m: float) -> RasterSource:
        """Return the best source of a band for a resolution: the coarsest that is fine enough, else the finest.

        Raises:
            MissingBand: no such band, or its file is not in the product.
        """
        self.require([name])
        return _best(self.bands[name], resolution_m)

    def layer(self, name: str, resolution_m: float) -> RasterSource | None:
        """Return the best source of a layer, chosen as for a band; None where the product has none."""
        sources = self.layers.get(name)
        return _best(sources, resolution_m) if sources else None

    def wanted_bands(self, names: Sequence[str] | None) -> list[str]:
        """Return the bands to use, in the order asked for; all that are here where none are named.

        Raises:
            MissingBand: names what is missing together with what is there.
        """
        if not names:
            return self.band_names
        wanted = [band_name(n) or n for n in names]
        self.require(wanted)
        return list(dict.fromkeys(wanted))

    def require(self, names: Sequence[str]) -> None:
        """Refuse bands that are not here.

        Raises:
            MissingBand: names what is missing together with what is there.
        """
        missing = [n for n in names if n not in self.bands]
        if not missing:
            return
        listed = [n for n in missing if n in self.listed]
        why = f" ({', '.join(listed)}: named in the metadata, but the file is not in the product)" if listed else ""
        there = ", ".join(f"{n} ({self.bands[n][0].resolution_m:g} m)" for n in self.band_names) or "none"
        raise MissingBand(
            f"{self.name} has no {', '.join(missing)}{why}. There is: {there}.",
            hint="Choose among these bands, or fetch the complete product.",
        )


@dataclass(frozen=True)
class ProductSummary:
    """What a catalogue keeps of a product; the fields are those of `Product`, `bands` the names that are here.

    Args:
        bands: of a radar product its polarisations.
        mode, orbit_pass: of radar products: IW, EW, SM; ascending, descending.
        track: of radar products: orbit and middle, from which baselines are told (`eo.sar.baseline`).
    """

    name: str
    platform: str
    product_type: str
    level: str
    tile: str | None
    datetime: datetime
    cloud_cover: float | None
    footprint: BaseGeometry
    bands: Sequence[str]
    baseline: str | None
    size_bytes: int
    metadata_path: str
    fingerprint: str
    relative_orbit: int | None = None
    mode: str = ""
    orbit_pass: str = ""
    track: Mapping[str, Any] | None = None


def summarise(product: Product) -> ProductSummary:
    """Return what a catalogue keeps."""
    return ProductSummary(
        product.name,
        product.platform,
        product.product_type,
        product.level,
        product.tile,
        product.datetime,
        product.cloud_cover,
        product.footprint,
        product.band_names,
        product.baseline,
        product.size_bytes,
        product.metadata_path,
        product.fingerprint,
        product.relative_orbit,
    )


def _best(sources: Sequence[RasterSource], resolution_m: float) -> RasterSource:
    fine_enough = [s for s in sources if s.resolution_m <= resolution_m]
    return max(fine_enough, key=lambda s: s.resolution_m) if fine_enough else sources[0]
