"""OGC API – Features and Tiles by tipg, behind the portal's door; tiles answered without Django."""

import asyncio
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mapbox_vector_tile
import pytest
from starlette.testclient import TestClient

from apps.accounts.models import User
from apps.accounts.tokens import create_token
from apps.osm_vectors.features import Wanted, stream
from apps.osm_vectors.imports import import_file
from apps.osm_vectors.served import ask_again
from eo.vector.osm_rules import rules
from portal.answered import Answered
from portal.gate import Gate

pytestmark = pytest.mark.usefixtures("empty")
BOX = "9.50,47.12,9.55,47.16"
TILE = "/api/osm/tiles/14/8625/5756.mvt"


@pytest.fixture
def token() -> str:
    user = User.objects.create_user(email="ogc@example.org", password="x" * 12)
    return create_token(user, "test", ["read"])[1]


@pytest.fixture
def client(token: str) -> Iterator[TestClient]:
    from portal.asgi import application

    ask_again()
    with TestClient(application) as client:  # type: ignore[arg-type]
        client.headers["Authorization"] = f"Token {token}"
        yield client


@pytest.fixture
def liechtenstein(shared_data: Path) -> None:
    import_file(shared_data / "osm/liechtenstein-2013-08-03.osm.pbf", importer="libosmium")


def test_collections_are_the_tables(liechtenstein: None, client: TestClient) -> None:
    landing = client.get("/ogc/").json()
    assert "© OpenStreetMap contributors" in landing["title"]
    assert all("/ogc/" in link["href"] or link["href"].endswith("/ogc") for link in landing["links"])
    listed = client.get("/ogc/collections", params={"limit": 100}).json()
    assert client.get("/ogc/collections").headers["x-data-timestamp"] == "2013-08-03T19:00:02Z"
    assert {c["id"] for c in listed["collections"]} == {f"osm.{table}" for table in rules().tables}
    conformance = client.get("/ogc/conformance").json()["conformsTo"]
    assert any("ogcapi-features-1/1.0/conf/core" in c for c in conformance)


def test_items_are_those_of_our_own_api(liechtenstein: None, client: TestClient) -> None:
    from eo.io.aoi import bbox_area

    answer = client.get("/ogc/collections/osm.roads_l/items", params={"bbox": BOX, "limit": 10_000}).json()
    ours = {
        f["id"]: f
        for f in map(json.loads, stream(Wanted(rules().layer("roads"), bbox_area(*map(float, BOX.split(","))))))
    }
    assert {f["id"] for f in answer["features"]} == set(ours)
    assert answer["numberMatched"] == len(ours) > 500
    for feature in answer["features"]:
        assert feature["properties"]["facc"] == ours[feature["id"]]["properties"]["facc"]
        assert "user" not in feature["properties"]


def test_cql2(liechtenstein: None, client: TestClient) -> None:
    wanted = {"filter": "class = 'primary' AND name LIKE 'Land%'", "limit": 1000}
    found = client.get("/ogc/collections/osm.roads_l/items", params=wanted).json()["features"]
    ours = [json.loads(f) for f in stream(Wanted(rules().layer("roads"), classes=("primary",)))]
    expected = {f["id"] for f in ours if (f["properties"]["name"] or "").startswith("Land")}
    assert {f["id"] for f in found} == expected
    assert expected


@pytest.mark.parametrize(
    "filter",
    [
        "class = 'x'; DROP TABLE osm.roads_l",
        "pg_sleep(40) = 1",
        "pg_advisory_lock(7302767) IS NULL",
        "NOT (pg_sleep(40) IS NULL)",
        "nothing_here = 1",
        "class = ",
        '{"op": "=", "args": [{"op": "pg_sleep", "args": [40]}, 1]}',
    ],
)
def test_filters_that_are_hostile(liechtenstein: None, client: TestClient, filter: str) -> None:
    answer = client.get("/ogc/collections/osm.roads_l/items", params={"filter": filter})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_filter")
    assert client.get("/ogc/collections/osm.roads_l/items", params={"limit": 1}).json()["numberMatched"] == 2752


def test_only_tables_of_the_rules(liechtenstein: None, client: TestClient) -> None:
    for name in ("public.accounts_user", "osm.about", "accounts_user", "osm.changed"):
        assert client.get(f"/ogc/collections/{name}/items").status_code in (404, 422)


def test_a_tile_of_one_table(liechtenstein: None, client: TestClient) -> None:
    tile = client.get("/ogc/collections/osm.buildings_a/tiles/WebMercatorQuad/14/8625/5756")
    decoded = mapbox_vector_tile.decode(tile.content)
    assert len(decoded["default"]["features"]) > 50


