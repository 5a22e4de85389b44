"""Filters, with counts worked by hand on five scenes; owners; a constant number of queries."""

from datetime import UTC, datetime

import pytest
from django.contrib.gis.geos import MultiPolygon, Polygon

from apps.catalog.models import AreaOfInterest, Scene

pytestmark = pytest.mark.django_db


def scene(name: str, west: float, day: int, cloud: float | None, owner=None, **facts) -> Scene:
    """Write a scene of one by one degree at 45° N."""
    facts = {"product_type": "S2MSI2A", "tile": "33TWN", "size_bytes": 1, "fingerprint": name, **facts}
    footprint = MultiPolygon(Polygon.from_bbox((west, 45, west + 1, 46)))
    moment = datetime(2023, 6, day, 10, tzinfo=UTC)
    return Scene.objects.create(
        name=name, path=f"/x/{name}", datetime=moment, cloud_cover=cloud, footprint=footprint, owner=owner, **facts
    )


@pytest.fixture
def scenes(user, stranger):
    """Four scenes that the user sees, one that they do not."""
    scene("one", 10, 1, 5.0)
    scene("two", 11, 2, 50.0, product_type="S2MSI1C")
    scene("three", 12, 3, None, product_type="S2-BANDS", tile="31UFQ")
    scene("mine", 10, 4, 95.0, owner=user)
    scene("hers", 10, 5, 0.0, owner=stranger)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["mine", "three", "two", "one"]),
        ("bbox=10.2,45.2,10.4,45.4", ["mine", "one"]),
        ("bbox=10.5,45.5,11.5,45.6", ["mine", "two", "one"]),
        ("bbox=20,45,21,46", []),
        ("intersects=POLYGON((12.5 45.5,12.6 45.5,12.6 45.6,12.5 45.5))", ["three"]),
        ('intersects={"type":"Polygon","coordinates":[[[12.5,45.5],[12.6,45.5],[12.6,45.6],[12.5,45.5]]]}', ["three"]),
        ("from=2023-06-02", ["mine", "three", "two"]),
        ("to=2023-06-02", ["two", "one"]),
        ("to=2023-06-02T09:59:59Z", ["one"]),
        ("from=2023-06-02&to=2023-06-03", ["three", "two"]),
        ("cloud_max=50", ["three", "two", "one"]),
        ("cloud_max=4.9", ["three"]),
        ("product_type=S2MSI2A", ["mine", "one"]),
        ("product_type=S2MSI1C,S2-BANDS", ["three", "two"]),
        ("tile=T31UFQ", ["three"]),
        ("q=TW", ["two"]),
        ("q=&from=&bbox=", ["mine", "three", "two", "one"]),
        ("bbox=10.2,45.2,10.4,45.4&cloud_max=10&from=2023-06-01&to=2023-06-30&product_type=S2MSI2A", ["one"]),
    ],
)
def test_filters(scenes, browser, query, names):
    found = browser.get(f"/api/scenes?{query}").json()
    assert [f["properties"]["name"] for f in found["features"]] == names
    assert found["count"] == len(names)


@pytest.mark.parametrize(
    ("query", "field", "words"),
    [
        ("from=yesterday", "from", "from cannot be read: 'yesterday'."),
        ("to=2023-13-01", "to", "to cannot be read: '2023-13-01'."),
        ("cloud_max=x", "cloud_max", "cloud_max cannot be read: 'x'."),
        ("cloud_max=nan", "cloud_max", "cloud_max cannot be read: 'nan'."),
        ("bbox=1,2,3", "bbox", "bbox cannot be read: '1,2,3'."),
        ("bbox=1,2,3,1", "bbox", "South (2.0) must be less than north (1.0)."),
        ("intersects=nonsense", "intersects", "The area is not valid WKT"),
        ("aoi=nonsense", "aoi", "aoi cannot be read: 'nonsense'."),
    ],
)
def test_filters_that_cannot_be_read_are_named(browser, query, field, words):
    answer = browser.get(f"/api/scenes?{query}")
    assert answer.status_code == 422
    problem = answer.json()
    assert problem["detail"].startswith(words)
    assert problem["errors"][0]["field"] == field


def test_scenes_by_their_ids_leave_out_those_of_others(scenes, browser):
    ids = {row.name: str(row.pk) for row in Scene.objects.all()}
    wanted = ",".join(ids[name] for name in ("one", "mine", "hers"))
    found = browser.get("/api/scenes", {"ids": wanted}).json()["features"]
    assert [feature["properties"]["name"] for feature in found] == ["mine", "one"]
    assert browser.get("/api/scenes", {"ids": "x"}).json()["errors"][0]["field"] == "ids"


def test_a_kept_area_of_ones_own(scenes, browser, user, stranger):
    square = Polygon.from_bbox((11.2, 45.2, 11.4, 45.4))
    mine = AreaOfInterest.objects.create(owner=user, name="a", geometry=square, area_km2=1)
    hers = AreaOfInterest.objects.create(owner=stranger, name="a", geometry=square, area_km2=1)
    assert browser.get(f"/api/scenes?aoi={mine.id}").json()["count"] == 1
    assert browser.get(f"/api/scenes?aoi={hers.id}").status_code == 422


def test_a_scene_tells_no_path_and_belongs_to_its_owner(scenes, browser, stranger):
    mine = browser.get("/api/scenes?q=mine").json()["features"][0]
    assert mine["properties"]["mine"] is True
    assert mine["geometry"]["type"] == "MultiPolygon"
    one = browser.get(f"/api/scenes/{mine['id']}")
    assert one.json() == mine
    assert "/x/" not in one.content.decode()
    hers = Scene.objects.get(name="hers")
    for path in (f"/api/scenes/{hers.id}", f"/api/scenes/{hers.id}/thumbnail.png"):
        assert browser.get(path).status_code == 404
    assert browser.delete(f"/api/scenes/{hers.id}").status_code == 404
    public = Scene.objects.get(name="one")
    assert browser.delete(f"/api/scenes/{public.id}").status_code == 404
    assert browser.get(f"/api/scenes/{public.id}/thumbnail.png").status_code == 404
    assert Scene.objects.count() == 5


def test_pages(scenes, browser):
    first = browser.get("/api/scenes?page_size=3").json()
    assert (first["count"], len(first["features"]), first["previous"]) == (4, 3, None)
    second = browser.get(first["next"]).json()
    assert [f["properties"]["name"] for f in second["features"]] == ["one"]
    assert browser.get("/api/scenes?page=9").status_code == 404


def test_the_number_of_queries_does_not_grow(scenes, browser, django_assert_max_num_queries, user):
    for n in range(40):
        scene(f"more-{n}", 10, 6, 1.0, owner=user)
    with django_assert_max_num_queries(4):  # session, user, count, page
        assert len(browser.get("/api/scenes?bbox=10,45,11,46&cloud_max=50").json()["features"]) >= 40


def test_nobody_sees_nothing(client):
    assert client.get("/api/scenes").status_code in (401, 403)
