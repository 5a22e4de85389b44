"""What a dry run says."""

import numpy as np
import pytest
from known_series import clouds, dry_run, flat, make_spring
from small_safe import make_safe
from small_series import make_theia


@pytest.fixture
def spring(tmp_path):
    return make_spring(tmp_path / "spring")


def test_it_says_what_is_there(spring):
    findings, estimate = dry_run(spring)
    assert findings["series"]["message"] == "5 scenes from 2023-03-03 to 2023-05-18."
    assert findings["grid"]["message"] == "3 periods of 8 × 8 pixels in EPSG:32633."
    assert findings["empty_periods"]["message"] == "No scene in 2023-04."
    assert not any(finding["level"] == "error" for finding in findings.values())
    assert estimate["seconds"] > 0 and estimate["output_bytes"] > 0


def test_single_looks_and_scenes_left_out(spring):
    findings, _ = dry_run(spring, start="2023-03-01", end="2023-05-10")
    assert findings["few_looks"]["message"] == "A single scene in 2023-05."
    assert "1 scenes lie outside" in findings["left_out"]["message"]


def test_several_projections_are_said(spring):
    make_theia(spring, "20230520", flat(1000), clouds(), west=600_000, epsg=32632, tile="32TQR")
    findings, _ = dry_run(spring)
    message = findings["projections"]["message"]
    assert "1 in EPSG:32632, 5 in EPSG:32633" in message and "stack is in EPSG:32633" in message


def test_a_newer_processing_is_said(tmp_path):
    layers = {"SCL": (np.full((120, 120), 4, np.uint8), 20)}
    scenes = [make_safe(tmp_path / b, baseline=b, layers=layers) for b in ("04.00", "05.09")]
    findings, _ = dry_run(scenes, bands="B04")
    assert "1 scenes are there in a newer processing" in findings["replaced"]["message"]


def test_the_estimate_grows_with_the_work(tmp_path):
    sizes = {}
    for count in (3, 6):
        for day in range(1, count + 1):
            make_theia(tmp_path / str(count), f"202303{day:02d}", flat(1000, 200), clouds(size=200))
        sizes[count] = dry_run(tmp_path / str(count))[1]
    assert sizes[6]["seconds"] >= sizes[3]["seconds"]
    assert sizes[6]["memory_bytes"] == sizes[3]["memory_bytes"]  # whatever the number of dates
    assert dry_run(tmp_path / "3", resolution=20)[1]["output_bytes"] < sizes[3]["output_bytes"] / 3
