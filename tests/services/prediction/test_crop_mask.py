"""Crop masks: polygons and rasters, of the same place and of elsewhere."""

import json
from pathlib import Path

import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine
from predictable import GRID

from eo.errors import InvalidProduct, NoOverlap
from eo.io.grid import Grid, reproject_geometry
from services.core.errors import BadInput
from services.core.runner import run
from services.crop_lstm_predict import SERVICE
from services.prediction.crop_mask import open_mask, raster_of


def write_polygon(path: Path, polygon) -> Path:
    lonlat = reproject_geometry(polygon, GRID.crs, "EPSG:4326")
    feature = {"type": "Feature", "properties": {}, "geometry": json.loads(shapely.to_geojson(lonlat))}
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    return path


def write_raster(path: Path, values: np.ndarray, transform: Affine, nodata: int | None = None) -> Path:
    height, width = values.shape
    profile = {"crs": GRID.crs, "transform": transform, "dtype": values.dtype, "nodata": nodata}
    with rasterio.open(path, "w", driver="GTiff", width=width, height=height, count=1, **profile) as target:
        target.write(values, 1)
    return path


def classified(folder: Path) -> np.ndarray:
    with rasterio.open(folder / "crop_map.tif") as source:
        return source.read(1) != 255


def compute(stack: Path, model: Path, output: Path, **values: object) -> np.ndarray:
    run(SERVICE, {"stack": str(stack), "model": str(model), **values}, output)
    return classified(output)


def test_only_pixels_inside_polygons_are_classified(stack: Path, model: Path, tmp_path: Path) -> None:
    west, north = GRID.transform.c, GRID.transform.f
    square = write_polygon(tmp_path / "m.geojson", shapely.box(west + 100, north - 200, west + 250, north - 50))
    found = compute(stack, model, tmp_path / "out", mask=str(square))
    truth = np.zeros(GRID.shape, bool)
    truth[5:20, 10:25] = True
    np.testing.assert_array_equal(found, truth)
    table = json.loads((tmp_path / "out" / "areas.json").read_text())
    assert table["classified"]["pixels"] == 225
    assert table["no_data"]["pixels"] == 1200 - 225


def test_only_pixels_that_a_raster_names_are_classified(stack: Path, model: Path, tmp_path: Path) -> None:
    values = np.zeros((15, 20), np.uint8)  # twice as coarse
    values[2:4, 3:6], values[10, 10] = 1, 9
    values[14] = 255
    raster = write_raster(tmp_path / "m.tif", values, GRID.transform @ Affine.scale(2), nodata=255)
    found = compute(stack, model, tmp_path / "out", mask_raster=str(raster))
    np.testing.assert_array_equal(found, ((values != 0) & (values != 255)).repeat(2, 0).repeat(2, 1))


def test_a_mask_elsewhere_is_refused(stack: Path, model: Path, tmp_path: Path) -> None:
    far = write_polygon(tmp_path / "far.geojson", shapely.box(400_000, 5_000_000, 401_000, 5_001_000))
    with pytest.raises(BadInput, match=r"crop mask far\.geojson .* lies elsewhere") as refused:
        compute(stack, model, tmp_path / "out", mask=str(far))
    assert refused.value.code == "no_overlap"
    raster = write_raster(tmp_path / "far.tif", np.ones((5, 5), np.uint8), Affine(10, 0, 400_000, 0, -10, 5_000_000))
    with pytest.raises(NoOverlap, match=r"far\.tif .* lies elsewhere"):
        open_mask(None, str(raster), GRID)


def test_a_mask_that_wants_nothing_says_so(stack: Path, model: Path, tmp_path: Path) -> None:
    raster = write_raster(tmp_path / "m.tif", np.zeros(GRID.shape, np.uint8), GRID.transform)
    with pytest.raises(BadInput, match="No pixel was classified"):
        compute(stack, model, tmp_path / "out", mask_raster=str(raster))


def test_a_result_stands_for_its_map(tmp_path: Path) -> None:
    write_raster(tmp_path / "one.tif", np.ones((2, 2), np.uint8), GRID.transform)
    assert raster_of(tmp_path).name == "one.tif"
    write_raster(tmp_path / "two.tif", np.ones((2, 2), np.uint8), GRID.transform)
    with pytest.raises(InvalidProduct, match=r"there is: one\.tif, two\.tif"):
        raster_of(tmp_path)
    write_raster(tmp_path / "crop_map.tif", np.ones((2, 2), np.uint8), GRID.transform)
    assert raster_of(tmp_path).name == "crop_map.tif"
    write_raster(tmp_path / "float.tif", np.ones((2, 2), np.float32), GRID.transform)
    with pytest.raises(InvalidProduct, match="no whole numbers"):
        raster_of(tmp_path / "float.tif")


def test_where_nothing_is_wanted_nothing_is_read(model: Path, tmp_path: Path) -> None:
    """Blocks outside the mask cost nothing: a raster of half the ground reads half of the blocks."""
    from services.crop_lstm_predict.process import compute
    from services.crop_lstm_predict.settling import Recipe
    from services.prediction.inputs import blocks

    class Imagery:
        grid = Grid(GRID.crs, GRID.transform, 512, 256)
        read_blocks = 0

        def read(self, window):
            Imagery.read_blocks += 1
            return np.ones((3, 2, int(window.height), int(window.width)), np.uint16)

    west = np.zeros((256, 512), np.uint8)
    west[:, :200] = 1
    mask = open_mask(None, str(write_raster(tmp_path / "m.tif", west, GRID.transform)), Imagery.grid)
    recipe = Recipe(Imagery(), lambda s: np.tile([[0.2, 0.8]], (len(s), 1)), mask, (0, 1), 1, None)
    found = [compute(recipe, window) for window in blocks(Imagery.grid)]
    assert Imagery.read_blocks == 1
    assert sum((b["crop_map"] == 1).sum() for b in found) == 200 * 256
