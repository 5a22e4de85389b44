"""The states of a job: only along the edges, guarded in the query."""

import threading
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.utils import timezone

from apps.jobs.errors import JobEnded
from apps.jobs.models import ENDED, Job, State
from apps.jobs.states import EDGES, beat, cancel, claim, hand_back, move


@pytest.mark.parametrize("start", State)
@pytest.mark.parametrize("goal", State)
def test_moves_go_along_the_edges_only(make_job, start: State, goal: State) -> None:
    job = make_job(state=start)
    assert move(job.id, goal) is (goal in EDGES[start])
    job.refresh_from_db()
    assert job.state == (goal if goal in EDGES[start] else start)


def test_ended_states_are_ends() -> None:
    assert all(EDGES[state] == () for state in ENDED)


def test_a_move_in_the_name_of_an_old_attempt_does_nothing(make_job) -> None:
    job = make_job(state=State.RUNNING, attempt=2)
    assert not move(job.id, State.SUCCESSFUL, held_as=1)
    assert move(job.id, State.SUCCESSFUL, held_as=2)


def test_an_end_is_stamped_and_gives_up_the_lease(make_job) -> None:
    job = make_job(state=State.RUNNING, lease_until=timezone.now(), eta_s=3.0)
    move(job.id, State.FAILED)
    job.refresh_from_db()
    assert job.finished is not None
    assert (job.lease_until, job.eta_s) == (None, None)


def test_a_claim_takes_the_row(make_job, worker, settings) -> None:
    settings.JOB_LEASE_S = 30
    job = claim(make_job().id, worker)
    assert (job.state, job.attempt, job.worker) == (State.RUNNING, 1, worker)
    assert 29 < (job.lease_until - timezone.now()).total_seconds() <= 30


def test_a_message_that_comes_twice_finds_the_row_taken(make_job, worker) -> None:
    job = make_job()
    assert claim(job.id, worker) is not None
    assert claim(job.id, worker) is None


def test_a_message_for_a_job_that_is_gone_does_nothing(db) -> None:
    assert claim(uuid4(), None) is None


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_never_both_get_it(make_job) -> None:
    job, got = make_job(), []

    def take() -> None:
        got.append(claim(job.id, None))
        connection.close()

    threads = [threading.Thread(target=take) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(taken is not None for taken in got) == 1


@pytest.mark.django_db(transaction=True)
def test_a_row_locked_by_another_is_skipped_not_waited_for(make_job) -> None:
    job, got = make_job(), []

    def take() -> None:
        got.append(claim(job.id, None))
        connection.close()

    with transaction.atomic():
        Job.objects.select_for_update().get(id=job.id)
        thread = threading.Thread(target=take)
        thread.start()
        thread.join(5)
    assert got == [None]


def test_a_beat_renews_the_lease_and_hears_a_cancel(make_job, worker) -> None:
    job = claim(make_job().id, worker)
    first_lease = job.lease_until
    assert beat(job, "reading", 0.5, 3.0) is False
    job.refresh_from_db()
    assert (job.stage, job.fraction, job.eta_s) == ("reading", 0.5, 3.0)
    assert job.lease_until > first_lease
    cancel(job)
    assert beat(job, "reading", 0.5, 3.0) is True


def test_a_beat_without_news_changes_nothing_for_the_user(make_job, worker) -> None:
    job = claim(make_job().id, worker)
    beat(job, "reading", 0.5, 3.0)
    job.refresh_from_db()
    changed = job.changed
    beat(job, "reading", 0.5, 2.0)
    job.refresh_from_db()
    assert job.changed == changed


def test_a_beat_of_a_job_that_was_taken_back_says_so(make_job, worker) -> None:
    job = claim(make_job().id, worker)
    hand_back(job)
    assert beat(job, "reading", 0.5, None) is None


def test_a_job_handed_back_is_as_if_it_had_not_begun(make_job, worker) -> None:
    job = claim(make_job().id, worker)
    assert hand_back(job)
    job.refresh_from_db()
    assert (job.state, job.worker, job.started, job.lease_until, job.stage) == (State.ACCEPTED, None, None, None, "")


def test_cancel_dismisses_a_waiting_job_at_once(make_job, settings, tmp_path) -> None:
    settings.JOBS_ROOT = tmp_path
    job = make_job()
    job.keep.mkdir(parents=True)
    cancel(job)
    job.refresh_from_db()
    assert (job.state, job.keep.exists()) == (State.DISMISSED, False)


@pytest.mark.parametrize("state", ENDED)
def test_cancel_of_an_ended_job_names_the_state(make_job, state: State) -> None:
    with pytest.raises(JobEnded, match=f"^The job cannot be cancelled: it is already {state}.$"):
        cancel(make_job(state=state))
