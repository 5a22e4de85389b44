"""Mounted archives: what is entered, what is skipped and why, again and again; real products."""

import io
import shutil

import pytest
from django.core.management import CommandError, call_command
from small_safe import make_safe

from apps.catalog.models import Scene

pytestmark = pytest.mark.django_db


def index(*arguments: str) -> list[str]:
    out = io.StringIO()
    call_command("index_scenes", *map(str, arguments), stdout=out)
    return out.getvalue().splitlines()


@pytest.fixture
def archive(tmp_path, safe):
    """A good product, a broken one, and a file that is none."""
    folder = tmp_path / "archive"
    shutil.copytree(safe, folder / "2023" / safe.name)
    (folder / "S2B_MSIL2A_broken.SAFE").mkdir()
    (folder / "S2A_MSIL2A_truncated.zip").write_bytes(b"PK\x03\x04")
    (folder / "notes.txt").write_text("x")
    return folder


def test_good_ones_are_entered_others_named_with_the_reason(archive):
    lines = index(archive)
    assert lines[-1] == "1 added, 2 skipped"
    assert sum(line.startswith("added     S2A_MSIL2A_20230601T100031") for line in lines) == 1
    truncated = next(line for line in lines if "truncated.zip" in line)
    assert "is a zip that breaks off: its list of files is missing." in truncated
    assert "MTD_MSIL2A.xml or manifest.safe) is missing" in next(line for line in lines if "broken.SAFE" in line)
    scene = Scene.objects.get()
    assert (scene.owner, scene.cloud_cover, scene.level, scene.platform) == (None, 12.5, "L2A", "sentinel-2a")
    assert scene.footprint.extent == pytest.approx((16.27, 45.13, 16.30, 45.15))
    assert scene.datetime.isoformat() == "2023-06-01T10:00:31.024000+00:00"
    assert scene.thumbnail_path.is_file()


def test_again_changes_nothing(archive):
    index(archive)
    before = Scene.objects.values().get()
    assert index(archive)[-1] == "2 skipped, 1 unchanged"
    assert Scene.objects.values().get() == before


def test_a_lost_picture_is_made_again(archive, browser):
    index(archive)
    scene = Scene.objects.get()
    scene.thumbnail_path.unlink()
    shown = browser.get(f"/api/scenes/{scene.id}").json()["properties"]
    assert shown["thumbnail"] is None
    index(archive)
    shown = browser.get(f"/api/scenes/{scene.id}").json()["properties"]
    assert browser.get(shown["thumbnail"]).content[:4] == b"\x89PNG"


def test_a_changed_product_is_renewed_under_the_same_id(archive, safe):
    index(archive)
    identity = Scene.objects.get().id
    metadata = archive / "2023" / safe.name / "MTD_MSIL2A.xml"
    metadata.write_text(metadata.read_text().replace("12.5", "99.5"))
    assert index(archive)[-1] == "1 renewed, 2 skipped"
    scene = Scene.objects.get()
    assert (scene.id, scene.cloud_cover) == (identity, 99.5)


def test_for_one_owner_only(archive, user, other_browser):
    index(archive, "--owner", "ADA@example.org")
    assert Scene.objects.get().owner == user
    assert other_browser.get("/api/scenes").json()["count"] == 0
    with pytest.raises(CommandError, match=r"There is no user 'nobody@example.org'"):
        index(archive, "--owner", "nobody@example.org")


def test_what_is_gone_is_dropped_on_request(archive):
    index(archive)
    shutil.rmtree(archive / "2023")
    assert index(archive)[-1] == "2 skipped"
    assert Scene.objects.count() == 1
    assert index(archive, "--remove-missing")[-1] == "1 removed, 2 skipped"
    assert not Scene.objects.exists()


def test_nothing_there(tmp_path):
    (tmp_path / "empty").mkdir()
    assert index(tmp_path / "empty") == ["No products found."]
    assert "There is no such file or folder." in index(tmp_path / "nowhere")[0]


def test_l1c_and_l2a_of_one_place_are_two_scenes(tmp_path):
    make_safe(tmp_path / "a", "1C", bands=("B02",))
    make_safe(tmp_path / "a", "2A", bands=("B02",))
    assert index(tmp_path / "a")[-1] == "2 added"
    assert sorted(Scene.objects.values_list("product_type", flat=True)) == ["S2MSI1C", "S2MSI2A"]


def test_the_real_l2a_product(shared_data, browser):
    assert index(shared_data / "s2" / "safe_l2a")[-1] == "1 added"
    scene = Scene.objects.get()
    assert (scene.tile, scene.level, scene.baseline) == ("29UNU", "L2A", "04.00")
    assert scene.datetime.date().isoformat() == "2022-10-05"
    assert "B02" in scene.bands and "B8A" in scene.bands
    west, south, east, north = scene.footprint.extent
    assert -10 < west < east < -7
    assert 52 < south < north < 54
    assert scene.thumbnail_path.stat().st_size > 5000
    found = browser.get(f"/api/scenes?bbox={(west + east) / 2},{(south + north) / 2},{east},{north}").json()
    assert found["count"] == 1


@pytest.mark.slow
def test_the_real_theia_series(shared_data):
    lines = index(shared_data / "s2" / "fordead_theia_T31UFQ" / "SENTINEL")
    assert lines[-1].startswith("187 added") or int(lines[-1].split()[0]) > 100
    scene = Scene.objects.order_by("datetime").first()
    assert (scene.product_type, scene.tile) == ("S2-BANDS", "31UFQ")
    assert scene.bands == ["B02", "B03", "B04", "B8A", "B11", "B12"]
