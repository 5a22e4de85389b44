"""A worker: a django-q2 cluster that registers itself, keeps a heartbeat, and dies as a whole."""

import logging
import multiprocessing
import os
import signal
import uuid
from types import FrameType
from typing import Any

from django.db import connections

from apps.jobs import stopping, workers
from apps.jobs.database import LOST, drop_connection
from apps.jobs.models import Worker
from apps.jobs.processes import die_with_parent
from apps.jobs.reaper import kill_orphans, reap
from apps.jobs.worker import WORKER_VARIABLE

logger = logging.getLogger(__name__)
_fork = multiprocessing.get_context("fork")


def run_cluster(queue: str) -> None:
    """Run the jobs of a queue until SIGTERM or SIGINT. A worker that starts first clears up after lost ones."""
    os.environ["Q_CLUSTER_NAME"] = queue
    stopping.forget()
    kill_orphans()
    reap()
    worker = workers.register(queue)
    os.environ[WORKER_VARIABLE] = str(worker.id)
    logger.info("Worker %s serves %s with %d cores.", worker.name, ", ".join(worker.resources), worker.cores)
    stop = _fork.Event()
    sentinel = _start_sentinel(stop)
    _stop_on_signals(stop)
    try:
        while sentinel.is_alive():
            sentinel.join(workers.BEAT_S)
            _beat(worker)
    finally:
        _retire(worker)


def _start_sentinel(stop: Any) -> Any:
    """Fork django-q2's sentinel, which forks the rest. Each process of the tree dies with the one that started it."""
    os.register_at_fork(after_in_child=die_with_parent)
    connections.close_all()
    arguments = (stop, _fork.Event(), uuid.uuid4())
    sentinel = _fork.Process(target=_sentinel, args=arguments, name="sentinel")
    sentinel.start()
    return sentinel


def _sentinel(*arguments: Any) -> None:
    """Be the sentinel, in a process group of its own: a signal to the group of the worker reaches the worker only."""
    from django_q.cluster import Sentinel  # reads Q_CLUSTER_NAME

    os.setpgrp()
    Sentinel(*arguments)


def _stop_on_signals(stop: Any) -> None:
    def ask(number: int, frame: FrameType | None) -> None:
        stopping.ask()
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, ask)


def _beat(worker: Worker) -> None:
    try:
        workers.beat(worker)
        kill_orphans()
    except LOST as error:
        logger.warning("Worker %s: no beat, the database is away (%s).", worker.name, error)
        drop_connection()


def _retire(worker: Worker) -> None:
    try:
        workers.retire(worker)
    except LOST:
        logger.warning("Worker %s could not be taken off the list: the database is away.", worker.name)
    logger.info("Worker %s stopped.", worker.name)
