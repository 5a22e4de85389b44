"""Polygons over a small stack: which pixels become samples, with what class and what numbers."""

import json
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import rasterio
import shapely
from rasterio.transform import from_origin
from rasterio.warp import transform_geom

from eo.errors import EoError, InvalidSamples, InvalidVector, NoOverlap
from eo.io import label_polygons
from eo.io.label_polygons import sample_polygons
from eo.io.time_stack import open_stack

WEST, NORTH, SIDE = 600_000, 5_000_000, 20


@pytest.fixture
def stack(tmp_path: Path):
    """Two months of two bands, 20 × 20 pixels of 10 m; stored = 1000 + 100·row + column, +5000 in the second month."""
    folder = tmp_path / "stack"
    folder.mkdir()
    values = 1000 + 100 * np.arange(SIDE)[:, None] + np.arange(SIDE)[None, :]
    for month in (4, 5):
        profile = {"driver": "GTiff", "width": SIDE, "height": SIDE, "count": 2, "dtype": "uint16", "nodata": 0}
        place = {"crs": "EPSG:32632", "transform": from_origin(WEST, NORTH, 10, 10)}
        with rasterio.open(folder / f"composite_2020-0{month}.tif", "w", **profile, **place) as target:
            target.update_tags(
                PERIOD_START=date(2020, month, 1).isoformat(), PERIOD_END=date(2020, month + 1, 1).isoformat()
            )
            for band, name in enumerate(("B04", "B8A"), 1):
                plane = (values + 5000 * (month - 4)).astype(np.uint16)
                plane[0, 0] = 0
                target.write(plane, band)
                target.set_band_description(band, name)
    return open_stack(folder)


def box(column: int, row: int, columns: int, rows: int) -> dict:
    """A polygon of whole pixels, in longitude and latitude."""
    west, north = WEST + 10 * column, NORTH - 10 * row
    ring = shapely.box(west, north - 10 * rows, west + 10 * columns, north)
    return transform_geom("EPSG:32632", "EPSG:4326", shapely.geometry.mapping(ring))


def write(tmp_path: Path, *features: tuple[dict, object], attribute: str = "crop") -> Path:
    path = tmp_path / "fields.geojson"
    content = [{"type": "Feature", "properties": {attribute: v}, "geometry": g} for g, v in features]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": content}))
    return path


def test_the_pixels_of_a_polygon_are_its_samples(stack, tmp_path: Path) -> None:
    path = write(tmp_path, (box(2, 3, 2, 1), "Wheat"), (box(10, 10, 1, 3), "Maize"))
    samples = sample_polygons(path, "crop", stack, 100, seed=0)
    assert [(c.value, c.name) for c in samples.meta.classes] == [(0, "Maize"), (1, "Wheat")]
    assert samples.meta.classes[0].colour == "#ffd500"
    assert samples.y.tolist() == [1, 1, 0, 0, 0]
    assert samples.groups.tolist() == [0, 0, 1, 1, 1]
    assert (samples.meta.bands, samples.meta.periods.count) == (("B04", "B8A"), 2)
    assert (samples.meta.periods.days, samples.meta.periods.first_month) == (None, 4)
    np.testing.assert_allclose(samples.x[0], [[0.0302] * 2, [0.5302] * 2], atol=1e-6)
    np.testing.assert_allclose(samples.x[2, 0], [0.1010] * 2, atol=1e-6)
    assert len(samples.sha256) == 64


def test_of_each_polygon_no_more_than_asked(stack, tmp_path: Path) -> None:
    path = write(tmp_path, (box(0, 0, 8, 8), 7), (box(10, 10, 2, 2), 3))
    samples = sample_polygons(path, "crop", stack, 5, seed=1)
    assert [(c.value, c.name) for c in samples.meta.classes] == [(3, "class 3"), (7, "class 7")]
    assert np.bincount(samples.groups).tolist() == [5, 4]
    again = sample_polygons(path, "crop", stack, 5, seed=1)
    assert samples.sha256 == again.sha256
    assert samples.sha256 != sample_polygons(path, "crop", stack, 5, seed=2).sha256


def test_pixels_that_were_never_seen_are_left_out(stack, tmp_path: Path) -> None:
    path = write(tmp_path, (box(0, 0, 2, 1), "a"), (box(5, 5, 2, 1), "b"))
    assert len(sample_polygons(path, "crop", stack, 100, seed=0)) == 3


@pytest.mark.parametrize(
    ("features", "attribute", "error", "words"),
    [
        (
            [(box(0, 0, 2, 2), "a"), (box(5, 5, 2, 2), "b")],
            "kind",
            InvalidVector,
            "it has no attribute 'kind', but crop",
        ),
        ([(box(500, 0, 2, 2), "a"), (box(505, 5, 2, 2), "b")], "crop", NoOverlap, "None of the 2 polygons lies over"),
        (
            [(box(0, 0, 2, 2), "a"), (box(505, 5, 2, 2), "b")],
            "crop",
            InvalidSamples,
            "have 1 class only, of 2 in 'crop'",
        ),
        ([(box(0, 0, 2, 2), None)], "crop", InvalidVector, "no polygon in it has a value of 'crop'"),
        (
            [(box(i % 20, i // 20, 1, 1), f"n{i}") for i in range(300)],
            "crop",
            InvalidSamples,
            "has 300 different values",
        ),
        (
            [(shapely.geometry.mapping(shapely.Point(9, 45)), "a")],
            "crop",
            InvalidVector,
            "no polygon in it has a value",
        ),
    ],
)
def test_polygons_that_cannot_be_used(stack, tmp_path, features, attribute, error: type[EoError], words: str) -> None:
    with pytest.raises(error) as raised:
        sample_polygons(write(tmp_path, *features), attribute, stack, 10, seed=0)
    assert words in raised.value.message
    assert raised.value.hint


def test_polygons_too_small_for_a_pixel(stack, tmp_path: Path) -> None:
    tiny = transform_geom(
        "EPSG:32632", "EPSG:4326", shapely.geometry.mapping(shapely.box(WEST + 1, NORTH - 2, WEST + 2, NORTH - 1))
    )
    with pytest.raises(NoOverlap, match=r"The polygons over the stack \(1\) hold no pixel's centre"):
        sample_polygons(write(tmp_path, (tiny, "a")), "crop", stack, 10, seed=0)


def test_no_two_classes_have_the_same_colour() -> None:
    colours = label_polygons._colours(["alfalfa", "Maize", "sugar beet", "sunflower", "vineyard"])
    assert len(set(colours)) == 5
    assert colours[1] == "#ffd500"
