"""Results: published, shown, downloaded whole and in part, as one zip, deleted, rebuilt from their folders."""

import asyncio
import hashlib
import io
import json
import zipfile

import pystac
import pytest
from catalog_files import everything_below
from django.core.management import call_command

from apps.catalog.models import Asset, Result
from apps.catalog.queries import bytes_used
from apps.catalog.streaming import byte_range, send_archive

pytestmark = pytest.mark.django_db


def content(response) -> bytes:
    return b"".join(response.streaming_content)


def test_published_rows_say_what_the_item_says(publish, user):
    result = publish()
    item = json.loads((result.path / "item.json").read_text())
    assert str(result.id) == result.folder
    assert result.item == item
    assert result.geometry.extent == pytest.approx(tuple(item["bbox"]))
    asset = Asset.objects.get()
    path = result.path / "values.tif"
    assert (asset.key, asset.file, asset.unit, asset.role) == ("values", "values.tif", "m", "data")
    assert asset.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert asset.size_bytes == path.stat().st_size
    assert result.size_bytes == sum((result.path / f).stat().st_size for f in everything_below(result.path))
    assert bytes_used(user) == result.size_bytes


def test_the_document(publish, browser):
    result = publish()
    document = browser.get(f"/api/results/{result.id}").json()
    assert document["service"] == "tiny"
    assert document["archive"] == f"/api/results/{result.id}/archive.zip"
    (asset,) = document["assets"]
    assert asset["href"] == f"/api/results/{result.id}/files/values.tif"
    assert asset["bands"][0]["raster:scale"] == 0.5
    assert asset["classes"] is None
    assert set(asset["tiles"]) == {"template", "tilejson", "point", "statistics", "info"}
    assert asset["tiles"]["template"].endswith("/{z}/{x}/{y}.png")
    listed = browser.get("/api/results").json()
    assert (listed["count"], listed["results"][0]["id"]) == (1, str(result.id))


def test_the_tile_address_leads_to_the_file(publish, browser):
    from starlette.testclient import TestClient

    from portal.asgi import application

    tiles = browser.get(f"/api/results/{publish().id}").json()["assets"][0]["tiles"]
    server = TestClient(application)
    info = server.get(tiles["info"]).json()
    assert (info["width"], info["height"], info["driver"]) == (4, 3, "GTiff")
    document = server.get(tiles["tilejson"]).json()
    assert document["tiles"][0].endswith(f"{tiles['template']}?tilesize=256")
    west, south, east, north = document["bounds"]
    point = tiles["point"].replace("{lon}", str((west + east) / 2)).replace("{lat}", str((south + north) / 2))
    answer = server.get(point).json()
    assert answer["values"][0] in (6, 7, 10, 11)


def test_the_item_is_valid_stac_with_this_portals_addresses(publish, browser):
    result = publish()
    item = browser.get(f"/api/results/{result.id}/item.json").json()
    assert item["assets"]["values"]["href"] == f"http://testserver/api/results/{result.id}/files/values.tif"
    assert pystac.Item.from_dict(item).id == str(result.job_id)


def test_a_file_whole_in_part_and_not_again(publish, browser):
    result = publish()
    expected = (result.path / "values.tif").read_bytes()
    path = f"/api/results/{result.id}/files/values.tif"
    whole = browser.get(path)
    assert content(whole) == expected
    assert whole["Content-Length"] == str(len(expected))
    assert whole["Content-Disposition"] == "attachment; filename=\"values.tif\"; filename*=UTF-8''values.tif"
    assert whole["ETag"] == f'"{hashlib.sha256(expected).hexdigest()}"'
    for header, part in [("bytes=2-5", expected[2:6]), ("bytes=-7", expected[-7:]), ("bytes=10-", expected[10:])]:
        answer = browser.get(path, headers={"Range": header})
        assert (answer.status_code, content(answer)) == (206, part)
    first = browser.get(path, headers={"Range": "bytes=0-0"})
    assert first["Content-Range"] == f"bytes 0-0/{len(expected)}"
    beyond = browser.get(path, headers={"Range": f"bytes={len(expected)}-"})
    assert (beyond.status_code, beyond["Content-Range"]) == (416, f"bytes */{len(expected)}")
    assert browser.get(path, headers={"If-None-Match": whole["ETag"]}).status_code == 304


@pytest.mark.parametrize("name", ["README.md", "provenance.json", "log.txt"])
def test_the_records_can_be_downloaded(publish, browser, name):
    result = publish()
    assert content(browser.get(f"/api/results/{result.id}/files/{name}")) == (result.path / name).read_bytes()


@pytest.mark.parametrize("name", [".owner.json", "..%2f..%2fetc%2fpasswd", "nothing.tif", "%2e%2e"])
def test_no_other_file_can(publish, browser, name):
    assert browser.get(f"/api/results/{publish().id}/files/{name}").status_code == 404


