"""Train on fields drawn over a harmonised stack, whole fields held back."""

import json
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import rasterio
import shapely
from rasterio.transform import from_origin
from rasterio.warp import transform_geom

from eo.io.model_package import check_package
from services.core.preflight import check
from services.core.registry import get_service
from services.core.runner import run
from services.core.validation import validate

SERVICE = get_service("crop_lstm_train")
WEST, NORTH, FIELDS, SIDE = 600_000, 5_000_000, 12, 6


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A checkerboard of 12 × 2 fields, 6 × 6 pixels, three months: maize is bright in the second, beet in the third."""
    monkeypatch.setenv("GROUNDWORK_THREADS", "1")
    rng = np.random.default_rng(0)
    crop = np.kron(np.indices((2, FIELDS)).sum(0) % 2, np.ones((SIDE, SIDE), int))
    (tmp_path / "stack").mkdir()
    for month in range(3):
        plane = rng.normal(2500, 150, crop.shape) + 1500 * (crop == month - 1) * (month > 0)
        profile = {"driver": "GTiff", "width": crop.shape[1], "height": crop.shape[0], "count": 2, "dtype": "uint16"}
        place = {"crs": "EPSG:32632", "transform": from_origin(WEST, NORTH, 10, 10), "nodata": 0}
        with rasterio.open(tmp_path / f"stack/composite_2020-0{month + 4}.tif", "w", **profile, **place) as target:
            first, end = date(2020, month + 4, 1), date(2020, month + 5, 1)
            target.update_tags(PERIOD_START=first.isoformat(), PERIOD_END=end.isoformat())
            for band, name in enumerate(("B04", "B8A"), 1):
                target.write(plane.astype(np.uint16), band)
                target.set_band_description(band, name)
    features = [_field(row, column) for row in range(2) for column in range(FIELDS)]
    (tmp_path / "fields.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return {"labels": str(tmp_path / "fields.geojson"), "stack": str(tmp_path / "stack"), "label_attribute": "crop"}


def _field(row: int, column: int) -> dict:
    west, north, metres = WEST + 10 * SIDE * column, NORTH - 10 * SIDE * row, 10 * SIDE
    ring = shapely.geometry.mapping(shapely.box(west, north - metres, west + metres, north))
    crop = ("Maize", "Beet")[(row + column) % 2]
    return {
        "type": "Feature",
        "properties": {"crop": crop},
        "geometry": transform_geom("EPSG:32632", "EPSG:4326", ring),
    }


def test_fields_over_a_stack_are_learnt(world: dict[str, str], tmp_path: Path) -> None:
    values = {**world, "epochs": 10, "batch_size": 32, "hidden_units": 8, "learning_rate": 0.02, "device": "cpu"}
    run(SERVICE, {**values, "samples_per_polygon": 20}, tmp_path / "out")
    card = check_package(tmp_path / "out")
    assert [(c.name, c.colour) for c in card.outputs.classes] == [("Beet", "#c4003c"), ("Maize", "#ffd500")]
    assert (card.inputs.bands, card.inputs.periods.count, card.inputs.periods.first_month) == (("B04", "B8A"), 3, 4)
    assert sum(card.data.samples.values()) == 24 * 20
    assert card.data.split.startswith("by polygon")
    assert card.metrics["test"].overall_accuracy > 0.95


def test_labels_that_do_not_fit_are_told_before(world: dict[str, str]) -> None:
    answer = check(SERVICE, validate(SERVICE, {**world, "label_attribute": "kind"}))
    assert not answer["valid"]
    assert "it has no attribute 'kind', but crop" in answer["findings"][0]["message"]
    answer = check(SERVICE, validate(SERVICE, {**world, "stack": world["labels"]}))
    assert "holds no stack of composites" in answer["findings"][0]["message"]
