"""The service on SNAP, as far as that goes without one: what is asked of it, and what is said when it is not there."""

import json
from pathlib import Path

import fake_gpt
import pytest
from radar_products import ROME_AREA

from services.core.errors import BadInput, InvalidParameters
from services.core.registry import get_service
from services.core.runner import run
from services.core.validation import validate

pytestmark = pytest.mark.real_data
SERVICE = get_service("s1_grd_preprocess")


def test_without_snap_it_says_so(rome_grd: Path, rome_dem: Path, tmp_path: Path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("SNAP_GPT", str(tmp_path / "gpt"))
    with pytest.raises(BadInput, match="SNAP is not installed here") as caught:
        run(SERVICE, {"input": str(rome_grd), "aoi": ROME_AREA, "engine": "snap"}, tmp_path / "out")
    assert caught.value.code == "snap_not_found"
    assert not (tmp_path / "out").exists()


def test_with_a_stand_in_the_graph_is_run(rome_grd: Path, rome_dem: Path, tmp_path: Path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    """The stand-in writes its own 40 × 30 pixels elsewhere: what counts is what is asked for and put on record."""
    monkeypatch.setenv("SNAP_GPT", str(fake_gpt.install(tmp_path)))
    options = {"input": str(rome_grd), "aoi": ROME_AREA, "engine": "snap", "resolution": 20, "scale": "db"}
    run(SERVICE, options, tmp_path / "out")
    item = json.loads((tmp_path / "out/item.json").read_text())
    assert item["properties"]["groundwork:engine"].startswith("SNAP ")
    assert item["properties"]["groundwork:orbit"] == "chosen by SNAP"
    asset = item["assets"]["backscatter"]
    assert (asset["proj:code"], asset["proj:transform"][0]) == ("EPSG:32633", 20.0)
    assert [band["name"] for band in asset["bands"]] == ["VV"]


def test_what_snap_is_not_asked_for() -> None:
    with pytest.raises(InvalidParameters, match="incidence_angle: the native engine writes it"):
        validate(SERVICE, {"input": "x", "engine": "snap", "incidence_angle": True})


def test_a_job_on_snap_needs_a_worker_with_snap() -> None:
    assert SERVICE.resource_for({"engine": "snap"}) == "snap"
    assert SERVICE.resource_for({"engine": "native"}) == SERVICE.resource_for({}) == "cpu"
