"""Attributes of vector files: kept where they are numbers or short words."""

import json
from pathlib import Path

import pytest

from eo.errors import InvalidVector
from eo.io.vectors import read_features, read_geometries, read_labelled, write_geojson

SQUARE = {"type": "Polygon", "coordinates": [[[10, 50], [11, 50], [11, 51], [10, 50]]]}


def collection(path: Path, *rows: dict | None) -> Path:
    features = [{"type": "Feature", "properties": row, "geometry": SQUARE} for row in rows]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def test_attributes_come_back_and_are_written_again(tmp_path):
    path = collection(tmp_path / "a.json", {"crop": "Maize", "field": 7, "yield": 3.5, "ok": True}, {"crop": "Soy"})
    geometries, attributes = read_features(path)
    assert attributes[0] == {"crop": "Maize", "field": 7, "yield": 3.5, "ok": True}
    assert attributes[1] == {"crop": "Soy"}
    write_geojson(geometries, tmp_path / "b.geojson", attributes)
    again, values = read_labelled(tmp_path / "b.geojson", "crop")
    assert values == ["Maize", "Soy"]
    assert [g.wkt for g in again] == [g.wkt for g in read_geometries(path)]


def test_what_is_long_or_no_value_is_left_out(tmp_path):
    row = {"crop": "Maize", "note": "x" * 201, "list": [1, 2], "day": "2018-05-01", **{f"a{n}": n for n in range(60)}}
    _, (kept,) = read_features(collection(tmp_path / "a.json", row))
    assert kept["crop"] == "Maize"
    assert not {"note", "list", "a59"} & set(kept)
    assert len(kept) <= 40


def test_files_without_attributes(tmp_path):
    geometries, attributes = read_features(collection(tmp_path / "a.json", {}, None))
    assert (len(geometries), attributes) == (2, [{}, {}])
    write_geojson(geometries, tmp_path / "b.geojson")
    assert '"properties": {}' in (tmp_path / "b.geojson").read_text()
    with pytest.raises(InvalidVector, match="no attribute 'crop', but none"):
        read_labelled(tmp_path / "b.geojson", "crop")
