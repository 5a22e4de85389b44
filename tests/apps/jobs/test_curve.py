"""Training curves: what is kept of what a child tells, how it is read, and who may read it."""

import json
import sys
from pathlib import Path

import pytest

from apps.jobs import curve as curves
from apps.jobs.curve import MAX_POINTS, Curve, card_points, clean, read_points, summary
from apps.jobs.log import Log
from apps.jobs.models import State
from apps.jobs.supervise import Limits, Wish, supervise
from apps.jobs.worker import run_job

POINT = {"epoch": 1, "train_loss": 2.5, "val_loss": 2.25, "val_accuracy": 0.5, "val_f1": 0.25}


def test_a_point_is_numbers_under_plain_names():
    assert clean(POINT) == POINT
    assert clean({"epoch": 0, "train_loss": 1}) == {"epoch": 0, "train_loss": 1.0}
    mixed = {"epoch": 3, "train_loss": 1.5, "val_loss": None, "val_f1": float("nan"), "note": "x", "__proto__": 1.0}
    assert clean(mixed) == {"epoch": 3, "train_loss": 1.5}


@pytest.mark.parametrize(
    "told",
    [
        None, [], "epoch", 7, {}, {"epoch": 1}, {"train_loss": 1.0}, {"epoch": "1", "train_loss": 1.0},
        {"epoch": True, "train_loss": 1.0}, {"epoch": -1, "train_loss": 1.0}, {"epoch": 1.5, "train_loss": 1.0},
        {"epoch": 10**9, "train_loss": 1.0}, {"epoch": 1, "train_loss": float("inf")}, {"epoch": 1, "a": 10**400},
        {"epoch": 1, "x" * 41: 1.0}, {"epoch": 1, "<b>": 1.0}, {"epoch": 1, **{f"m{n}": 1.0 for n in range(16)}},
        {"epoch": 1, "train_loss": [1.0]}, {"epoch": 1, "train_loss": True},
    ],
)  # fmt: skip
def test_anything_else_is_passed_over(tmp_path: Path, told):
    curve = Curve(tmp_path / "curve.jsonl")
    curve.take(told)
    assert (curve.points, read_points(curve.path)) == (0, [])


def test_points_come_back_in_order_and_an_attempt_that_began_again_replaces_them(tmp_path: Path):
    path = tmp_path / "curve.jsonl"
    first = Curve(path)
    for epoch in (1, 2, 3, 4):
        first.take({"epoch": epoch, "train_loss": 10.0 - epoch})
    resumed = Curve(path)
    assert resumed.points == 4
    for epoch in (3, 4, 5):
        resumed.take({"epoch": epoch, "train_loss": 20.0 - epoch})
    assert [(p["epoch"], p["train_loss"]) for p in read_points(path)] == [(1, 9), (2, 8), (3, 17), (4, 16), (5, 15)]


