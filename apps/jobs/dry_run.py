"""Answer before a job is submitted: is it valid, does its world exist, what will it cost, was it done before."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.cache import cache

from apps.accounts.models import User
from apps.catalog.queries import bytes_used
from apps.jobs import history
from apps.jobs.limits import memory_limit_bytes
from apps.jobs.models import Job, State
from apps.jobs.processes import child_environment, die_with_parent
from apps.jobs.resolve import references, with_paths
from apps.jobs.standing import standing_environment
from apps.jobs.submit import ESTIMATE_KEY, Order, prepare, same_result
from apps.jobs.supervise import ROOT
from apps.jobs.workers import living_workers, missing_worker
from services.core.errors import InvalidParameters

PREFLIGHT_S = 20
ESTIMATE_KEPT_S = 24 * 3600


@dataclass
class Answer:
    """What a dry run tells.

    Args:
        errors: one per parameter that cannot be accepted: {field, message, code}.
        findings: {level, code, message, hint, field}, level "ok", "warning" or "error".
    """

    errors: list[dict[str, Any]] = field(default_factory=list)
    findings: list[dict[str, Any]] = field(default_factory=list)
    estimate: dict[str, Any] | None = None
    same_result: dict[str, Any] | None = None
    queue: dict[str, int] = field(default_factory=dict)

    @property
    def valid(self) -> bool:
        """Whether the job can be submitted and nothing known stands in its way."""
        return not self.errors and all(f["level"] != "error" for f in self.findings)


def dry_run(user: User, service_id: str, parameters: Mapping[str, Any]) -> Answer:
    """Check a request as `submit` would, then the world: inputs, disk, quota, workers, an earlier equal result.

    Raises:
        UnknownService: there is no such service.
    """
    try:
        order = prepare(user, service_id, parameters)
    except InvalidParameters as error:
        return Answer(errors=list(error.as_dict()["fields"]))
    checked = preflight(order, user)
    estimate = history.scaled(service_id, checked["estimate"])
    if estimate:
        cache.set(ESTIMATE_KEY.format(order.identity), estimate, ESTIMATE_KEPT_S)
    findings = [
        *_taken(order),
        *checked["findings"],
        *_disk(estimate),
        *_quota(user, estimate),
        *_memory(estimate),
        *_workers(order),
    ]
    earlier = same_result(user, order.identity)
    return Answer(
        findings=findings,
        estimate=estimate,
        same_result={"job": str(earlier.id), "result": str(earlier.result_id)} if earlier else None,
        queue=_queue(order),
    )


def preflight(order: Order, user: User) -> dict[str, Any]:
    """Run the service's world checks in a child process, so that no file is opened by this one."""
    if order.service.preflight is None:
        return {"findings": [], "estimate": None}
    paths = with_paths(order.service, order.parameters, references(order.service, order.parameters, user))
    with tempfile.TemporaryDirectory(prefix="groundwork-check-") as folder:
        order_file = Path(folder) / "parameters.json"
        order_file.write_text(json.dumps({"parameters": paths}))
        return _ask(order, order_file)


def _ask(order: Order, order_file: Path) -> dict[str, Any]:
    options = ["--params", str(order_file), "--output_path", str(order_file.parent), "--dry_run", "--progress", "json"]
    command = [sys.executable, "-m", "services", "run", order.service.id, *options]
    starter = partial(die_with_parent, os.getpid())
    try:
        child = subprocess.run(
            command,
            capture_output=True,
            timeout=PREFLIGHT_S,
            preexec_fn=starter,
            cwd=ROOT,
            env=child_environment(**standing_environment(order.service)),
            check=False,
        )
        answer = json.loads(child.stdout)
    except subprocess.TimeoutExpired:
        message = f"The inputs could not be checked within {PREFLIGHT_S} s."
        return _only(finding("warning", "check_timeout", message, "The job may still work; its storage is slow."))
    except ValueError:
        message = "The inputs could not be checked: the check itself failed."
        return _only(finding("warning", "check_failed", message, "The job may still work; its log will tell."))
    if answer.get("event") == "error":
        return _only(finding("error", answer["code"], answer["message"], answer["hint"]))
    return {"findings": answer["findings"], "estimate": answer["estimate"]}


def finding(level: str, code: str, message: str, hint: str = "") -> dict[str, Any]:
    """Return a finding in the shape of `services.core.service.Finding`."""
    return {"level": level, "code": code, "message": message, "hint": hint, "field": None}


def _only(one: dict[str, Any]) -> dict[str, Any]:
    return {"findings": [one], "estimate": None}


def _taken(order: Order) -> list[dict[str, Any]]:
    if not order.taken:
        return []
    scenes = "1 scene" if order.taken == 1 else f"{order.taken} scenes"
    return [finding("ok", "scenes_taken", f"{scenes} of the area and time will be worked on.")]


def _disk(estimate: dict[str, Any] | None) -> list[dict[str, Any]]:
    root = Path(settings.JOBS_ROOT)
    there = next(folder for folder in (root, *root.parents) if folder.exists())
    free_bytes, wanted_bytes = shutil.disk_usage(there).free, (estimate or {}).get("scratch_bytes", 0)
    if wanted_bytes <= free_bytes:
        return []
    message = f"The job needs {_gb(wanted_bytes)} of disk; {_gb(free_bytes)} are free."
    return [finding("error", "disk_full", message, "Choose a smaller area, or have space freed on the server.")]


def _quota(user: User, estimate: dict[str, Any] | None) -> list[dict[str, Any]]:
    left_bytes, wanted_bytes = user.quota_bytes - bytes_used(user), (estimate or {}).get("output_bytes", 0)
    if left_bytes > 0 and wanted_bytes <= left_bytes:
        return []
    message = f"The result would take {_gb(wanted_bytes)}; {_gb(max(left_bytes, 0))} of your quota are left."
    level = "warning" if left_bytes > 0 else "error"
    return [finding(level, "quota_exceeded", message, "Delete results or scenes that you no longer need.")]


def _memory(estimate: dict[str, Any] | None) -> list[dict[str, Any]]:
    wanted_bytes = (estimate or {}).get("memory_bytes", 0)
    if wanted_bytes <= memory_limit_bytes():
        return []
    message = f"The job would hold {_gb(wanted_bytes)} in memory; a job may use {_gb(memory_limit_bytes())}."
    return [finding("warning", "out_of_memory", message, "Choose a smaller area or a coarser resolution.")]


def _workers(order: Order) -> list[dict[str, Any]]:
    problem = missing_worker(order.resource)
    return [finding("error", problem.code, problem.message, problem.hint)] if problem else []


def _queue(order: Order) -> dict[str, int]:
    resource = order.resource
    waiting = Job.objects.filter(resource=resource, state__in=(State.ACCEPTED, State.RUNNING)).count()
    return {"ahead": waiting, "workers": living_workers(resource).count()}


def _gb(size_bytes: float) -> str:
    return f"{size_bytes / 1e9:.1f} GB"
