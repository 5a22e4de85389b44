"""What no client should send: it is refused in words, and never answered with a fault of ours."""

import asyncio
import json
from pathlib import Path

import pytest
from asgiref.testing import ApplicationCommunicator
from django.test import Client

from apps.catalog.models import Upload
from apps.jobs.models import Job
from portal.asgi import application
from portal.body_limit import LIMIT_BYTES

pytestmark = pytest.mark.django_db

DIGITS = "9" * 5000
WRONG = {
    "null": b"null",
    "list": b"[]",
    "number": b"5",
    "text": b'"x"',
    "truth": b"true",
    "nothing": b"",
    "half": b'{"a":',
    "not UTF-8": b'{"a": "\xff"}',
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "nul": b'{"name": "a\\u0000b"}',
    "nul in a name": b'{"\\u0000": 1}',
    "half a letter": b'{"name": "\\ud800"}',
    "NaN": b'{"size": NaN, "timeout_s": NaN, "bbox": [NaN, 0, 1, 1]}',
    "Infinity": b'{"size": -Infinity}',
    "beyond all numbers": b'{"size": 1e999, "timeout_s": 1e999, "bbox": [1e999, 0, 1, 1], "geometry": 1e999}',
    "long number": b'{"size": ' + b"9" * 4000 + b', "filename": "a.zip", "timeout_s": ' + b"9" * 4000 + b"}",
    "longer number": b'{"size": ' + b"9" * 10_000 + b"}",
    "deep": b"[" * 100_000,
    "deep object": b'{"parameters":' * 20_000 + b"1" + b"}" * 20_000,
    "less deep": b'{"service": "s2_preprocess", "geometry": ' + b"[" * 300 + b"]" * 300 + b', "parameters": {}}',
    "wrong members": b'{"service": [], "parameters": [], "name": {}, "wkt": [], "geometry": 5, "filename": [],'
    b' "size": {}, "kind": [], "scopes": "read", "bbox": {}, "force": [], "timeout_s": [], "expires_days": []}',
    "empty members": b'{"service": null, "parameters": null, "name": null, "wkt": null, "geometry": null, "bbox": null,'
    b' "filename": null, "size": null, "kind": null, "scopes": null, "force": null, "timeout_s": null}',
    "bbox of text": b'{"bbox": ["nan", "x", [], {}], "name": "a"}',
    "bbox of NaN": b'{"bbox": ["nan", "nan", "nan", "nan"], "name": "a"}',
    "geometry of text": b'{"geometry": ["a", "b", "c", "d"], "name": "a"}',
    "geometry of truth": b'{"geometry": true, "name": "a"}',
    "stack overrun": b'{"wkt": "' + b"GEOMETRYCOLLECTION(" * 50_000 + b'", "name": "a"}',
    "unknown member": b'{"nmae": "a", "service": "s2_preprocess", "parameters": {}, "filename": "a.zip", "size": 1}',
}
POSTS = ("jobs", "jobs/check", "uploads", "aois", "aois/check", "tokens")


@pytest.fixture
def client(program) -> Client:
    """A program that may do all that programs may."""
    made = program("read", "submit", "download")
    made.raise_request_exception = False
    return made


@pytest.mark.parametrize("kind", WRONG)
def test_bodies_of_the_wrong_kind(client, browser, kind):
    browser.raise_request_exception = False
    for path in POSTS:
        sender = browser if path == "tokens" else client
        answer = sender.post(f"/api/{path}", WRONG[kind], content_type="application/json")
        assert answer.status_code in (400, 404, 422), (path, answer.content)
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["detail"] and "Traceback" not in answer.json()["detail"]
    assert (Job.objects.count(), Upload.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("deep", "JSON parse error - nested too deeply"),
        ("nul", "JSON parse error - the character NUL is not text"),
        ("NaN", "JSON parse error - Out of range float values are not JSON compliant: 'NaN'"),
        ("list", "The request was not accepted. Invalid data. Expected a dictionary, but got list."),
        (
            "unknown member",
            "The request was not accepted. nmae: There is no such member. There are: filename, size, kind."
            " parameters: There is no such member. There are: filename, size, kind."
            " service: There is no such member. There are: filename, size, kind.",
        ),
    ],
)
def test_the_words(client, kind, words):
    assert client.post("/api/uploads", WRONG[kind], content_type="application/json").json()["detail"] == words


