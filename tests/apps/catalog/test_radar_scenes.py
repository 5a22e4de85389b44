"""Radar products in the catalogue: what is kept of them, how they are found, and what makes a pair with them."""

import io
from pathlib import Path

import numpy as np
import pytest
from django.core.management import call_command
from radar_products import ROME_WINDOW, copy_of_grd, speckle

from apps.accounts.models import User
from apps.catalog.models import Scene

pytestmark = [pytest.mark.django_db, pytest.mark.real_data]


def index(path: Path) -> list[str]:
    out = io.StringIO()
    call_command("index_scenes", str(path), stdout=out)
    return out.getvalue().splitlines()


def test_slc_of_a_track_make_pairs(shared_data, browser, other_browser):
    """The two dates over Morocco: 12 days and 28 m apart, whichever one begins with."""
    assert index(shared_data / "s1/slc_safe")[-1] == "3 added"
    first, second = Scene.objects.filter(relative_orbit=52).order_by("datetime")
    assert (first.product_type, first.level, first.mode, first.orbit_pass) == ("S1-SLC", "SLC", "IW", "descending")
    assert (first.bands, first.baseline, first.platform) == (["VV", "VH"], "3.61", "sentinel-1a")
    (pair,) = browser.get(f"/api/scenes/{first.id}/pairs").json()
    assert pair["scene"]["id"] == str(second.id)
    assert pair["scene"]["properties"]["relative_orbit"] == 52
    assert pair["days"] == pytest.approx(12, abs=0.001)
    assert pair["perpendicular_m"] == pytest.approx(27.9, abs=1.5)
    (back,) = browser.get(f"/api/scenes/{second.id}/pairs").json()
    assert back["days"] == -pair["days"]
    assert back["perpendicular_m"] == pytest.approx(-pair["perpendicular_m"], abs=0.2)
    assert browser.get("/api/scenes?relative_orbit=52&cloud_max=10").json()["count"] == 2
    lonely = Scene.objects.exclude(relative_orbit=52).get()
    assert browser.get(f"/api/scenes/{lonely.id}/pairs").json() == []


def test_pairs_stay_with_their_owner(shared_data, browser, other_browser, user, django_assert_max_num_queries):
    index(shared_data / "s1/slc_safe")
    first, second = Scene.objects.filter(relative_orbit=52).order_by("datetime")
    Scene.objects.filter(pk=second.pk).update(owner=user)
    assert len(browser.get(f"/api/scenes/{first.id}/pairs").json()) == 1
    assert other_browser.get(f"/api/scenes/{first.id}/pairs").json() == []
    assert other_browser.get(f"/api/scenes/{second.id}/pairs").status_code == 404
    with django_assert_max_num_queries(6):
        browser.get(f"/api/scenes/{first.id}/pairs")


def test_a_grd_has_a_picture_when_there_is_something_in_it(shared_data, tmp_path, user: User):
    original = next((shared_data / "s1/grd_safe").glob("*.SAFE"))
    copy_of_grd(original, tmp_path, speckle, ROME_WINDOW)
    assert index(tmp_path)[-1] == "1 added"
    scene = Scene.objects.get()
    assert (scene.product_type, scene.relative_orbit, scene.bands) == ("S1-GRD", 22, ["VV"])
    assert scene.thumbnail_path.is_file()
    west, south, east, north = scene.footprint.extent
    assert np.allclose((west, south, east, north), (11.866, 40.877, 15.322, 42.780), atol=0.001)
    Scene.objects.all().delete()
    assert index(shared_data / "s1/grd_safe")[-1] == "3 added"  # zeros, or no measurement: no picture, and no error
    assert not any(scene.thumbnail_path.is_file() for scene in Scene.objects.all())


def test_other_products_of_the_satellite_are_named(tmp_path):
    folder = tmp_path / "S1A_IW_OCN__2SDV_20210401T052622_X.SAFE"
    (folder / "measurement").mkdir(parents=True)
    (folder / "measurement/s1a-iw-ocn-vv-20210401t052622-001.nc").write_bytes(b"x")
    (folder / "manifest.safe").write_text("<xfdu><productType>OCN</productType></xfdu>")
    assert "is of type OCN; Sentinel-1 GRD and SLC are read" in index(tmp_path)[0]
