"""What is written is read again, by another reader than the writer."""

import json
from pathlib import Path

import numpy as np
import pyogrio
import pytest
from pyproj import CRS, Transformer
from shapely import from_wkb
from shapely.geometry import box

from eo.vector.files import EXTENSIONS, write_polygons

POLYGONS = np.array([box(600_000, 5_000_000, 600_020, 5_000_010), box(600_100, 5_000_000, 600_110, 5_000_010)], object)
FIELDS = {"class": np.array([1, 2], np.int32), "area_m2": np.array([200.0, 100.0])}


@pytest.mark.parametrize("format", EXTENSIONS)
@pytest.mark.parametrize("count", [2, 0])
def test_round_trip(tmp_path: Path, format: str, count: int) -> None:
    path = tmp_path / f"changes{EXTENSIONS[format]}"
    write_polygons(
        path, format, POLYGONS[:count], {k: v[:count] for k, v in FIELDS.items()}, CRS.from_epsg(32631), "changes"
    )
    meta, _, geometry, columns = pyogrio.raw.read(path)
    assert meta["crs"] == ("EPSG:4326" if format == "GeoJSON" else "EPSG:32631")
    assert len(geometry) == count
    if not count:
        return
    order = np.argsort(columns[0])  # FlatGeobuf sorts along its index
    assert list(meta["fields"]) == ["class", "area_m2"]
    assert columns[1][order].tolist() == [200.0, 100.0]
    if format != "GeoJSON":
        assert from_wkb(geometry[order[0]]).equals(POLYGONS[0])


def test_geojson_is_in_longitude_and_latitude(tmp_path: Path) -> None:
    write_polygons(tmp_path / "c.geojson", "GeoJSON", POLYGONS, FIELDS, CRS.from_epsg(32631), "changes")
    feature = json.loads((tmp_path / "c.geojson").read_text())["features"][0]
    longitude, latitude = feature["geometry"]["coordinates"][0][0]
    back = Transformer.from_crs(4326, 32631, always_xy=True).transform(longitude, latitude)
    assert back == pytest.approx((600_020, 5_000_000), abs=0.02)


def test_full_disk_or_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(pyogrio.errors.DataSourceError):
        write_polygons(tmp_path / "no" / "c.gpkg", "GPKG", POLYGONS, FIELDS, CRS.from_epsg(32631), "changes")