@pytest.mark.parametrize("content_type", ["text/xml", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_other_bodies_are_not_taken(client, content_type):
    answer = client.post("/api/jobs", b"a=1", content_type=content_type)
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize("charset", ["rot13", "hex", "utf-7", "idna", "punycode"])
def test_json_is_utf_8_whatever_is_said(client, charset):
    answer = client.generic("POST", "/api/jobs", b'{"a": 1}', content_type=f"application/json; charset={charset}")
    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ("scenes?to=9999-12-31", 200, ""),
        ("scenes?from=0001-01-01T00:00:00%2B14:00", 200, ""),
        ("scenes?cloudmax=5", 422, "cloudmax: There is no such member."),
        ("scenes?bbox=1e308,0,1,1", 422, "outside of longitude and latitude"),
        ("scenes?intersects=POLYGON((0 0,nan 1,1 1,0 0))", 422, "a coordinate that is not a number"),
        (f"scenes?page={DIGITS}", 422, "String value too large"),
        ("scenes?page=0", 422, "greater than or equal to 1"),
        ("scenes?page=99", 404, "Invalid page."),
        ("scenes?q=%00", 400, "could not make sense"),
        ("scenes?%00=1", 400, "could not make sense"),
        ("services/%00", 400, "could not make sense"),
        ("results/00000000-0000-4000-8000-000000000000/files/%00", 400, "could not make sense"),
        (f"jobs?page={DIGITS}", 422, "String value too large"),
        ("jobs?page_size=-1", 422, "greater than or equal to 1"),
        (
            "jobs?state=done",
            422,
            "There is no state 'done'. There are: accepted, running, successful, failed, dismissed",
        ),
        ("jobs/00000000-0000-4000-8000-00000000000/log", 404, "There is nothing here"),
        ("scenes?" + "&".join(f"a{i}=1" for i in range(1100)), 400, "could not make sense"),
    ],
)
def test_queries_and_paths(client, query, status, words):
    answer = client.get(f"/api/{query}")
    assert answer.status_code == status, answer.content
    assert words in answer.content.decode()


@pytest.mark.parametrize("offset", ["\u00b2", "9" * 5000, "-1", "1.5", "0x1", "", "٣"])
def test_offsets_that_are_none(client, offset):
    begun = client.post("/api/uploads", {"filename": "a.zip", "size": 10}, content_type="application/json").json()
    answer = client.patch(f"/api/uploads/{begun['id']}", b"x", headers={"Upload-Offset": offset})
    assert (answer.status_code, answer.json()["code"]) == (409, "wrong_offset")
    empty = client.patch(f"/api/uploads/{begun['id']}", b"", headers={"Upload-Offset": "0"})
    assert (empty.status_code, empty.json()["detail"]) == (422, "The piece is empty.")


@pytest.mark.parametrize("name", ["/", "..", "a/..", "é" * 101 + ".zip", "\\", "a.zip/"])
def test_names_of_files_that_are_none(client, name):
    order = {"filename": name, "size": 10, "kind": "vector"}
    answer = client.post("/api/uploads", order, content_type="application/json")
    assert answer.status_code == (201 if name == "a.zip/" else 422)
    assert name == "a.zip/" or answer.json()["errors"][0]["message"].startswith("A name of 1 to 200 bytes is needed.")


@pytest.mark.parametrize("moment", ["2024-01-01T00:00:00", "x", "9999-99-99T00:00:00Z", "9999-12-31T23:59:59-14:00"])
def test_last_event_ids(client, user, moment):
    job = Job.objects.create(
        owner=user, service_id="s2_preprocess", service_version="1", parameters={}, identity_hash="0", timeout_s=1
    )
    answer = client.get(f"/api/jobs/{job.id}/events", headers={"Last-Event-ID": moment})
    assert answer.status_code == 200
    answer.close()


@pytest.mark.parametrize("offset", [10**30, -1, "x", DIGITS])
def test_offsets_in_a_log(client, user, offset):
    job = Job.objects.create(
        owner=user, service_id="s2_preprocess", service_version="1", parameters={}, identity_hash="0", timeout_s=1
    )
    assert client.get(f"/api/jobs/{job.id}/log?offset={offset}").status_code == 422


def test_a_cookie_that_no_database_can_look_up(user):
    answer = Client(headers={"cookie": 'sessionid="\\000aaaaaaaaaaaaaaa"'}).get("/api/me")
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")


def ask(headers: list[tuple[bytes, bytes]], pieces: list[bytes]) -> list[dict]:
    """Send a request past the test client, which cannot send too much."""
    scope = {
        "type": "http", "http_version": "1.1", "method": "POST", "path": "/api/jobs", "query_string": b"",
        "headers": [(b"host", b"localhost"), *headers],
    }  # fmt: skip

    async def talk() -> list[dict]:
        line = ApplicationCommunicator(application, scope)
        for piece in pieces:
            await line.send_input({"type": "http.request", "body": piece, "more_body": True})
        answer = []
        while not answer or answer[-1]["type"] != "http.response.body":
            try:
                answer.append(await line.receive_output(1))
            except TimeoutError:
                break
        line.stop(exceptions=False)
        return answer

    return asyncio.run(talk())


def test_a_body_too_large_is_refused_before_it_comes():
    start, body = ask([(b"content-length", str(LIMIT_BYTES + 1).encode())], [])
    assert start["status"] == 413
    assert json.loads(body["body"])["detail"] == "The body is too large; at most 53477376 bytes are taken."


def test_a_body_that_goes_on_is_refused_on_the_way(settings, tmp_path: Path):
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    pieces = [bytes(LIMIT_BYTES // 2 + 1)] * 2
    start, body = ask([(b"transfer-encoding", b"chunked")], pieces)
    assert (start["status"], json.loads(body["body"])["code"]) == (413, "body_too_large")
    assert list(tmp_path.iterdir()) == []