def test_the_archive_holds_the_same_bytes(publish, browser):
    result = publish(title="Reflectance: 60 m")
    answer = browser.get(f"/api/results/{result.id}/archive.zip")
    sent = content(answer)
    assert answer["Content-Length"] == str(len(sent))
    assert 'filename="reflectance-60-m-' in answer["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(sent)) as archive:
        assert archive.testzip() is None
        names = {name.partition("/")[2]: name for name in archive.namelist()}
        assert sorted(names) == ["README.md", "item.json", "log.txt", "provenance.json", "values.tif"]
        for name, member in names.items():
            assert archive.read(member) == (result.path / name).read_bytes()


def test_a_folder_among_the_files_is_sent_as_a_zip(publish, browser):
    result = publish()
    (result.path / "cube.zarr").mkdir()
    (result.path / "cube.zarr" / ".zattrs").write_text("{}")
    Asset.objects.create(result=result, key="cube", file="cube.zarr", size_bytes=2)
    sent = content(browser.get(f"/api/results/{result.id}/files/cube.zarr"))
    with zipfile.ZipFile(io.BytesIO(sent)) as archive:
        assert archive.namelist() == ["cube.zarr/.zattrs"]


def test_a_large_file_passes_in_pieces(publish, browser):
    result = publish()
    size = 5 << 20
    with (result.path / "log.txt").open("wb") as log:
        log.truncate(size)
    pieces = list(browser.get(f"/api/results/{result.id}/files/log.txt").streaming_content)
    assert max(map(len, pieces)) <= 1 << 20
    assert sum(map(len, pieces)) == size


def test_under_asgi_too(tmp_path):
    (tmp_path / "a").write_bytes(b"x" * (3 << 20))

    async def pieces() -> list[bytes]:
        return [piece async for piece in send_archive(tmp_path, "name")]

    sent = asyncio.run(pieces())
    assert len(sent) >= 3
    with zipfile.ZipFile(io.BytesIO(b"".join(sent))) as archive:
        assert archive.read("name/a") == b"x" * (3 << 20)


def test_another_users_result_is_not_there(publish, other_browser):
    base = f"/api/results/{publish().id}"
    for path in ("", "/item.json", "/archive.zip", "/files/values.tif", "/files/README.md"):
        assert other_browser.get(base + path).status_code == 404
    assert other_browser.delete(base).status_code == 404
    assert other_browser.get("/api/results").json()["count"] == 0


def test_a_token_needs_the_scope_for_downloads(publish, program):
    result = publish()
    for path in ("archive.zip", "files/values.tif"):
        refused = program("read", "submit").get(f"/api/results/{result.id}/{path}")
        assert (refused.status_code, refused.json()["code"]) == (403, "missing_scope")
        assert program("download").get(f"/api/results/{result.id}/{path}").status_code == 200
    assert program("read").get(f"/api/results/{result.id}").status_code == 200


def test_deleting_deletes_the_files(publish, browser, roots, django_capture_on_commit_callbacks):
    result = publish()
    with django_capture_on_commit_callbacks(execute=True):
        assert browser.delete(f"/api/results/{result.id}").status_code == 204
    assert everything_below(roots / "results") == []
    assert not Asset.objects.exists()


def test_a_file_gone_from_disk_is_told(publish, browser):
    result = publish()
    (result.path / "values.tif").unlink()
    answer = browser.get(f"/api/results/{result.id}/files/values.tif")
    assert (answer.status_code, answer.json()["code"]) == (410, "file_gone")


def test_rows_are_rebuilt_from_the_folders(publish, user):
    result, lost = publish(title="kept"), publish(title="lost")
    before = Result.objects.filter(pk=result.pk).values().get()
    Result.objects.filter(pk=result.pk).delete()
    (lost.path / "item.json").unlink()
    out = io.StringIO()
    call_command("reindex", stdout=out)
    assert out.getvalue().strip() == "1 results indexed, 0 skipped, 1 dropped"
    after = Result.objects.values().get()
    assert {k: v for k, v in after.items() if k != "created"} == {k: v for k, v in before.items() if k != "created"} | {
        "size_bytes": after["size_bytes"]
    }
    assert Asset.objects.count() == 1


def test_the_number_of_queries_is_constant(publish, browser, django_assert_max_num_queries):
    result = publish()
    for n in range(20):
        Asset.objects.create(result=result, key=f"k{n}", file=f"k{n}.tif", size_bytes=1)
    with django_assert_max_num_queries(4):
        assert len(browser.get(f"/api/results/{result.id}").json()["assets"]) == 21


@pytest.mark.parametrize(
    "header", [f"bytes=0-{'9' * 5000}", f"bytes={'9' * 5000}-", "bytes=-", "pages=1-2", "bytes=a-b"]
)
def test_a_range_that_is_none_is_passed_over(header):
    """RFC 9110, section 14.2: a server ignores what it cannot read."""
    assert byte_range(header, 10) == (0, 9)
