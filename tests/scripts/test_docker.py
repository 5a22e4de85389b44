"""The images cannot be built everywhere; what can be known from the text is."""

import re

import pytest

from scripts.places import ROOT

DOCKERFILE = (ROOT / "docker" / "Dockerfile").read_text()
COMPOSE = ROOT / "docker" / "compose.yml"


@pytest.fixture(scope="module")
def compose():
    yaml = pytest.importorskip("yaml")
    return yaml.safe_load(COMPOSE.read_text())


def test_portal_worker_and_scheduler_come_from_one_file(compose):
    ours = {name: service for name, service in compose["services"].items() if "build" in service}
    assert set(ours) == {"migrate", "portal", "worker", "scheduler"}
    assert {service["build"]["dockerfile"] for service in ours.values()} == {"docker/Dockerfile"}
    stages = set(re.findall(r"^FROM .* AS (\w+)$", DOCKERFILE, re.MULTILINE))
    assert {service["build"]["target"] for service in ours.values()} <= stages
    assert {service["build"]["args"]["BASE"] for service in ours.values()} == {
        "${BASE_IMAGE:-python:3.11-slim-bookworm}"
    }


def test_secrets_are_files_that_are_declared(compose):
    declared = set(compose["secrets"])
    for service in compose["services"].values():
        assert set(service.get("secrets", ())) <= declared
        for name, value in service["environment"].items():
            if re.search("PASSWORD|SECRET|DATABASE_URL", name):
                assert name.endswith("_FILE")
                assert value.removeprefix("/run/secrets/") in service["secrets"]


def test_named_volumes_are_declared(compose):
    for service in compose["services"].values():
        named = {volume.split(":")[0] for volume in service["volumes"] if not volume.startswith(("$", ".", "/"))}
        assert named <= set(compose["volumes"])


def test_nothing_starts_before_the_database_is_well(compose):
    services = compose["services"]
    assert "pg_isready" in services["database"]["healthcheck"]["test"][1]
    assert services["migrate"]["depends_on"] == {"database": {"condition": "service_healthy"}}
    for name in ("portal", "worker", "scheduler"):
        assert services[name]["depends_on"] == {"migrate": {"condition": "service_completed_successfully"}}


def test_the_portal_listens_on_the_loopback_only(compose):
    assert compose["services"]["portal"]["ports"] == ["127.0.0.1:${PORT:-8000}:8000"]


def test_the_image_does_not_run_as_root():
    stage = DOCKERFILE.split("AS base")[1]
    assert "USER groundwork" in stage
    assert stage.index("USER groundwork") < stage.index("AS worker")
    assert "HEALTHCHECK" in DOCKERFILE


def test_what_is_copied_is_there():
    for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE):
        for source in line.split()[:-1]:
            assert (ROOT / source).exists(), source
