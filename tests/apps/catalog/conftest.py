"""A user with a browser, a stranger, folders of their own, and ways to upload and to publish."""

import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from catalog_files import patch, zipped
from django.test import Client
from people import browser, program, user
from small_disk import small_disk
from small_safe import make_safe
from tiny_services import TINY, TinyParams

from apps.accounts.models import User
from apps.catalog.models import Result
from apps.catalog.publish import publish_result
from services.core.context import Context
from services.core.record import write_record

__all__ = ["browser", "program", "small_disk", "user"]


@pytest.fixture
def stranger(db) -> User:
    """Somebody else."""
    return User.objects.create_user("eve@example.org")


@pytest.fixture
def other_browser(stranger: User) -> Client:
    """A browser in which somebody else is logged in."""
    client = Client()
    client.force_login(stranger)
    return client


@pytest.fixture(autouse=True)
def roots(settings, tmp_path: Path) -> Path:
    """Let everything lie in a temporary folder."""
    settings.UPLOADS_ROOT, settings.RESULTS_ROOT = tmp_path / "uploads", tmp_path / "results"
    settings.CACHE_ROOT = tmp_path / "cache"
    settings.UPLOAD_CHUNK_BYTES = 4096
    return tmp_path


@pytest.fixture(scope="session")
def safe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small L2A product with three bands."""
    return make_safe(tmp_path_factory.mktemp("safe"), "2A", bands=("B02", "B03", "B04"))


@pytest.fixture(scope="session")
def safe_zip(safe: Path) -> bytes:
    """The product zipped."""
    return zipped({str(p.relative_to(safe.parent)): p.read_bytes() for p in sorted(safe.rglob("*")) if p.is_file()})


@pytest.fixture
def upload(browser: Client, settings) -> Callable[..., dict]:
    """Upload a file as the browser does, and return the last answer."""

    def send(content: bytes, filename: str = "product.zip", kind: str = "scene", client: Client = browser) -> dict:
        order = {"filename": filename, "size": len(content), "kind": kind}
        answer = client.post("/api/uploads", order, content_type="application/json")
        state = answer.json()
        while answer.status_code < 300 and state["state"] == "receiving":
            offset = state["offset"]
            piece = content[offset : offset + state["chunk_bytes"]]
            answer = patch(client, state["id"], offset, piece)
            state = answer.json()
        return state

    return send


@pytest.fixture
def publish(user: User, roots: Path) -> Callable[..., Result]:
    """Publish a result of the tiny service, as the worker does."""
    from concurrent.futures import ThreadPoolExecutor

    def make(owner: User = user, title: str = "Tiny: a result") -> Result:
        from tiny_services import write_values

        folder = roots / "results" / str(uuid.uuid4())
        folder.mkdir(parents=True)
        job = uuid.uuid4()
        with ThreadPoolExecutor(1) as executor:
            context = Context(TINY, folder, executor)
            write_values(context)
            context.add("values", folder / "values.tif", bands=[{"name": "height"}])
            write_record(context, TinyParams(input="scene"), {"job": str(job)})
        (folder / "log.txt").write_text("a line\n")
        return publish_result(owner=owner, job_id=job, service_id="tiny", title=title, folder=folder)

    return make
