"""Uploads: pieces, resuming, quota, and every kind of file that must not be taken."""

import io
import json
import stat
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from catalog_files import everything_below, patch, zipped
from django.utils import timezone

from apps.catalog import uploads
from apps.catalog.models import Scene, Upload, VectorFile

pytestmark = pytest.mark.django_db
CHUNK = 4096
MTD = "S2A_MSIL2A_X.SAFE/MTD_MSIL2A.xml"


def test_a_product_in_pieces_becomes_a_scene(upload, safe_zip, user, roots, browser):
    assert len(safe_zip) > 3 * (CHUNK)
    state = upload(safe_zip, "../C:\\tmp\\product.zip")
    assert (state["state"], state["error"], state["offset"]) == ("done", None, len(safe_zip))
    scene = Scene.objects.get(pk=state["scene"])
    assert (scene.owner, scene.tile, scene.product_type) == (user, "33TWL", "S2MSI2A")
    assert scene.bands == ["B02", "B03", "B04"]
    assert scene.size_bytes == len(safe_zip)
    assert Path(scene.path).read_bytes() == safe_zip
    assert Path(scene.path) == roots / "uploads" / "scenes" / state["id"] / "product.zip"
    assert everything_below(roots / "uploads" / "incoming") == []
    assert scene.thumbnail_path.is_file()
    picture = browser.get(f"/api/scenes/{scene.id}/thumbnail.png")
    assert picture.content[:8] == b"\x89PNG\r\n\x1a\n"


def test_deleting_the_scene_deletes_its_files(upload, safe_zip, browser, roots, django_capture_on_commit_callbacks):
    state = upload(safe_zip)
    with django_capture_on_commit_callbacks(execute=True):
        assert browser.delete(f"/api/scenes/{state['scene']}").status_code == 204
    assert everything_below(roots / "uploads") == []
    assert everything_below(roots / "cache") == []


def begin(browser, size: int, **order) -> dict:
    order = {"filename": "product.zip", "size": size, "kind": "scene", **order}
    return browser.post("/api/uploads", order, content_type="application/json").json()


def test_it_goes_on_after_a_restart_of_the_web_process(browser, safe_zip):
    state = begin(browser, len(safe_zip))
    first = safe_zip[:CHUNK]
    patch(browser, state["id"], 0, first)
    # The process dies while it writes the next piece: part of it is on disk, no answer was given.
    row = Upload.objects.get(pk=state["id"])
    with row.part.open("ab") as part:
        part.write(safe_zip[CHUNK:5000])
    wrong = patch(browser, state["id"], CHUNK, safe_zip[CHUNK : 2 * CHUNK])
    assert (wrong.status_code, wrong.json()["code"]) == (409, "wrong_offset")
    assert wrong.json()["detail"] == "The piece begins at byte 4096, but 5000 bytes have arrived."
    offset = browser.get(f"/api/uploads/{state['id']}").json()["offset"]
    assert offset == 5000
    while offset < len(safe_zip):
        state = patch(browser, state["id"], offset, safe_zip[offset : offset + (CHUNK)]).json()
        offset = state["offset"]
    assert state["state"] == "done"


@pytest.mark.parametrize("moved", [False, True])
def test_a_check_that_was_lost_is_done_again(browser, safe_zip, user, moved):
    row = uploads.begin_upload(user, "product.zip", len(safe_zip), "scene")
    row.part.write_bytes(safe_zip)
    Upload.objects.filter(pk=row.pk).update(state="checking")
    assert browser.get(f"/api/uploads/{row.id}").json()["state"] == "checking"
    if moved:
        folder = uploads._scene_folder(row)
        folder.mkdir(parents=True)
        row.part.rename(folder / "product.zip")
    Upload.objects.filter(pk=row.pk).update(updated=timezone.now() - timedelta(minutes=11))
    state = browser.get(f"/api/uploads/{row.id}").json()
    assert (state["state"], state["error"]) == ("done", None)


