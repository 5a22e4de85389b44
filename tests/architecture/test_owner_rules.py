"""Every address of the portal has a rule: who may come without a login, and whose things are seen.

The addresses are read off the resolver. A new one fails here until it is public by name, or asks for a login; and one
with an id must answer 404 to everybody but the owner of what the id names.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.gis.geos import MultiPolygon, Polygon
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from model_cards import plain_card

from apps.accounts.models import ApiToken, User
from apps.accounts.tokens import create_token
from apps.catalog.models import AreaOfInterest, Result, Scene, Upload, VectorFile
from apps.jobs.models import Job
from apps.models.models import TrainedModel
from services.core.registry import all_services

pytestmark = pytest.mark.django_db

# Seen by everybody, on purpose.
PUBLIC = {
    "api:landing",
    "api:health",
    "api:schema",
    "api:docs",
    "pages:workspace",  # a landing page to strangers
    "pages:coast",
    "pages:services",
    "pages:service",
    "invitation_accept",
    "account_login",
    "account_inactive",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
}
LOGS_OUT_STRANGERS = {"account_logout"}  # to the start page: there is nobody to log out
METHODS = ("get", "post", "put", "patch", "delete")
BOX = Polygon.from_bbox((13, 45, 14, 46))


@dataclass(frozen=True)
class Route:
    """An address: its name, what stands in it, and which methods it takes."""

    name: str
    kwargs: tuple[str, ...]
    methods: tuple[str, ...]

    def url(self, values: dict[str, Any]) -> str:
        """Return the address with its blanks filled."""
        return reverse(self.name, kwargs={name: values[name] for name in self.kwargs})


def walk(patterns: Any, namespace: str = "") -> Iterator[Route]:
    """Yield every route except the administration's and DRF's format suffixes."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            if pattern.namespace != "admin":
                inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
                yield from walk(pattern.url_patterns, inner)
        elif isinstance(pattern, URLPattern):
            yield Route(f"{namespace}{pattern.name}", tuple(pattern.pattern.regex.groupindex), methods(pattern))


def methods(pattern: URLPattern) -> tuple[str, ...]:
    """Return the methods that a view takes; a plain function tells by answering 405."""
    view = getattr(pattern.callback, "cls", None) or getattr(pattern.callback, "view_class", None)
    return tuple(m for m in METHODS if view is None or hasattr(view, m))


ROUTES = list(walk(get_resolver().url_patterns))
PRIVATE = [r for r in ROUTES if r.name not in PUBLIC | LOGS_OUT_STRANGERS]
WITH_ID = [r for r in ROUTES if any(name.endswith("_id") and name != "service_id" for name in r.kwargs)]


def things_of(owner: User) -> dict[str, Any]:
    """Return one of each thing with an owner, by the name under which its id stands in an address."""
    now = datetime(2026, 5, 3, tzinfo=UTC)
    scene = Scene.objects.create(
        owner=owner, name="S2A", product_type="S2MSI2A", datetime=now, footprint=MultiPolygon(BOX, srid=4326),
        path=f"/nowhere/{uuid4()}", size_bytes=1, fingerprint="0" * 64,
    )  # fmt: skip
    area = AreaOfInterest.objects.create(owner=owner, name="A", geometry=BOX, area_km2=1.0)
    vector = VectorFile.objects.create(
        owner=owner, name="v", path="/nowhere", fingerprint="0" * 64, feature_count=1, size_bytes=1
    )
    upload = Upload.objects.create(owner=owner, filename="x.zip", size=5, kind="scene")
    result = Result.objects.create(
        owner=owner, service_id="s2_preprocess", title="R", item={}, folder=str(uuid4()), size_bytes=1
    )
    job = Job.objects.create(
        owner=owner,
        service_id="s2_preprocess",
        service_version="1",
        parameters={},
        identity_hash="0" * 64,
        timeout_s=60,
    )
    model = TrainedModel.objects.create(
        owner=owner, name="M", version=1, task="crop_classification", network="lstm", bands=["B02"], periods=12,
        card=plain_card(), fingerprint="0" * 64, folder=str(uuid4()), size_bytes=1,
    )  # fmt: skip
    token: ApiToken = create_token(owner, "t", ["read"])[0]
    found = {
        "scene": scene, "area": area, "vector": vector, "upload": upload, "result": result, "job": job, "model": model,
        "token": token,
    }  # fmt: skip
    return {f"{kind}_id": thing.pk for kind, thing in found.items()}


def blanks() -> dict[str, Any]:
    """Return what fills the blanks that name nobody's thing."""
    found = {"service_id": next(iter(all_services())), "name": "x.tif", "token": "x", "uidb36": "1", "key": "x"}
    return {**found, "layer": "roads", "fid": "W1", "z": 3, "x": 4, "y": 2}


