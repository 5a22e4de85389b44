"""What the radar services say to inputs that cannot work, before hours are spent."""

import re
import shutil
import time
from pathlib import Path

import pytest
import rasterio
import shapely

from demo.world import DemoWorld
from eo.errors import InvalidArea
from services.core.errors import BadInput, InvalidParameters
from services.core.preflight import check
from services.core.registry import get_service
from services.core.runner import run
from services.core.validation import validate
from services.sentinel1.ground import area_of
from services.sentinel1.parameters import RadarParams

GRD, SLC, CD = (get_service(f"s1_{name}") for name in ("grd_preprocess", "slc_preprocess", "change_detection"))
AREA = "POLYGON((13.19 43.70,13.22 43.70,13.22 43.72,13.19 43.72,13.19 43.70))"


@pytest.fixture(autouse=True)
def heights(demo_world: DemoWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEM_PATH", str(demo_world.radar.dem.parent))


def errors(service, **options: object) -> list[str]:  # type: ignore[no-untyped-def]
    """Return the messages of errors of a dry run."""
    answer = check(service, validate(service, options))
    assert answer["valid"] is (not [f for f in answer["findings"] if f["level"] == "error"])
    return [f"{f['message']} {f['hint']}" for f in answer["findings"] if f["level"] == "error"]


@pytest.fixture
def grd(demo_world: DemoWorld, tmp_path: Path) -> Path:
    """A copy to break."""
    return Path(shutil.copytree(demo_world.radar.grd[0], tmp_path / demo_world.radar.grd[0].name))


def test_nothing_to_complain_of(demo_world: DemoWorld) -> None:
    first, second = demo_world.radar.slc
    assert errors(GRD, input=str(demo_world.radar.grd[0]), aoi=AREA) == []
    assert errors(SLC, input=str(first), aoi=AREA) == []
    answer = check(CD, validate(CD, {"input1": str(second), "input2": str(first), "aoi": AREA}))
    assert answer["valid"] and answer["estimate"]["seconds"] > 0
    (apart,) = [f["message"] for f in answer["findings"] if f["code"] == "baseline"]
    assert apart == "12 days apart, perpendicular baseline +74 m."


def test_wrong_product_types(demo_world: DemoWorld) -> None:
    grd, slc = str(demo_world.radar.grd[0]), str(demo_world.radar.slc[0])
    assert "is of type S1-SLC; this service takes S1-GRD" in errors(GRD, input=slc)[0]
    assert "is a S1-GRD in mode IW; this service takes S1-SLC" in errors(SLC, input=grd)[0]
    assert "is a S1-GRD in mode IW; S1-SLC in IW or SM is taken" in errors(CD, input1=grd, input2=slc)[0]
    assert "holds no product" in errors(GRD, input=str(demo_world.folder / "truth"))[0]


def test_polarisation_that_is_not_there(demo_world: DemoWorld) -> None:
    assert "has no HH. There is: VV, VH." in errors(GRD, input=str(demo_world.radar.grd[0]), polarization="HH")[0]
    with pytest.raises(InvalidParameters, match="there is no polarisation XX; there are VV, VH, HH, HV"):
        validate(GRD, {"input": "x", "polarization": "XX"})


@pytest.mark.parametrize("part", ["calibration-", "noise-"])
def test_missing_calibration_or_noise(grd: Path, part: str) -> None:
    for path in (grd / "annotation/calibration").glob(f"{part}*-vv-*"):
        path.unlink()
    assert f"has no {part.rstrip('-')} file for IW VV" in errors(GRD, input=str(grd))[0]


def test_measurements_that_break_off_or_are_empty(grd: Path) -> None:
    path = next((grd / "measurement").glob("*-vv-*"))
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert "cannot be read" in errors(GRD, input=str(grd))[0]
    path.write_bytes(whole)
    with rasterio.open(path, "r+") as image:
        image.write(image.read(1) * 0, 1)
    assert "VV holds nothing but zeros" in errors(GRD, input=str(grd))[0]
    path.unlink()
    assert "has no measurement file for IW VV" in errors(GRD, input=str(grd))[0]


def test_pairs_that_are_none(demo_world: DemoWorld, tmp_path: Path) -> None:
    first, second = demo_world.radar.slc
    assert "Both scenes are" in errors(CD, input1=str(first), input2=str(first))[0]
    other = Path(shutil.copytree(second, tmp_path / second.name))
    manifest = other / "manifest.safe"
    manifest.write_text(
        manifest.read_text().replace(">22</safe:relativeOrbitNumber>", ">95</safe:relativeOrbitNumber>")
    )
    said = errors(CD, input1=str(first), input2=str(other))[0]
    assert "is of track 22" in said and "of track 95" in said


def test_orbits_too_far_apart(demo_world: DemoWorld, tmp_path: Path) -> None:
    """The second orbit is put 0.2 % higher, fourteen kilometres: refused by the dry run and by a run, at once."""
    first, second = demo_world.radar.slc
    other = Path(shutil.copytree(second, tmp_path / second.name))
    for path in (other / "annotation").glob("*.xml"):
        path.write_text(re.sub(r"(?<=<position>).*?(?=</position>)", _higher, path.read_text(), flags=re.DOTALL))
    said = errors(CD, input1=str(first), input2=str(other), aoi=AREA)
    assert re.search(r"too far apart: 12 days apart, perpendicular baseline [+-]\d{4} m.*below 5000 m", said[0])
    began = time.monotonic()
    with pytest.raises(BadInput, match="too far apart"):
        run(CD, {"input1": str(first), "input2": str(other)}, tmp_path / "out")
    assert time.monotonic() - began < 10


def _higher(position: re.Match[str]) -> str:
    return re.sub(r">([-\d.e+]+)<", lambda axis: f">{float(axis[1]) * 1.002!r}<", position[0])


def test_results_over_the_antimeridian() -> None:
    """Fiji: a scene on both sides of 180°, and an area on both; on one side of it there is a result."""
    scene = shapely.union(shapely.box(178, -18, 180, -16), shapely.box(-180, -18, -179, -16))
    with pytest.raises(InvalidArea, match="on both sides of the antimeridian"):
        area_of(scene, RadarParams())
    east, west = shapely.box(179, -17.5, 180, -17), shapely.box(-180, -17.5, -179.5, -17)
    with pytest.raises(InvalidArea, match="on both sides of the antimeridian"):
        area_of(scene, RadarParams(aoi=shapely.union(east, west).wkt))
    assert area_of(scene, RadarParams(aoi=east.wkt)).equals(east)


def test_areas_off_the_swath(demo_world: DemoWorld) -> None:
    away = "POLYGON((20 43.70,20.1 43.70,20.1 43.72,20 43.72,20 43.70))"
    for service, options in (
        (GRD, {"input": str(demo_world.radar.grd[0])}),
        (SLC, {"input": str(demo_world.radar.slc[0])}),
        (CD, {"input1": str(demo_world.radar.slc[0]), "input2": str(demo_world.radar.slc[1])}),
    ):
        assert "lies outside of the scene" in errors(service, aoi=away, **options)[0]


def test_windows_and_filters(demo_world: DemoWorld) -> None:
    with pytest.raises(InvalidParameters, match="odd number of pixels"):
        validate(GRD, {"input": "x", "speckle": "lee", "speckle_window": 6})
    with pytest.raises(InvalidParameters, match="gauss"):
        validate(GRD, {"input": "x", "speckle": "gauss"})
    small = "POLYGON((13.20 43.70,13.201 43.70,13.201 43.7005,13.20 43.7005,13.20 43.70))"
    said = errors(GRD, input=str(demo_world.radar.grd[0]), aoi=small, speckle="boxcar", speckle_window=31)
    assert "The window is 31 pixels wide" in said[0]
    first, second = map(str, demo_world.radar.slc)
    with pytest.raises(InvalidParameters, match="101 a side at most"):
        validate(CD, {"input1": first, "input2": second, "coherence_window": "3x500"})
    with pytest.raises(InvalidParameters, match="one polarisation at a time"):
        validate(CD, {"input1": first, "input2": second, "polarization": "VV,VH"})
    with pytest.raises(InvalidParameters, match="gamma0_rtc asks for mode adhoc"):
        validate(SLC, {"input": first, "calibration": "gamma0_rtc"})


def test_without_heights(demo_world: DemoWorld, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("DEM_PATH")
    grd = str(demo_world.radar.grd[0])
    assert "No elevation model is set up. Name one with --dem" in errors(GRD, input=grd)[0]
    assert "There are no heights at" in errors(GRD, input=grd, dem=str(tmp_path))[0]
    answer = check(GRD, validate(GRD, {"input": grd, "terrain": "flat"}))
    assert answer["valid"]
    assert [f["code"] for f in answer["findings"] if f["level"] == "warning"] == ["flat_earth"]
