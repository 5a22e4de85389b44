"""Pages: who may see what, and at how many queries."""

from uuid import uuid4

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.jobs.models import Job, State

PAGES = ("/", "/jobs/", "/scenes/", "/services/", "/services/s2_preprocess/", "/account/", "/account/tokens/")
CEILING = 8


@pytest.fixture
def ana(db: None) -> User:
    """A user."""
    return User.objects.create_user("ana@example.org", "a-long-password")


@pytest.fixture
def client_of_ana(ana: User) -> Client:
    """Her browser."""
    client = Client()
    client.force_login(ana, backend="django.contrib.auth.backends.ModelBackend")
    return client


def job_of(owner: User, **more: object) -> Job:
    """A job that has ended."""
    given = {"service_id": "s2_preprocess", "service_version": "1.0.0", "parameters": {"resolution": 20.0}}
    return Job.objects.create(owner=owner, state=State.DISMISSED, timeout_s=60, **{**given, **more})


@pytest.mark.parametrize("path", PAGES)
def test_page_renders_within_its_queries(client_of_ana: Client, path: str, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    """Every page answers 200."""
    with django_assert_max_num_queries(CEILING):
        assert client_of_ana.get(path).status_code == 200


def test_job_list_does_not_ask_more_for_more_jobs(
    client_of_ana: Client, ana: User, django_assert_max_num_queries
) -> None:  # type: ignore[no-untyped-def]
    """Thirty jobs take as many queries as one, and come on two pages."""
    for number in range(30):
        job_of(ana, name=f"job {number}")
    with django_assert_max_num_queries(CEILING):
        page = client_of_ana.get("/jobs/").content.decode()
    assert page.count("data-job-row") == 25
    assert "Page 1 of 2" in page


@pytest.mark.parametrize("path", ["/jobs/", "/scenes/", "/account/", "/services/s2_preprocess/form"])
def test_strangers_are_sent_to_the_login(client: Client, path: str, db: None) -> None:
    """With the way back."""
    answer = client.get(path)
    assert answer.status_code == 302
    assert answer["Location"] == f"/accounts/login/?next={path}"


def test_strangers_see_what_this_is(client: Client, db: None) -> None:
    """The front page of a stranger is no login wall."""
    page = client.get("/")
    assert page.status_code == 200
    assert "Earth observation, ready to build on." in page.content.decode()


def test_another_users_job_is_not_there(client_of_ana: Client) -> None:
    """404, the same as for a job that never was."""
    theirs = job_of(User.objects.create_user("ben@example.org", "a-long-password"))
    assert client_of_ana.get(f"/jobs/{theirs.id}/").status_code == 404
    assert client_of_ana.get(f"/jobs/{uuid4()}/").status_code == 404
    assert client_of_ana.get(f"/results/{uuid4()}/").status_code == 404
    assert client_of_ana.get("/services/nothing/").status_code == 404


def test_own_job_tells_its_parameters(client_of_ana: Client, ana: User) -> None:
    """With title and unit of the declaration, not the bare name."""
    page = client_of_ana.get(f"/jobs/{job_of(ana).id}/").content.decode()
    assert "Resolution" in page
    assert '<span class="num">20</span> m' in page


def test_coast_is_sent_compressed_and_kept(client: Client) -> None:
    """The map's coast is the file of the masks."""
    answer = client.get("/basemap/land-10m.json")
    assert answer["Content-Encoding"] == "gzip"
    assert "max-age=31536000" in answer["Cache-Control"]
    assert b"".join(answer.streaming_content)[:2] == b"\x1f\x8b"  # type: ignore[attr-defined]
