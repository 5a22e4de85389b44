"""References of a job: lists of scenes, results; what is left out and taken at submission."""

import json
from datetime import UTC, datetime

import pytest

from apps.catalog.models import Result
from apps.jobs.dry_run import dry_run
from apps.jobs.models import Job
from apps.jobs.queries import as_document
from apps.jobs.submit import prepare, rerun, submit
from apps.jobs.worker import run_job
from services.core.errors import InvalidParameters
from services.core.registry import all_services

INSIDE = "POLYGON ((10.1 45.1, 10.2 45.1, 10.2 45.2, 10.1 45.2, 10.1 45.1))"
OUTSIDE = "POLYGON ((20 45, 20.1 45, 20.1 45.1, 20 45.1, 20 45))"
NOBODY = "6a6f0c3e-0000-4000-8000-000000000000"


@pytest.fixture(autouse=True)
def _service(job_service, roots, monkeypatch) -> None:
    monkeypatch.setenv("GROUNDWORK_EXTRA_SERVICES", "job_service,reference_service")
    monkeypatch.setattr("apps.jobs.submit.enqueue", lambda job: None)
    all_services.cache_clear()


@pytest.fixture
def season(make_scene) -> list:
    """Three scenes of a year, each of a month: March, June, September."""
    scenes = []
    for month in (9, 3, 6):
        scene = make_scene(f"S2A_{month:02}", fingerprint=f"{month:064}")
        scene.datetime = datetime(2025, month, 10, 10, 0, tzinfo=UTC)
        scene.save()
        scenes.append(scene)
    return sorted(scenes, key=lambda scene: scene.datetime)


def _result(owner, service: str = "job_test", **more) -> Result:
    given = {"title": "Stack of 2025", "item": {}, "folder": f"{service}-{owner.pk}", "size_bytes": 1}
    return Result.objects.create(owner=owner, service_id=service, **{**given, **more})


def _ids(rows) -> list[str]:
    return [str(row.pk) for row in rows]


def _fields(user, parameters) -> list[tuple[str, str, str]]:
    with pytest.raises(InvalidParameters) as error:
        prepare(user, "reference_test", parameters)
    return [(f.field, f.code, f.message) for f in error.value.fields]


def test_a_list_of_scenes_is_kept_with_all_its_inputs(user, worker, season) -> None:
    job = submit(user, "reference_test", {"scenes": _ids(season)}).job
    assert job.parameters["scenes"] == _ids(season)
    assert [(i["parameter"], i["kind"], i["name"]) for i in job.inputs] == [
        ("scenes", "scenes", "S2A_03"), ("scenes", "scenes", "S2A_06"), ("scenes", "scenes", "S2A_09"),
    ]  # fmt: skip
    assert as_document(job)["inputs"][1] == {
        "parameter": "scenes", "kind": "scenes", "id": str(season[1].id), "name": "S2A_06",
    }  # fmt: skip


def test_the_order_of_a_list_makes_no_other_result_but_its_members_do(user, season) -> None:
    prints = [
        prepare(user, "reference_test", {"scenes": _ids(rows)}).identity
        for rows in (season, reversed(season), season[:2])
    ]
    assert prints[0] == prints[1] != prints[2]


def test_each_id_that_cannot_be_used_is_named(user, stranger, season, make_scene) -> None:
    theirs, radar = make_scene("THEIRS", owner=stranger), make_scene("S1A", product_type="S1-GRD")
    wrong = _fields(user, {"scenes": [str(season[0].id), str(theirs.id), "/etc/passwd", str(radar.id)]})
    assert wrong == [
        ("scenes", "not_found", f"There is no scene '{theirs.id}' that you may use."),
        ("scenes", "not_found", "There is no scene '/etc/passwd' that you may use."),
        ("scenes", "wrong_product_type", "S1A is of type S1-GRD; this service takes S2MSI2A or S2-BANDS."),
    ]


def test_fifty_scenes_take_one_query(user, make_scene, django_assert_max_num_queries) -> None:
    scenes = [make_scene(f"S2A_{n}", fingerprint=f"{n:064}") for n in range(50)]
    with django_assert_max_num_queries(1):
        order = prepare(user, "reference_test", {"scenes": _ids(scenes)})
    assert len(order.inputs) == 50


def test_scenes_left_out_are_those_of_the_area(user, worker, season, make_scene, stranger) -> None:
    make_scene("THEIRS", owner=stranger, fingerprint="1" * 64)
    make_scene("RADAR", product_type="S1-GRD", fingerprint="2" * 64)
    job = submit(user, "reference_test", {"aoi": INSIDE}).job
    assert job.parameters["scenes"] == _ids(season)  # earliest first
    assert [i["id"] for i in job.inputs] == _ids(season)


def test_scenes_left_out_are_those_of_the_time_last_day_included(user, season) -> None:
    wanted = {"aoi": INSIDE, "start": "2025-03-11", "end": "2025-09-10"}
    assert prepare(user, "reference_test", wanted).parameters["scenes"] == _ids(season[1:])


def test_a_product_indexed_twice_is_taken_once(user, season, make_scene, tmp_path) -> None:
    again = make_scene("S2A_06", fingerprint=f"{6:064}", owner=user, path=str(tmp_path / "mine"))
    again.datetime = season[1].datetime
    again.save()
    assert len(prepare(user, "reference_test", {"aoi": INSIDE}).parameters["scenes"]) == 3


