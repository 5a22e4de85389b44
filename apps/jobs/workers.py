"""The workers: what each can do, which of them live, and whether one of them can run a job."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterable
from datetime import timedelta

import psutil
from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from apps.jobs.errors import NoWorker
from apps.jobs.models import Worker
from eo.errors import EoError
from eo.snap.gpt import ask, find_gpt

BEAT_S = 5
ALIVE_S = 20
KEPT = timedelta(days=1)
NEEDS = {
    "cpu": "processor cores",
    "gpu": "a graphics processor",
    "snap": "the SNAP toolbox",
}


def register(queue: str) -> Worker:
    """Write down this process as a worker of a queue, with what its machine can do; forget workers long gone."""
    Worker.objects.filter(heartbeat__lt=timezone.now() - KEPT).delete()
    host, pid = socket.gethostname(), os.getpid()
    gpu, snap = _gpu(), _snap_version()
    return Worker.objects.create(
        name=f"{host}-{pid}",
        host=host,
        pid=pid,
        queue=queue,
        resources=list(_resources(queue, gpu, snap)),
        slots=settings.JOBS_AT_ONCE,
        cores=len(os.sched_getaffinity(0)),
        memory_bytes=psutil.virtual_memory().total,
        gpu=gpu,
        snap_version=snap,
    )


def beat(worker: Worker) -> None:
    """Give a sign of life."""
    worker.heartbeat = timezone.now()
    Worker.objects.update_or_create(id=worker.id, defaults=_columns(worker))


def retire(worker: Worker) -> None:
    """Take a worker that ends off the list."""
    Worker.objects.filter(id=worker.id).delete()


def living_workers(resource: str | None = None) -> QuerySet[Worker]:
    """Return the workers that gave a sign of life lately, of one resource if given."""
    alive = Worker.objects.filter(heartbeat__gte=timezone.now() - timedelta(seconds=ALIVE_S))
    return alive.filter(resources__contains=[resource]) if resource else alive


def missing_worker(resource: str, living: Iterable[Worker] | None = None) -> NoWorker | None:
    """Return why no living worker can run jobs of a resource; None where one can."""
    workers = list(living_workers() if living is None else living)
    if any(resource in w.resources for w in workers):
        return None
    if not workers:
        return NoWorker(
            "No worker is running, so the job could not start.",
            hint="Start one with `python manage.py run_worker` (`make run` does), then submit again.",
        )
    return NoWorker(
        f"This service needs {NEEDS[resource]}, and none of the {len(workers)} running workers has that.",
        hint=f"Start a worker on a machine with {NEEDS[resource]}: `python manage.py run_worker --queue "
        f"{settings.JOB_QUEUES[resource]}`.",
    )


def require_worker(resource: str) -> None:
    """Make sure that a living worker can run jobs of a resource.

    Raises:
        NoWorker: none can.
    """
    problem = missing_worker(resource)
    if problem:
        raise problem


def _columns(worker: Worker) -> dict[str, object]:
    return {f.attname: getattr(worker, f.attname) for f in Worker._meta.concrete_fields if not f.primary_key}


def _resources(queue: str, gpu: str, snap: str) -> Iterable[str]:
    able = {"cpu": True, "gpu": bool(gpu), "snap": bool(snap)}
    return (resource for resource, name in settings.JOB_QUEUES.items() if name == queue and able[resource])


def _gpu() -> str:
    """Return the name of the first NVIDIA GPU, empty where there is none."""
    program = shutil.which("nvidia-smi")
    if not program:
        return ""
    asked = subprocess.run(
        [program, "--query-gpu=name", "--format=csv,noheader"], capture_output=True, text=True, timeout=20, check=False
    )
    return asked.stdout.split("\n")[0].strip()[:200] if asked.returncode == 0 else ""


def _snap_version() -> str:
    """Return the version of the SNAP that `SNAP_GPT` names or that is on the path, empty where there is none."""
    try:
        gpt = ask(find_gpt())
    except EoError:
        return ""
    return (gpt.version or gpt.release)[:50]
