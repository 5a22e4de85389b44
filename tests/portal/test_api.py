"""The entrance, the schema, its documentation, the health, the throttles, the headers."""

import re
from pathlib import Path

import pytest
import yaml
from django.core.management import call_command
from django.db import OperationalError
from django.test import Client
from rest_framework.throttling import SimpleRateThrottle

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def schema(tmp_path_factory) -> dict:
    """The schema, made with every warning an error."""
    file: Path = tmp_path_factory.mktemp("schema") / "schema.yml"
    call_command("spectacular", file=str(file), validate=True, fail_on_warn=True)
    return yaml.safe_load(file.read_text())


def test_every_link_of_the_entrance_leads_somewhere(browser):
    links = Client().get("/api/").json()["links"]
    assert len(links) == 15
    statuses = {name: browser.get(link).status_code for name, link in links.items()}
    assert statuses == {**dict.fromkeys(links, 200), "uploads": 405, "osm": 404}  # nothing imported


def test_the_schema_has_no_warnings(schema):
    assert schema["openapi"].startswith("3.")
    assert schema["info"]["title"] == "Groundwork"
    assert len(schema["paths"]) >= 25


def test_every_operation_says_what_it_does(schema):
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            assert operation["description"], (method, path)
            assert operation["tags"][0] in {
                "account", "areas", "jobs", "models", "osm", "portal", "results", "scenes", "services", "uploads",
                "vectors", "aois",
            }, (method, path, operation["tags"])  # fmt: skip


def test_every_operation_documents_its_errors(schema):
    reference = {"$ref": "#/components/schemas/Problem"}
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            answers = operation["responses"]
            assert "429" in answers
            if "{" in path:
                assert answers["404"]["content"]["application/problem+json"]["schema"] == reference, (method, path)
            if "requestBody" in operation:
                assert {"400", "422"} <= set(answers), (method, path)
            public = {} in operation.get("security", [{}])
            assert public or {"401", "403"} <= set(answers), (method, path)


def test_the_token_is_in_the_schema(schema):
    assert schema["components"]["securitySchemes"]["token"]["name"] == "Authorization"
    assert {"token": []} in schema["paths"]["/api/jobs"]["get"]["security"]


def test_the_documentation_works_offline_and_without_inline_script(browser):
    page = browser.get("/api/docs/")
    html = page.content.decode()
    sources = re.findall(r'(?:src|href)="([^"]+)"', html)
    assert len(sources) >= 4
    assert all(source.startswith("/") for source in sources), sources
    assert re.findall(r"<script(?![^>]*src=)", html) == [] and "<style" not in html
    script = re.search(r'src="(/api/docs/[^"]+)"', html).group(1)
    assert "SwaggerUIBundle" in browser.get(script.replace("&amp;", "&")).content.decode()
    for source in sources:
        if source.startswith("/static/"):
            response = browser.get(source)
            assert response.status_code == 200, source
            response.close()


def test_health():
    assert Client().get("/api/health").json() == {
        "healthy": True,
        "database": "ok",
        "workers": 0,
        "disk": "ok",
        "osm": "none",
        "osm_data_timestamp": None,
        "version": "0.1.0",
    }


def test_health_without_a_database(monkeypatch):
    def away():
        raise OperationalError("gone")

    monkeypatch.setattr("portal.health.connection.cursor", away)
    response = Client().get("/api/health")
    assert response.status_code == 503
    assert (response.json()["healthy"], response.json()["database"]) == (False, "away")


@pytest.fixture
def rates(monkeypatch):
    """Small limits."""
    small = {"anon": "3/min", "user": "5/min", "submit": "2/min", "upload": "2/min"}
    monkeypatch.setattr(SimpleRateThrottle, "THROTTLE_RATES", small)


def test_strangers_are_throttled(rates):
    statuses = [Client().get("/api/").status_code for _ in range(4)]
    assert statuses == [200, 200, 200, 429]
    response = Client().get("/api/")
    assert 1 <= int(response["Retry-After"]) <= 60
    problem = response.json()
    assert (problem["code"], problem["detail"]) == ("throttled", "Too many requests.")
    assert problem["hint"] == f"Try again in {response['Retry-After']} s."


def test_submitting_is_throttled_apart_from_looking(rates, program):
    client = program("read", "submit")
    body = {"service": "nothing", "parameters": {}}
    post = [client.post("/api/jobs", body, content_type="application/json").status_code for _ in range(3)]
    assert post == [404, 404, 429]
    assert client.get("/api/jobs").status_code == 200


def test_health_is_never_throttled(rates):
    assert {Client().get("/api/health").status_code for _ in range(6)} == {200}


@pytest.mark.parametrize("path", ["/", "/accounts/login/", "/services/", "/api/docs/", "/nothing/", "/api/"])
def test_headers(path):
    response = Client().get(path)
    policy = dict(part.strip().partition(" ")[::2] for part in response["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'self'"
    assert policy["script-src"].split()[0] == "'self'" and "unsafe" not in policy["script-src"]
    assert "unsafe" not in policy["style-src"]
    assert policy["style-src-attr"] == "'unsafe-inline'"
    assert policy["img-src"] == "'self' data: blob:"
    assert (policy["object-src"], policy["frame-ancestors"]) == ("'none'", "'none'")
    assert response["X-Frame-Options"] == "DENY"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin" or path == "/api/docs/"
    assert response["Permissions-Policy"].startswith("camera=(), microphone=()")


def test_no_page_has_inline_script_without_a_nonce(browser):
    for path in (
        "/",
        "/jobs/",
        "/scenes/",
        "/services/",
        "/account/",
        "/account/tokens/",
        "/accounts/password/change/",
    ):
        html = browser.get(path).content.decode()
        for tag in re.findall(r"<(?:script|style)\b[^>]*>", html):
            assert "src=" in tag or "nonce=" in tag or 'type="application/json"' in tag, (path, tag)
        assert re.findall(r"<[^>]+\son\w+=", html) == [], path