def send(client: Client, method: str, url: str) -> Any:
    """Send a request with a body that is good enough for every address."""
    return getattr(client, method)(url, **({} if method == "get" else BODY))


BODY = {"data": {"name": "x"}, "content_type": "application/json", "headers": {"Upload-Offset": "0"}}


def test_the_walk_sees_the_portal():
    assert len(ROUTES) >= 45
    assert len(WITH_ID) >= 18
    assert len({route.name for route in ROUTES}) == len(ROUTES)
    assert {route.name for route in ROUTES} >= PUBLIC | LOGS_OUT_STRANGERS


@pytest.mark.parametrize("route", PRIVATE, ids=lambda r: r.name)
def test_strangers_are_asked_to_log_in(route, user):
    url = route.url({**blanks(), **things_of(user)})
    answers = {method: send(Client(), method, url) for method in route.methods}
    allowed = {method: answer for method, answer in answers.items() if answer.status_code != 405}
    assert allowed, f"{url} takes no method at all"
    for method, answer in allowed.items():
        if route.name.startswith("api:"):
            assert answer.status_code == 401, (method, url)
            assert answer["Content-Type"] == "application/problem+json"
        else:
            assert answer.status_code == 302, (method, url)
            assert answer["Location"].startswith("/accounts/login/?next="), (method, url)


@pytest.mark.parametrize("route", WITH_ID, ids=lambda r: r.name)
def test_anothers_thing_is_not_there(route, browser):
    other = User.objects.create_user("bob@example.org", None)
    theirs = things_of(other)
    url = route.url({**blanks(), **theirs})
    statuses = {method: send(browser, method, url).status_code for method in route.methods}
    assert set(statuses.values()) - {405} == {404}, (url, statuses)
    kept = (Scene, AreaOfInterest, VectorFile, Upload, Result, Job, TrainedModel)
    assert [kind.objects.filter(owner=other).count() for kind in kept] == [1] * len(kept)
    assert ApiToken.objects.get(user=other).revoked is None


@pytest.mark.parametrize("route", WITH_ID, ids=lambda r: r.name)
def test_anothers_thing_and_nothing_are_answered_alike(route, browser):
    """The answer must not tell that there is something."""
    theirs = things_of(User.objects.create_user("bob@example.org", None))
    nothing = {name: uuid4() for name in theirs}
    method = next(m for m in route.methods if send(browser, m, route.url({**blanks(), **nothing})).status_code != 405)
    answers = [send(browser, method, route.url({**blanks(), **values})) for values in (theirs, nothing)]
    bodies = []
    for values, answer in zip((theirs, nothing), answers, strict=True):
        text = answer.content.decode()
        for name in route.kwargs:
            text = text.replace(str(values.get(name, "")) or "\0", "ID")
        bodies.append(text if route.name.startswith("api:") else answer.status_code)
    assert bodies[0] == bodies[1]


@pytest.mark.parametrize(
    "route", [r for r in WITH_ID if r.name.count("-") == 0 and "get" in r.methods], ids=lambda r: r.name
)
def test_ones_own_thing_is_there(route, browser, user):
    """Else the rules above would hold for a portal that knows nothing."""
    answer = send(browser, "get", route.url({**blanks(), **things_of(user)}))
    assert answer.status_code in {200, 405}, route.name


def test_lists_show_only_ones_own(browser):
    theirs = things_of(User.objects.create_user("bob@example.org", None))
    lists = ("scenes", "areas", "vectors", "results", "jobs", "models", "tokens")
    for name in lists:
        text = browser.get(reverse(f"api:{name}")).content.decode()
        assert not [kind for kind, key in theirs.items() if str(key) in text], name


def test_the_administration_is_for_administrators(browser):
    answer = browser.get("/admin/accounts/user/")
    assert answer.status_code in {302, 403}
    assert Client().get("/admin/accounts/user/").status_code == 302


def test_every_download_asks_for_its_scope():
    for pattern in get_resolver().url_patterns:
        if getattr(pattern, "namespace", None) == "api":
            views = {p.name: p.callback.cls for p in flat(pattern.url_patterns) if hasattr(p.callback, "cls")}
    assert {n for n, view in views.items() if getattr(view, "token_scope", None) == "download"} == {
        "result-file",
        "result-archive",
        "model-file",
        "model-archive",
    }


def flat(patterns: Any) -> Iterator[URLPattern]:
    """Yield the patterns below all resolvers."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from flat(pattern.url_patterns)
        else:
            yield pattern