def test_an_area_or_time_without_scenes_is_a_field_error(user, season) -> None:
    words = "No scene of type S2MSI2A or S2-BANDS that you may use meets the area"
    assert _fields(user, {"aoi": OUTSIDE}) == [("scenes", "no_scenes", f"{words}.")]
    wanted = {"aoi": INSIDE, "start": "2024-01-01", "end": "2024-12-31"}
    assert _fields(user, wanted) == [("scenes", "no_scenes", f"{words} from 2024-01-01 to 2024-12-31.")]


def test_more_scenes_than_a_job_takes_are_refused(user, season, monkeypatch) -> None:
    monkeypatch.setattr("apps.jobs.complete.MOST_SCENES", 2)
    ((field, code, message),) = _fields(user, {"aoi": INSIDE})
    assert (field, code) == ("scenes", "too_many_scenes")
    assert message == "More than 2 scenes meet the area; name fewer, or a shorter time."


def test_a_rerun_works_on_what_the_job_worked_on(user, worker, season, make_scene) -> None:
    job = submit(user, "reference_test", {"aoi": INSIDE}).job
    make_scene("S2A_NEW", fingerprint="7" * 64)
    assert rerun(user, job, {}).job.parameters == job.parameters
    taken_anew = rerun(user, job, {"scenes": None}).job
    assert len(taken_anew.parameters["scenes"]) == 4


def test_a_dry_run_tells_how_many_are_taken(user, worker, season) -> None:
    answer = dry_run(user, "reference_test", {"aoi": INSIDE})
    assert answer.findings[0]["code"] == "scenes_taken"
    assert answer.findings[0]["message"] == "3 scenes of the area and time will be worked on."
    assert not Job.objects.exists()


def test_an_area_that_meets_none_of_a_list_is_refused(user, season) -> None:
    ((field, code, message),) = _fields(user, {"scenes": _ids(season), "aoi": OUTSIDE})
    assert (field, code) == ("aoi", "no_overlap")
    where = "longitude 10.00 to 11.00, latitude 45.00 to 46.00"
    assert message == f"The area lies outside all 3 scenes, which cover {where}."


def test_a_result_of_ones_own_is_taken(user, worker) -> None:
    result = _result(user)
    job = submit(user, "reference_test", {"stack": str(result.id)}).job
    (known,) = job.inputs
    assert known == {
        "parameter": "stack", "kind": "result", "id": str(result.id), "name": "Stack of 2025",
        "fingerprint": str(result.id),
    }  # fmt: skip


def test_a_result_is_worked_on_instead_of_the_areas_scenes(user, season) -> None:
    order = prepare(user, "reference_test", {"stack": str(_result(user).id), "aoi": INSIDE})
    assert (order.parameters["scenes"], order.taken) == (None, 0)


def test_a_result_of_another_user_or_another_service_is_refused(user, stranger) -> None:
    theirs, changes = _result(stranger), _result(user, "s2_change_detection")
    assert _fields(user, {"stack": str(theirs.id)}) == [
        ("stack", "not_found", f"There is no result '{theirs.id}' that you may use.")
    ]
    ((_, code, message),) = _fields(user, {"stack": str(changes.id)})
    assert code == "wrong_service"
    assert message == "Stack of 2025 was made by S2-CD; here a result of S2-harmonise or job-test is needed."


def test_an_area_outside_a_result_is_refused(user) -> None:
    from django.contrib.gis.geos import Polygon

    result = _result(user, geometry=Polygon.from_bbox((10, 45, 11, 46)))
    ((field, code, _),) = _fields(user, {"stack": str(result.id), "aoi": OUTSIDE})
    assert (field, code) == ("aoi", "no_overlap")


def test_the_run_gets_paths_and_its_record_ids(user, worker, season) -> None:
    """A list of scenes and a result through a real child process: paths inside, ids in all that is told outside."""
    stack = _result(user)
    parameters = {"scenes": _ids(season), "stack": str(stack.id)}
    job = submit(user, "reference_test", parameters).job
    assert run_job(str(job.id)) == "successful"
    made = Result.objects.get(job_id=job.id)
    seen = json.loads((made.path / "seen.json").read_text())
    assert seen["scenes"] == [scene.path for scene in season]
    assert seen["stack"] == str(stack.path)
    provenance = json.loads((made.path / "provenance.json").read_text())
    assert provenance["parameters"]["scenes"] == _ids(season)
    assert provenance["parameters"]["stack"] == str(stack.id)
    assert [(i["product"], i["id"]) for i in provenance["inputs"]] == [
        *((scene.name, str(scene.id)) for scene in season), ("stack", str(stack.id)),
    ]  # fmt: skip
    assert "/" not in json.dumps([provenance["parameters"], provenance["inputs"]])


def test_a_result_deleted_meanwhile_is_named(user, worker) -> None:
    result = _result(user)
    job = submit(user, "reference_test", {"stack": str(result.id)}).job
    result.delete()
    assert run_job(str(job.id)) == "failed"
    job.refresh_from_db()
    assert "There is no result" in job.error["message"]


@pytest.mark.parametrize(
    "wrong", [{"aoi": "POLYGON((", "start": "2025-01-01"}, {"aoi": INSIDE, "start": "soon"}, {"aoi": 5}]
)
def test_what_cannot_be_read_is_told_by_the_services_own_checks(user, season, wrong) -> None:
    (name, *_), *_ = _fields(user, wrong)
    assert name in ("aoi", "start")
