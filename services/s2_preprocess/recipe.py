"""What a run will do, settled before the first pixel is read: grid, sources of bands, clouds and land."""

from collections.abc import Sequence
from dataclasses import dataclass

import shapely
from shapely.geometry.base import BaseGeometry

from eo.errors import MissingBand
from eo.io.aoi import parse_area
from eo.io.cloud_masks import CloudMaskName, CloudSource, available_cloud_masks, cloud_source
from eo.io.grid import Grid, output_grid, reproject_geometry
from eo.io.land import LandSource, land_source
from eo.io.product import Product, RasterSource
from services.s2_preprocess import PreprocessParams


@dataclass(frozen=True)
class Recipe:
    """Everything a block needs; travels to whatever computes it.

    Args:
        area: outline of what is kept, in the grid's CRS; None for all.
        keep_land: True masks out the sea, False the land; None neither.
    """

    grid: Grid
    names: tuple[str, ...]
    sources: tuple[RasterSource, ...]
    continuous: str
    categorical: str
    clouds: CloudSource | None
    land: LandSource | None
    keep_land: bool | None
    area: BaseGeometry | None
    scl: RasterSource | None

    @property
    def masks(self) -> bool:
        """Whether anything is masked out by what it is."""
        return self.clouds is not None or self.land is not None


def grid_for(product: Product, params: PreprocessParams) -> Grid:
    """Return the grid of the result.

    Raises:
        NoOverlap: the area lies outside the scene.
    """
    area = parse_area(params.aoi) if params.aoi else None
    return output_grid(product.grid, params.resolution, params.projection, area)


def names_for(product: Product, params: PreprocessParams) -> list[str]:
    """Return the names of the bands to write.

    Raises:
        MissingBand: names what is missing together with what is there.
    """
    return product.wanted_bands(params.bands.split(",") if params.bands else None)


def settle(product: Product, params: PreprocessParams, names: Sequence[str], grid: Grid) -> Recipe:
    """Settle the sources of everything that was asked for.

    Raises:
        MissingBand: a band, a cloud mask or a scene classification that the product does not have.
        InvalidVector: land polygons that cannot be used.
    """
    area = parse_area(params.aoi) if params.aoi and params.outside_area == "nodata" else None
    masks_land = params.landseamask != "none"
    return Recipe(
        grid=grid,
        names=tuple(names),
        sources=tuple(product.band(name, params.resolution) for name in names),
        continuous=params.resampling_continuous,
        categorical=params.resampling_categorical,
        clouds=_clouds(product, params, grid),
        land=land_source(params.land_source, product, grid, params.resolution, params.land_vector)
        if masks_land
        else None,
        keep_land=params.landseamask == "sea" if masks_land else None,
        area=_outline(area, grid) if area is not None else None,
        scl=_scene_classification(product, params),
    )


def cloud_mask_name(product: Product, params: PreprocessParams) -> CloudMaskName | None:
    """Return which cloud mask will be used, None for none.

    Raises:
        MissingBand: the best was asked for, and the product has none at all.
    """
    if params.cloudmask == "none":
        return None
    if params.cloudmask != "auto":
        return params.cloudmask
    there = available_cloud_masks(product)
    if not there:
        raise MissingBand(f"{product.name} has no cloud mask of any kind.", hint="Choose cloudmask none.")
    return there[0]


def _clouds(product: Product, params: PreprocessParams, grid: Grid) -> CloudSource | None:
    name = cloud_mask_name(product, params)
    if name is None:
        return None
    return cloud_source(
        product,
        name,
        grid,
        params.resolution,
        classes=[int(c) for c in params.cloud_classes.split(",")],
        threshold_percent=params.cloud_probability,
        dilation_m=params.cloud_dilation_m,
        resampling=params.resampling_categorical,
    )


def _scene_classification(product: Product, params: PreprocessParams) -> RasterSource | None:
    if not params.scene_classification:
        return None
    found = product.layer("SCL", params.resolution)
    if found is None:
        raise MissingBand(f"{product.name} has no scene classification (SCL).", hint="Only Level-2A products have one.")
    return found


def _outline(area: BaseGeometry, grid: Grid) -> BaseGeometry | None:
    """Return the area in the grid's CRS; None where it covers the whole grid anyway."""
    near = area.intersection(grid.footprint().buffer(0.1))
    dense = shapely.segmentize(near, max((near.bounds[2] - near.bounds[0]) / 200, 1e-6))
    outline = reproject_geometry(dense, "EPSG:4326", grid.crs)
    return None if outline.contains(shapely.box(*grid.bounds)) else outline