def test_a_full_disk_is_told_and_what_has_arrived_stays(browser, settings, small_disk):
    settings.UPLOADS_ROOT, settings.UPLOAD_CHUNK_BYTES = small_disk, 1 << 20
    state = begin(browser, 3 << 20)
    assert patch(browser, state["id"], 0, bytes(600_000)).json()["offset"] == 600_000
    full = patch(browser, state["id"], 600_000, bytes(600_000))
    assert (full.status_code, full.json()["code"]) == (507, "disk_full")
    assert full.json()["detail"] == "The portal's disk is full."
    assert browser.get(f"/api/uploads/{state['id']}").json()["offset"] == 600_000
    assert browser.delete(f"/api/uploads/{state['id']}").status_code == 204
    assert list((small_disk / "incoming").iterdir()) == []


def test_an_upload_that_is_being_checked_cannot_be_aborted(browser, user):
    row = uploads.begin_upload(user, "product.zip", 5, "scene")
    Upload.objects.filter(pk=row.pk).update(state="checking")
    answer = browser.delete(f"/api/uploads/{row.id}")
    assert (answer.status_code, answer.json()["code"]) == (409, "upload_ended")
    assert answer.json()["detail"] == "The file is being checked."
    assert row.part.exists()


def link_zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        link = zipfile.ZipInfo("S2A.SAFE/link.jp2")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    return buffer.getvalue()


def changed(safe_zip: bytes, ending: str, old: bytes, new: bytes) -> bytes:
    """Return the product with other bytes in the files that end so."""
    with zipfile.ZipFile(io.BytesIO(safe_zip)) as archive:
        members = {n: archive.read(n) for n in archive.namelist()}
    assert any(old in content for name, content in members.items() if name.endswith(ending))
    return zipped({n: c.replace(old, new) if n.endswith(ending) else c for n, c in members.items()})


def huge_image(safe_zip: bytes) -> bytes:
    """Return the product with an image that says it has 60 000 pixels a side, all in one tile (ISO 15444-1, A.5.1)."""
    side, tile, huge = ((n).to_bytes(4, "big") for n in (240, 64, 60_000))
    larger = changed(safe_zip, "B02_10m.jp2", side * 2, huge * 2)
    return changed(larger, "B02_10m.jp2", side + tile, huge * 2)


def twice() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        for content in (b"II*\0", b"<VRTDataset/>"):
            archive.writestr("S2A.SAFE/B02.tif", content)
    return buffer.getvalue()


def bad_name() -> bytes:
    """Return a zip whose name says that it is UTF-8 and is not."""
    return zipped({"S2A.SAFE/é": b"x"}).replace("é".encode(), b"\xff\xfe")


