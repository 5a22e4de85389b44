"""Scenes in place of a stack: harmonised on the way, to what the network takes."""

from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from predictable import GRID, fields

from services.core.errors import BadInput
from services.core.preflight import check
from services.core.runner import run
from services.core.validation import validate
from services.crop_lstm_predict import SERVICE

PLACES = {"B4": 0, "B8A": 1}
CLOUD = 2  # the bit of THEIA's mask for clouds


def write_scene(folder: Path, day: str, reflectance: np.ndarray, clouds: np.ndarray | None = None) -> None:
    """Write red and near infrared as THEIA delivers them."""
    name = f"SENTINEL2A_{day}-105000-000_L2A_T31UFQ_C_V2-2"
    (folder / name / "MASKS").mkdir(parents=True)
    mask = np.zeros(GRID.shape, np.uint8) if clouds is None else CLOUD * clouds.astype(np.uint8)
    planes = {f"{name}_FRE_{b}.tif": np.round(reflectance[i] * 10_000).astype(np.int16) for b, i in PLACES.items()}
    for file, values in {**planes, f"MASKS/{name}_CLM_R1.tif": mask}.items():
        profile = {"crs": GRID.crs, "transform": Affine(*GRID.transform[:6]), "count": 1, "dtype": values.dtype}
        with rasterio.open(
            folder / name / file, "w", driver="GTiff", width=GRID.width, height=GRID.height, **profile
        ) as target:
            target.write(values, 1)


@pytest.fixture
def scenes(tmp_path: Path) -> Path:
    """A look in each of three months; all of June's north under cloud."""
    clouds = np.zeros(GRID.shape, bool)
    clouds[:10] = True
    for day, hidden in (("20180410", None), ("20180512", None), ("20180620", clouds)):
        write_scene(tmp_path / "scenes", day, fields(1)[0], hidden)
    return tmp_path / "scenes"


def read(path: Path) -> np.ndarray:
    with rasterio.open(path) as source:
        return source.read()


def test_scenes_become_composites_and_a_map(scenes: Path, model: Path, tmp_path: Path) -> None:
    item = run(SERVICE, {"scenes": [str(scenes)], "model": str(model)}, tmp_path / "out")
    classes = read(tmp_path / "out" / "crop_map.tif")[0]
    assert (classes[:, :20] == 10).all()
    assert (classes[:, 20:] == 20).all()
    assert [n for n in item["assets"] if n.startswith("composite")] == [f"composite_2018-0{m}" for m in (4, 5, 6)]
    composite = read(tmp_path / "out" / "composite_2018-06.tif")
    assert composite.shape == (2, *GRID.shape)
    assert composite[1, 0, 30] == round((0.45 + 0.1) * 10_000)  # held from May, under June's cloud
    assert (read(tmp_path / "out" / "clear_looks.tif")[2, :10] == 0).all()
    assert item["properties"]["groundwork:service"] == "crop_lstm_predict"


def test_gaps_stay_where_none_are_filled(scenes: Path, model: Path, tmp_path: Path) -> None:
    values = {"scenes": [str(scenes)], "model": str(model), "gap_limit_days": 0, "least_periods": 3}
    run(SERVICE, values, tmp_path / "out")
    classes = read(tmp_path / "out" / "crop_map.tif")[0]
    assert (classes[:10] == 255).all()
    assert (classes[10:] != 255).all()


def test_scenes_of_another_length_are_refused_with_both_numbers(scenes: Path, model: Path, tmp_path: Path) -> None:
    write_scene(scenes, "20180703", fields(1)[0])
    with pytest.raises(BadInput, match=r"takes 3 periods; the series of scenes has 4 \(2018-04 to 2018-07\)"):
        run(SERVICE, {"scenes": [str(scenes)], "model": str(model)}, tmp_path / "out")
    item = run(SERVICE, {"scenes": [str(scenes)], "model": str(model), "start": "2018-05-01"}, tmp_path / "out")
    assert item["properties"]["groundwork:periods"][0]["label"] == "2018-05"


def test_a_dry_run_counts_the_harmonisation_too(scenes: Path, model: Path) -> None:
    answer = check(SERVICE, validate(SERVICE, {"scenes": str(scenes), "model": str(model)}))
    assert answer["valid"]
    assert {"model", "stack", "series"} <= {f["code"] for f in answer["findings"]}
    assert answer["estimate"]["scratch_bytes"] > answer["estimate"]["output_bytes"]


def test_no_scene_is_said(model: Path, tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    with pytest.raises(BadInput, match="There is no scene"):
        run(SERVICE, {"scenes": [str(tmp_path / "nothing")], "model": str(model)}, tmp_path / "out")
    with pytest.raises(BadInput, match="There is no away"):
        run(SERVICE, {"scenes": [str(tmp_path / "away")], "model": str(model)}, tmp_path / "out")


def test_bands_that_the_scenes_lack_are_named(scenes: Path, tmp_path: Path) -> None:
    from predictable import write_model

    model = write_model(tmp_path / "model")
    for file in scenes.rglob("*_FRE_B8A.tif"):
        file.unlink()
    with pytest.raises(BadInput, match="B8A"):
        run(SERVICE, {"scenes": [str(scenes)], "model": str(model)}, tmp_path / "out")
