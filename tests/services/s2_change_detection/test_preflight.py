"""World checks: what is refused, what is remarked, what it will cost."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from services.core.preflight import check
from services.core.validation import validate
from services.s2_change_detection import SERVICE, ChangeDetectionParams
from services.s2_change_detection.pair import Pair, open_pair, remarks


def answer(before: Path, after: Path, **values: object) -> dict:
    return check(SERVICE, validate(SERVICE, {"input1": str(before), "input2": str(after), **values}))


def only_error(before: Path, after: Path, **values: object) -> dict:
    found = answer(before, after, **values)
    assert not found["valid"]
    (finding,) = found["findings"]
    return finding


def flat(shape: tuple[int, int] = (40, 50)) -> dict[str, np.ndarray]:
    return {band: np.full(shape, 0.1) for band in ("B2", "B3", "B4", "B8")}


def test_a_good_pair(scenes) -> None:
    before, after, _ = scenes
    found = answer(before, after)
    assert found["valid"]
    assert [(f["level"], f["message"]) for f in found["findings"]] == [
        ("ok", "Both scenes cover 100% of the result: 200 × 160 pixels of 10 m.")
    ]
    assert found["estimate"]["output_bytes"] == 3 * 200 * 160
    assert 3 < found["estimate"]["seconds"] < 4


def test_estimate_of_a_full_tile_is_within_the_limits(scenes) -> None:
    from services.s2_change_detection.preflight import estimate

    pair = open_pair(ChangeDetectionParams(input1=str(scenes[0]), input2=str(scenes[1])))
    full = estimate(replace(pair, grid=replace(pair.grid, width=10_980, height=10_980)))
    assert full.memory_bytes < 3e9
    assert 60 < full.seconds < 600


def test_missing_band_is_named_with_what_is_there(scenes) -> None:
    finding = only_error(*scenes[:2], bands="B04,B11")
    assert finding["code"] == "missing_band"
    assert finding["message"] == (
        "SENTINEL2A_20200701-105000-000_L2A_T31UFQ_C_V2-2 has no B11. There is: B02 (10 m), B03 (10 m), B04 (10 m), "
        "B08 (10 m)."
    )


def test_missing_band_of_the_second_scene(write_scene) -> None:
    after = flat()
    del after["B8"]
    finding = only_error(write_scene("20200701", flat()), write_scene("20210701", after))
    assert finding["message"].startswith("SENTINEL2A_20210701-105000-000_L2A_T31UFQ_C_V2-2 has no B08.")


def test_scenes_apart(write_scene) -> None:
    finding = only_error(write_scene("20200701", flat()), write_scene("20210701", flat(), west=700_000))
    assert finding["code"] == "no_overlap"
    assert finding["message"].startswith("The scenes do not overlap: SENTINEL2A_20200701")


def test_area_outside_the_second_scene_only(write_scene) -> None:
    before, after = write_scene("20200701", flat()), write_scene("20210701", flat(), west=600_400)
    assert only_error(before, after, aoi=_around(600_050, 5_399_800))["message"] == (
        "The scenes do not overlap within the area."
    )


def test_area_outside_both(scenes) -> None:
    finding = only_error(*scenes[:2], aoi="POLYGON((10 50, 10.1 50, 10.1 50.1, 10 50.1, 10 50))")
    assert finding["code"] == "no_overlap"
    assert finding["message"].startswith("The area (10.000…10.100° E, 50.000…50.100° N) lies outside of the scene (")


def test_level_1c_is_refused(scenes, monkeypatch: pytest.MonkeyPatch) -> None:
    from services.s2_change_detection import pair

    opened = pair.open_product(scenes[1])
    top = replace(opened, product_type="S2MSI1C", level="L1C", name="S2A_MSIL1C_X")
    monkeypatch.setattr(pair, "open_product", lambda path: top if path == str(scenes[1]) else opened)
    finding = only_error(*scenes[:2])
    assert finding["code"] == "wrong_product_type"
    assert finding["message"] == "S2A_MSIL1C_X (input2) is of Level 1C; change detection takes Level 2A."
    assert "Level-2A product of the same date" in finding["hint"]


def test_no_product(tmp_path: Path, scenes) -> None:
    assert only_error(scenes[0], tmp_path / "nothing")["code"] == "invalid_product"


def remarked(scenes, **changes: object) -> list[str]:
    pair = open_pair(ChangeDetectionParams(input1=str(scenes[0]), input2=str(scenes[1])))
    return [f.code for f in remarks(Pair(pair.before, replace(pair.after, **changes), pair.bands, pair.grid))]


def test_remarks(scenes) -> None:
    pair = open_pair(ChangeDetectionParams(input1=str(scenes[0]), input2=str(scenes[1])))
    day = pair.before.datetime
    assert remarked(scenes) == []
    assert remarked(scenes, fingerprint=pair.before.fingerprint, datetime=day) == ["same_scene"]
    assert remarked(scenes, datetime=day + timedelta(seconds=5)) == ["same_date"]
    assert remarked(scenes, datetime=day - timedelta(days=365)) == ["not_chronological"]
    assert remarked(scenes, datetime=day + timedelta(days=180)) == ["other_season"]
    assert remarked(scenes, datetime=day + timedelta(days=350)) == []


def _around(x: float, y: float) -> str:
    from pyproj import Transformer
    from shapely.geometry import box

    longitude, latitude = Transformer.from_crs(32631, 4326, always_xy=True).transform(x, y)
    return box(longitude - 1e-4, latitude - 1e-4, longitude + 1e-4, latitude + 1e-4).wkt