def test_who_may_not_ask(liechtenstein: None, client: TestClient) -> None:
    for headers in ({"Authorization": ""}, {"Authorization": "Token nonsense"}):
        for address in ("/ogc/collections", TILE):
            answer = client.get(address, headers=headers)
            assert answer.status_code == 401
            assert answer.headers["content-type"] == "application/problem+json"
    assert client.get("/ogc/collections", params={"f": "html"}).json()["code"] == "no_html"
    page = client.get("/ogc/collections", headers={"Accept": "text/html"})
    assert page.headers["content-type"].startswith("application/json")


def test_nothing_imported(client: TestClient) -> None:
    answer = client.get("/ogc/collections")
    assert (answer.status_code, answer.json()["code"]) == (404, "no_osm_data")


def test_another_import_is_seen(liechtenstein: None, client: TestClient, landscape_osm: Path) -> None:
    """Connections that are kept open, and what they prepared, follow the swap."""
    assert client.get("/ogc/collections/osm.roads_l/items", params={"limit": 1}).json()["numberMatched"] == 2752
    before = mapbox_vector_tile.decode(client.get(TILE).content)
    assert before["buildings"]["features"]
    import_file(landscape_osm, importer="libosmium", force=True)
    ask_again()
    assert client.get("/ogc/collections/osm.roads_l/items", params={"limit": 1}).json()["numberMatched"] != 2752
    assert client.get("/api/osm/layers/roads/items", params={"bbox": BOX}).json()["features"] == []
    other = client.get(f"{TILE}?layers=buildings")
    assert mapbox_vector_tile.decode(other.content) == {}


def test_tiles_with_and_without_django_are_the_same(liechtenstein: None, client: TestClient) -> None:
    first = client.get(TILE)  # Django lets in and answers
    again = client.get(TILE)  # made in front of it
    third = client.get(TILE)  # remembered
    assert first.content == again.content == third.content
    for answer in (again, third):
        for name in ("content-type", "content-encoding", "etag", "cache-control"):
            assert answer.headers[name] == first.headers[name]
    assert client.get(TILE, headers={"If-None-Match": first.headers["etag"]}).status_code == 304
    for wrong, code in (("/api/osm/tiles/17/1/1.mvt", "tile_out_of_range"), (f"{TILE}?layers=nope", "unknown_layer")):
        assert client.get(wrong).json()["code"] == code


def ask(app: Any, path: str, headers: dict[str, str]) -> tuple[int, bytes]:
    """Ask an ASGI application."""
    got: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        got.append(message)

    raw = [(n.lower().encode(), v.encode()) for n, v in headers.items()]
    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": raw}
    asyncio.run(app(scope, receive, send))
    return got[0]["status"], b"".join(m.get("body", b"") for m in got[1:])


class Django:
    """Lets in whoever shows the right token, and counts how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.asked += 1
        allowed = (b"authorization", b"right") in scope["headers"]
        await send({"type": "http.response.start", "status": 200 if allowed else 401, "headers": []})
        await send({"type": "http.response.body", "body": b"django"})


def test_who_was_let_in_is_forgotten() -> None:
    django = Django()
    answered = Answered(django, lambda path, query: ({"ETag": '"1"'}, path.encode()), kept_s=0.2)
    right, wrong = {"Authorization": "right"}, {"Authorization": "wrong"}
    assert ask(answered, "/a", right) == (200, b"django")
    assert ask(answered, "/a", right) == (200, b"/a")
    assert ask(answered, "/b", right) == (200, b"/b")
    assert ask(answered, "/a", wrong) == (401, b"django")
    assert ask(answered, "/a", {}) == (401, b"django")
    assert django.asked == 3
    import time

    time.sleep(0.25)
    assert ask(answered, "/a", right) == (200, b"django")


def test_the_cache_stays_within_its_limit() -> None:
    made = 0

    def make(path: str, query: str) -> tuple[dict[str, str], bytes]:
        nonlocal made
        made += 1
        return {}, gzip.compress(b"x")[:1] * 1000

    answered = Answered(Django(), make, limit_bytes=2500)
    for path in ("/in", "/a", "/b", "/c", "/a", "/c"):
        ask(answered, path, {"Authorization": "right"})
    assert made == 4  # /a was forgotten when /c came, /c was still there
    assert answered._bytes <= 2500


def test_the_gate_asks_django_once() -> None:
    django = Django()

    async def behind(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"behind"})

    gate = Gate(behind, django, "/api/osm")
    assert ask(gate, "/ogc", {"Authorization": "wrong"}) == (401, b"django")
    assert ask(gate, "/ogc", {"Authorization": "right"}) == (200, b"behind")
    assert ask(gate, "/ogc", {"Authorization": "right"}) == (200, b"behind")
    assert django.asked == 2
