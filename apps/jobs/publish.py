"""Publish what a job wrote: folder among the results, entry in the catalogue, end of the job; all or nothing."""

import json
import logging
import shutil
import uuid
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from apps.catalog.publish import publish_result
from apps.jobs.database import persist
from apps.jobs.models import Job, State
from apps.jobs.states import move
from apps.models.errors import ModelRefused
from apps.models.packages import CARD, Package, arrive
from apps.models.register import Origin
from apps.models.register import enter as enter_model
from services.core.registry import get_service

CARD_OUTPUT = "card"
"""The output by which a training tells that its result holds a trained network."""
logger = logging.getLogger(__name__)


class _JobWasLost(Exception):
    """The job was taken from this worker: what it wrote is not wanted any more."""


def publish(job: Job, output: Path, peak_memory_bytes: int) -> None:
    """Make a job's output its result. Where the job was taken from this worker meanwhile, nothing is published."""
    shutil.copy(job.log_path, output / "log.txt")
    folder = _move_among_results(output)
    try:
        package = arrived_package(folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise

    def enter() -> None:
        with transaction.atomic():
            result = publish_result(
                owner=job.owner,
                job_id=job.id,
                service_id=job.service_id,
                title=job.name or get_service(job.service_id).title,
                folder=folder,
            )
            if package:
                origin = Origin(job.service_id, job.id, result.pk)
                enter_model(job.owner, package, name=job.name, origin=origin)
            done: dict[str, Any] = {"stage": "done", "fraction": 1.0, "peak_memory_bytes": peak_memory_bytes}
            if not move(job.id, State.SUCCESSFUL, held_as=job.attempt, result=result, **done):
                raise _JobWasLost

    try:
        persist(enter)
    except BaseException as error:
        shutil.rmtree(folder, ignore_errors=True)
        if package:
            package.drop()
        if not isinstance(error, _JobWasLost):
            raise


def arrived_package(folder: Path) -> Package | None:
    """Copy the trained network among a result's files to the registry's place; None where there is none.

    A network that the registry refuses stays in the result alone: the training was not in vain.
    """
    item = json.loads((folder / "item.json").read_text())
    if item["assets"].get(CARD_OUTPUT, {}).get("href", "").removeprefix("./") != CARD:
        return None
    try:
        return arrive(folder)
    except ModelRefused as error:
        logger.error("The network in result %s is not registered: %s", folder.name, error.message)
        return None


def _move_among_results(output: Path) -> Path:
    """Move a folder to its place under RESULTS_ROOT; who sees it there sees all of it."""
    root = Path(settings.RESULTS_ROOT)
    root.mkdir(parents=True, exist_ok=True)
    folder = root / str(uuid.uuid4())
    arriving = root / f".arriving-{folder.name}"
    try:
        shutil.move(output, arriving)
        arriving.rename(folder)
    except BaseException:
        shutil.rmtree(arriving, ignore_errors=True)
        raise
    return folder
