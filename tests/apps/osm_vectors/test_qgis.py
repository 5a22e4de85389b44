"""The project of an extract, opened in QGIS itself where it is installed."""

import json
import os
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest

from apps.osm_vectors.imports import import_file
from apps.osm_vectors.reader import reader_address
from services.core.registry import get_service
from services.core.runner import run

PYTHON = "/usr/bin/python3"
OPEN = Path(__file__).resolve().parents[2] / "support/open_in_qgis.py"
VADUZ = "POLYGON((9.50 47.12, 9.55 47.12, 9.55 47.16, 9.50 47.16, 9.50 47.12))"


def qgis_is_here() -> bool:
    if not Path(PYTHON).exists():
        return False
    return subprocess.run([PYTHON, "-c", "import qgis.core"], capture_output=True, check=False).returncode == 0


pytestmark = [
    pytest.mark.usefixtures("empty"),
    pytest.mark.skipif(not qgis_is_here(), reason="python3-qgis is not here"),
]


def opened(project: Path, picture: Path) -> dict[str, Any]:
    """Return what QGIS says of a project."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PROJ", "GDAL"))}
    done = subprocess.run(
        [PYTHON, str(OPEN), str(project), str(picture)],
        env={**clean, "QT_QPA_PLATFORM": "offscreen", "XDG_RUNTIME_DIR": str(picture.parent)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("format", ["GPKG", "GeoJSON", "GeoJSONSeq", "FlatGeobuf", "Shapefile"])
def test_a_project_opens_with_its_data(
    shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, format: str
) -> None:
    """Every layer is read, with as many features as were written, each class in a colour, and all is drawn."""
    import_file(shared_data / "osm/liechtenstein-2013-08-03.osm.pbf", importer="libosmium")
    monkeypatch.setenv("OSM_DATABASE_URL", reader_address())
    folder = tmp_path / "result"
    values = {"aoi": VADUZ, "layers": ["buildings", "roads", "power"], "output_format": format}
    run(get_service("osm_extract"), values, folder)
    if format == "Shapefile":
        with zipfile.ZipFile(folder / "features.zip") as archive:
            archive.extractall(folder)
    said = opened(folder / "project.qgs", tmp_path / "drawn.png")
    assert (said["read"], said["title"], said["crs"]) == (True, "Human features from OpenStreetMap", "EPSG:4326")
    tables = json.loads((folder / "item.json").read_text())["properties"]["groundwork:tables"]
    expected = {f"{t['title']} ({t['name']})": t["features"] for t in tables}
    assert {name: layer["features"] for name, layer in said["layers"].items()} == expected
    for name, layer in said["layers"].items():
        assert layer["valid"] and layer["crs"] == "EPSG:4326", name
        assert layer["without_colour"] == [], name
        assert len(set(layer["colours"].values())) == len(layer["colours"]) > 1, name
    assert set(said["order"]) == set(expected)  # its tree of layers finds them
    kinds = [name[-2] for name in said["order"]]
    assert kinds == sorted(kinds, key="pla".index)  # points over lines over areas
    assert said["drawn"] > 1_000


def test_a_project_of_the_mgcp_schema(landscape_osm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """More than ninety layers, all of them read."""
    dataset = import_file(landscape_osm, importer="libosmium")
    assert dataset.bounds
    monkeypatch.setenv("OSM_DATABASE_URL", reader_address())
    run(get_service("osm_extract"), {"aoi": dataset.bounds.wkt, "feature_schema": "mgcp"}, tmp_path / "result")
    said = opened(tmp_path / "result/project.qgs", tmp_path / "drawn.png")
    assert said["read"] and len(said["order"]) == len(said["layers"]) > 90
    assert all(layer["valid"] and layer["features"] > 0 for layer in said["layers"].values())