VRT = b'<VRTDataset rasterXSize="9" rasterYSize="9"><!-- names any file of the server --></VRTDataset>'
BAD = {
    "no zip": (b"GIF89a" * 100, "invalid_product", "product.zip is not a zip."),
    "truncated": (
        "truncated",
        "invalid_product",
        "product.zip is a zip that breaks off: its list of files is missing.",
    ),
    "zip slip": (zipped({"../../evil.txt": b"x"}), "unsafe_archive", "product.zip holds the name '../../evil.txt'"),
    "absolute": (zipped({"/etc/evil": b"x"}), "unsafe_archive", "product.zip holds the name '/etc/evil'"),
    "link": (link_zip(), "unsafe_archive", "S2A.SAFE/link.jp2 in product.zip is a link, not a file."),
    "bomb": (zipped({"S2A.SAFE/a": bytes(80 << 20)}), "unsafe_archive", "S2A.SAFE/a in product.zip would grow from"),
    "no metadata": (zipped({"S2A.SAFE/readme": b"x"}), "invalid_product", "product.zip holds no product: its metadata"),
    "broken xml": (zipped({MTD: b"<a><b></a>"}), "invalid_product", "MTD_MSIL2A.xml of S2A_MSIL2A_X.SAFE is not valid"),
    "vrt": (
        zipped({MTD: b"<a/>", "X.SAFE/B02.jp2": VRT}),
        "unsafe_archive",
        "X.SAFE/B02.jp2 in product.zip is not the",
    ),
    "entity": (
        zipped({MTD: b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'}),
        "invalid_product",
        "MTD_MSIL2A.xml of S2A_MSIL2A_X.SAFE is not valid XML",
    ),
}


BAD |= {
    "twice": (twice, "unsafe_archive", "product.zip holds the name 'S2A.SAFE/B02.tif' twice."),
    "name": (bad_name(), "invalid_product", "product.zip is a zip that breaks off"),
    "lzma": (
        zipped({"S2A.SAFE/a": b"x"}, zipfile.ZIP_LZMA),
        "unsafe_archive",
        "S2A.SAFE/a in product.zip is packed by method 14, which is not read here.",
    ),
    "doctype": (
        zipped({MTD: b'<!DOCTYPE a [<!ENTITY b "lol"><!ENTITY c "&b;&b;&b;&b;">]><a>&c;</a>'}),
        "invalid_product",
        "MTD_MSIL2A.xml of S2A_MSIL2A_X.SAFE is not valid XML",
    ),
    "remote doctype": (
        zipped({MTD: b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><a/>'}),
        "invalid_product",
        "MTD_MSIL2A.xml of S2A_MSIL2A_X.SAFE is not valid XML",
    ),
    "large xml": (
        zipped({MTD: b"<a>" + b" " * (9 << 20) + b"</a>"}),
        "invalid_product",
        "MTD_MSIL2A.xml in product.zip is too large for a metadata file.",
    ),
    "unknown encoding": (
        zipped({MTD: b'<?xml version="1.0" encoding="rot13"?><a/>'}),
        "invalid_product",
        "MTD_MSIL2A.xml of S2A_MSIL2A_X.SAFE is not valid XML",
    ),
    "huge image": (
        huge_image,
        "invalid_product",
        "The image T33TWL_20230601T100031_B02_10m.jp2 says that it has 60000 ×",
    ),
    "cloud cover": (
        lambda good: changed(good, "MTD_MSIL2A.xml", b">12.5<", b">NaN<"),
        "invalid_product",
        "The metadata of S2A_MSIL2A_20230601T100031_N0509_R022_T33TWL_20230601T120000.SAFE cannot be read: 'NaN' is",
    ),
    "outline": (
        lambda good: changed(good, "MTD_MSIL2A.xml", b"45.15 16.27", b"95.15 16.27"),
        "invalid_product",
        "The metadata of S2A_MSIL2A_20230601T100031_N0509_R022_T33TWL_20230601T120000.SAFE cannot be read: its outline",
    ),
}


@pytest.mark.parametrize("kind", BAD)
def test_bad_files_are_refused_in_words_and_leave_nothing(upload, safe_zip, roots, kind, settings):
    settings.UPLOAD_CHUNK_BYTES = 1 << 20
    content, code, message = BAD[kind]
    if callable(content):
        content = content() if content is twice else content(safe_zip)
    state = upload(safe_zip[: len(safe_zip) // 2] if content == "truncated" else content)
    assert state["state"] == "failed"
    assert state["error"]["code"] == code
    assert state["error"]["message"].startswith(message)
    assert state["error"]["hint"]
    assert state["scene"] is None
    assert everything_below(roots / "uploads") == []
    assert not Scene.objects.exists()


def test_an_error_of_ours_is_told_too(upload, safe_zip, roots, monkeypatch, caplog):
    def fail(path):
        raise OSError("disk")

    monkeypatch.setattr(uploads, "check_product_archive", fail)
    state = upload(safe_zip)
    assert (state["state"], state["error"]["code"]) == ("failed", "check_failed")
    assert everything_below(roots / "uploads") == []


def test_what_is_refused_before_the_first_byte(browser, user):
    refused = begin(browser, 10, filename="scene.tar")
    assert (refused["code"], refused["errors"][0]["field"]) == ("upload_refused", "filename")
    assert begin(browser, 0)["code"] == "upload_refused"
    assert begin(browser, 13 << 30)["code"] == "upload_too_large"
    assert begin(browser, 60 << 20, kind="vector", filename="a.gpkg")["code"] == "upload_too_large"
    user.quota_bytes = 1000
    user.save()
    refused = begin(browser, 1001)
    assert (refused["status"], refused["code"]) == (409, "quota_exceeded")
    assert not Upload.objects.exists()


def test_uploads_under_way_count_for_the_quota(browser, user):
    user.quota_bytes = 1000
    user.save()
    first = begin(browser, 600)
    assert begin(browser, 600)["code"] == "quota_exceeded"
    assert browser.delete(f"/api/uploads/{first['id']}").status_code == 204
    assert begin(browser, 600)["state"] == "receiving"


def test_more_than_was_said_is_not_taken(browser):
    state = begin(browser, 10)
    assert patch(browser, state["id"], 0, b"x" * 11).json()["code"] == "upload_too_large"
    state = begin(browser, 1 << 20)
    assert patch(browser, state["id"], 0, b"x" * ((CHUNK) + 1)).json()["code"] == "upload_too_large"
    assert browser.get(f"/api/uploads/{state['id']}").json()["offset"] == 0


def test_an_ended_upload_takes_no_more(browser, upload):
    state = upload(b"no zip")
    assert patch(browser, state["id"], 6, b"x").json()["code"] == "upload_ended"


def test_a_piece_must_say_where_it_begins(browser):
    state = begin(browser, 10)
    answer = browser.patch(f"/api/uploads/{state['id']}", b"x", content_type="application/octet-stream")
    assert answer.json()["detail"] == "The header Upload-Offset is ''; a number of bytes is needed."


def test_what_has_not_moved_for_days_is_swept(browser, roots):
    old = begin(browser, 10)
    Upload.objects.update(updated=timezone.now() - timedelta(days=3))
    begin(browser, 10)
    assert browser.get(f"/api/uploads/{old['id']}").status_code == 404
    assert len(list((roots / "uploads" / "incoming").iterdir())) == 1


def test_another_users_upload_is_not_there(browser, other_browser):
    state = begin(browser, 10)
    assert other_browser.get(f"/api/uploads/{state['id']}").status_code == 404
    assert other_browser.delete(f"/api/uploads/{state['id']}").status_code == 404
    assert patch(other_browser, state["id"], 0, b"x").status_code == 404


def test_a_token_needs_the_scope(program):
    order = {"filename": "a.zip", "size": 1}
    answer = program("read").post("/api/uploads", order, content_type="application/json")
    assert answer.status_code == 403
    assert program("submit").post("/api/uploads", order, content_type="application/json").status_code == 201


SQUARE = '{"type":"Polygon","coordinates":[[[10,50],[11,50],[11,51],[10,50]]]}'


def test_a_vector_file_is_rewritten(upload, browser, roots):
    content = f'{{"type":"Feature","properties":{{"a":1}},"geometry":{SQUARE}}}'.encode()
    state = upload(content, "fields.geojson", "vector")
    vector = VectorFile.objects.get(pk=state["vector"])
    assert (vector.name, vector.feature_count) == ("fields.geojson", 1)
    kept = json.loads(Path(vector.path).read_text())["features"][0]
    assert kept["geometry"]["coordinates"][0][0] == [10.0, 50.0]
    assert kept["properties"] == {"a": 1}
    assert browser.get("/api/vectors").json()[0]["id"] == state["vector"]


@pytest.mark.parametrize(
    "content",
    [
        b"nothing",
        b'<OGRVRTDataSource><!-- <kml --><OGRVRTLayer name="a"><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer>'
        b"</OGRVRTDataSource>",
        b'{"a": "<OGRVRTDataSource>"}',
        b'<!DOCTYPE kml [<!ENTITY x "y">]><kml xmlns="http://www.opengis.net/kml/2.2"/>',
        b"<!-- <kml "
        + b" " * 5000
        + b'--><!DOCTYPE kml [<!ENTITY x "y">]><kml xmlns="http://www.opengis.net/kml/2.2"/>',
        b"\xff\xfe" + "<!-- \u6b3c\u6c6d --><!DOCTYPE kml><kml/>".encode("utf-16-le"),
        b'{"type": "Point", "coordinates": [1e999, NaN]}',
        b'{"type": "Feature", "geometry": {"type": "Point", "coordinates": "x"}}',
        b'{"a":' * 100_000,
        b'{"type": "GeometryCollection", "geometries": [' * 10_000,
        zipped({"a.shp": b"\0\0\x27\x0a" + bytes(200), "a.shx": b"", "a.dbf": b"", "a.prj": b"x"}),
        zipped({"a.shp": b"<OGRVRTDataSource/>", "a.shx": b"", "a.dbf": b""}),
        zipped({"a.shp": b"", "evil.vrt": b""}),
        zipped({"../a.shp": b""}),
    ],
)
def test_vector_files_that_are_none(upload, roots, content):
    state = upload(content, "a.json", "vector")
    assert state["state"] == "failed"
    assert state["error"]["code"] in ("invalid_vector", "unsafe_archive")
    assert everything_below(roots / "uploads") == []
