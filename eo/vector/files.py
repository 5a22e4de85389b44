"""Files of vector features: GeoPackage, GeoJSON, FlatGeobuf."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyogrio
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer

VectorFormat = Literal["GPKG", "GeoJSON", "FlatGeobuf"]
EXTENSIONS: Mapping[VectorFormat, str] = {"GPKG": ".gpkg", "GeoJSON": ".geojson", "FlatGeobuf": ".fgb"}
_LONGITUDE_LATITUDE = CRS.from_epsg(4326)


def write_polygons(
    path: Path, format: VectorFormat, polygons: NDArray[Any], fields: Mapping[str, NDArray[Any]], crs: CRS, layer: str
) -> None:
    """Write polygons and their fields to one new file.

    GeoJSON is written in longitude and latitude (RFC 7946), the others in `crs`.

    Args:
        polygons: shapely Polygons in `crs`; there may be none.
        fields: one array of equal length per column.
        layer: name of the layer.
    """
    if format == "GeoJSON":
        transform = Transformer.from_crs(crs, _LONGITUDE_LATITUDE, always_xy=True).transform
        polygons = shapely.transform(polygons, lambda xy: np.column_stack(transform(*xy.T)))
        crs = _LONGITUDE_LATITUDE
    pyogrio.raw.write(
        path,
        geometry=np.array(shapely.to_wkb(polygons), object),
        field_data=list(fields.values()),
        fields=np.array(list(fields), object),
        geometry_type="Polygon",
        crs=f"EPSG:{code}" if (code := crs.to_epsg()) else crs.to_wkt(),
        driver=format,
        layer=layer,
        **({"RFC7946": "YES"} if format == "GeoJSON" else {}),
    )