def test_the_number_is_bounded_and_a_full_disk_costs_only_the_curve(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(curves, "MAX_POINTS", 3)
    curve = Curve(tmp_path / "curve.jsonl")
    for epoch in range(6):
        curve.take({"epoch": epoch, "train_loss": 1.0})
    assert [p["epoch"] for p in read_points(curve.path)] == [0, 1, 2]
    nowhere = Curve(tmp_path / "gone" / "curve.jsonl")
    nowhere.take(POINT)
    assert nowhere.points == 0
    assert MAX_POINTS == 20_000


def test_a_damaged_file_gives_what_is_whole(tmp_path: Path):
    path = tmp_path / "curve.jsonl"
    path.write_bytes(json.dumps(POINT).encode() + b'\n{"epoch": 2, "tr\n\xff\xfe\n' + b"[" * 5000 + b"\n")
    assert read_points(path) == [POINT]
    assert read_points(tmp_path / "nothing") == []


def test_the_words_name_last_and_best():
    points = [{"epoch": e, "val_loss": loss, "val_f1": f1} for e, loss, f1 in [(1, 2, 0.1), (2, 0.5, 0.9), (3, 1, 0.8)]]
    assert summary(points) == (
        "3 epochs. Loss on validation data: 2 at first, 1 now, best 0.5 in epoch 2. "
        "Macro-F1 on validation data: 0.1 at first, 0.8 now, best 0.9 in epoch 2."
    )
    assert summary([]) == ""
    assert summary([{"epoch": 1, "seconds": 3.0}]) == "1 epoch."


def test_the_curve_of_a_card(tmp_path: Path):
    (tmp_path / "card.json").write_text(json.dumps({"curve": [{**POINT, "learning_rate": None}, "x"]}))
    assert card_points(tmp_path) == [POINT]
    for damaged in ("[]", "{", '{"curve": 3}', '{"curve": {"epoch": 1}}'):
        (tmp_path / "card.json").write_text(damaged)
        assert card_points(tmp_path) == []
    assert card_points(tmp_path / "nothing") == []


SPEAKER = """
import json, sys
def say(text): print(text, flush=True)
say(json.dumps({"event": "curve", "point": {"epoch": 1, "train_loss": 2.0}}))
say('{"event": "curve"}')
say('{"event": "curve", "point": "x"}')
say('{"event": "progress", "fraction": "much"}')
say("[" * 100000)
say('{"event": "curve", "point": {"epoch": 2, "train_loss": 1e999}}')
say("x" * 300000)
say(json.dumps({"event": "curve", "point": {"epoch": 2, "train_loss": 1.0}}))
say(json.dumps({"event": "progress", "stage": "training", "fraction": 0.5, "eta_s": None}))
import time; time.sleep(0.7)
"""


def test_a_child_tells_points_and_nonsense_between_them_does_no_harm(tmp_path: Path):
    seen = []

    def tick(report):
        seen.append((report.points, report.stage))
        return Wish.GO_ON

    curve = Curve(tmp_path / "curve.jsonl")
    limits = Limits(30, 4 << 30, 0.3)
    ending = supervise([sys.executable, "-c", SPEAKER], Log(tmp_path / "log.txt"), {}, limits, tick, curve)
    assert (ending.error, ending.exit_status) == (None, 0)
    assert [p["epoch"] for p in read_points(curve.path)] == [1, 2]
    assert seen[-1] == (2, "training")


@pytest.fixture
def job(make_job, roots):
    """A job with a curve of two epochs."""
    job = make_job(state=State.RUNNING, attempt=1)
    job.folder.mkdir(parents=True)
    curve = Curve(job.curve_path)
    for epoch, loss in ((1, 2.0), (2, 1.0)):
        curve.take({"epoch": epoch, "train_loss": loss})
    return job


@pytest.mark.django_db
def test_the_api_gives_the_curve_to_its_owner(job, user, stranger, client, django_assert_max_num_queries):
    client.force_login(user)
    path = f"/api/jobs/{job.id}/curve"
    with django_assert_max_num_queries(4):
        answer = client.get(path)
    assert [p["epoch"] for p in answer.json()["points"]] == [1, 2]
    assert answer.json()["summary"].startswith("2 epochs. Loss on training data: 2 at first, 1 now")
    assert answer.json()["complete"] is False
    assert client.get(path, {"since": 1}).json()["points"] == [{"epoch": 2.0, "train_loss": 1.0}]
    again = client.get(path, headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    Curve(job.curve_path).take({"epoch": 3, "train_loss": 0.5})
    assert client.get(path, headers={"If-None-Match": answer["ETag"]}).status_code == 200
    refused = client.get(path, {"since": "x"})
    assert (refused.status_code, refused["Content-Type"]) == (422, "application/problem+json")
    client.force_login(stranger)
    assert client.get(path).status_code == 404


@pytest.mark.django_db
def test_the_document_says_whether_there_is_a_curve(job, make_job, user, client):
    client.force_login(user)
    assert client.get(f"/api/jobs/{job.id}").json()["links"]["curve"] == f"/api/jobs/{job.id}/curve"
    assert client.get(f"/api/jobs/{make_job().id}").json()["links"]["curve"] is None


@pytest.mark.django_db(transaction=True)
def test_a_worker_keeps_the_curve_of_what_it_runs(make_job, roots, worker):
    job = make_job(parameters={"behaviour": "learn", "seconds": 0.6})
    assert run_job(str(job.id)) == State.SUCCESSFUL, job.log_path.read_text()
    assert [p["epoch"] for p in read_points(job.curve_path)] == [1, 2, 3]
