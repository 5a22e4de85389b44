"""Submit a job: check it, find out whether it was done before, write its row, put it into the queue."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import transaction

from apps.accounts.models import User
from apps.catalog.queries import bytes_used
from apps.jobs.complete import with_scenes, with_shipped
from apps.jobs.enqueue import enqueue
from apps.jobs.errors import QuotaExceeded
from apps.jobs.models import Job, State
from apps.jobs.resolve import describe_inputs, references
from apps.jobs.standing import standing_inputs
from apps.jobs.workers import require_worker
from services.core.errors import FieldError, InvalidParameters
from services.core.registry import get_service
from services.core.service import Service
from services.core.validation import validate

ESTIMATE_KEY = "jobs:estimate:{}"
"""Where a dry run leaves its estimate for the job that may follow."""


@dataclass(frozen=True)
class Order:
    """What a user asks for, checked and complete.

    Args:
        parameters: JSON-ready, defaults filled in, references as ids.
        inputs: what the references stand for, as a job keeps it.
        identity: equal for orders that compute the same thing.
        taken: how many scenes were taken from the area and time because none was named.
    """

    service: Service
    parameters: dict[str, Any]
    inputs: list[dict[str, Any]]
    identity: str
    taken: int = 0

    @property
    def resource(self) -> str:
        """The kind of worker that it needs."""
        return self.service.resource_for(self.parameters)


@dataclass(frozen=True)
class Submission:
    """The job that answers a request, and whether it is an earlier one with the same result."""

    job: Job
    is_same_result: bool = False


def submit(
    user: User,
    service_id: str,
    parameters: Mapping[str, Any],
    *,
    name: str = "",
    force: bool = False,
    timeout_s: int | None = None,
    rerun_of: Job | None = None,
) -> Submission:
    """Accept a job, or hand over an earlier one that computed the same thing.

    Args:
        force: compute again even so.
        timeout_s: wall-clock limit of this job, up to the portal's.

    Raises:
        UnknownService: there is no such service.
        InvalidParameters: a field error for each thing that is wrong.
        NoWorker: no living worker can run it.
        QuotaExceeded: the user's results fill the space they may use.
    """
    order = prepare(user, service_id, parameters)
    limit_s = _timeout_s(timeout_s)
    earlier = None if force else same_result(user, order.identity)
    if earlier:
        return Submission(earlier, is_same_result=True)
    require_worker(order.resource)
    _check_quota(user)
    with transaction.atomic():
        job = Job.objects.create(
            owner=user,
            name=name,
            service_id=order.service.id,
            service_version=order.service.version,
            parameters=order.parameters,
            inputs=order.inputs,
            identity_hash=order.identity,
            resource=order.resource,
            rerun_of=rerun_of,
            timeout_s=limit_s,
            estimate=cache.get(ESTIMATE_KEY.format(order.identity)),
        )
        transaction.on_commit(lambda: enqueue(job))
    return Submission(job)


def rerun(
    user: User, job: Job, overrides: Mapping[str, Any], *, name: str | None = None, force: bool = False
) -> Submission:
    """Submit a job again, with some parameters changed; the same ones are computed again."""
    parameters, again = {**job.parameters, **overrides}, force or not overrides
    title = job.name if name is None else name
    return submit(user, job.service_id, parameters, name=title, force=again, timeout_s=job.timeout_s, rerun_of=job)


def prepare(user: User, service_id: str, parameters: Mapping[str, Any]) -> Order:
    """Check a request against the declaration and against what the user may see.

    Raises:
        UnknownService: there is no such service.
        InvalidParameters: a field error for each thing that is wrong.
    """
    service = get_service(service_id)
    _refuse_paths(service, parameters)
    filled = with_scenes(service, parameters, user)
    values = with_shipped(service, validate(service, filled).model_dump(mode="json"))
    found = references(service, values, user)
    inputs = [*describe_inputs(service, found), *standing_inputs(service)]
    return Order(service, values, inputs, identity_of(service, values, inputs), taken_from_area(parameters, filled))


def taken_from_area(given: Mapping[str, Any], filled: Mapping[str, Any]) -> int:
    """Return how many scenes were taken because none was named."""
    return sum(len(v) for name, v in filled.items() if isinstance(v, list) and not given.get(name))


def _refuse_paths(service: Service, parameters: Mapping[str, Any]) -> None:
    """Refuse parameters that name a path of the machine that computes: no client's path is ever opened."""
    given = [n for n in parameters if n in service.params.model_fields and n not in service.open_parameters()]
    fields = tuple(FieldError(n, "This is for the command line only.", "not_here") for n in given)
    if fields:
        hint = "Leave it out: the portal's settings say where such files are."
        raise InvalidParameters(f"{', '.join(given)}: for the command line only.", hint=hint, fields=fields)


def identity_of(service: Service, parameters: Mapping[str, Any], inputs: Sequence[Mapping[str, Any]]) -> str:
    """Return the sha-256 of service, version, parameters and the fingerprints of the inputs (not their ids).

    The order of a list of scenes makes no difference.
    """
    several: dict[str, list[str]] = {}
    for one in inputs:
        several.setdefault(one["parameter"], []).append(one["fingerprint"])
    prints = {name: found[0] if len(found) == 1 else sorted(found) for name, found in several.items()}
    whole = [service.id, service.version, {**parameters, **prints}]
    return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()


def same_result(user: User, identity: str) -> Job | None:
    """Return the user's latest job that computed the same thing and whose result is still there."""
    done = Job.objects.filter(owner=user, identity_hash=identity, state=State.SUCCESSFUL, result__isnull=False)
    return done.order_by("-finished").first()


def _timeout_s(wanted_s: int | None) -> int:
    if wanted_s is None:
        return int(settings.JOB_TIMEOUT_S)
    if not 1 <= wanted_s <= settings.JOB_TIMEOUT_S:
        message = f"The limit must be from 1 to {settings.JOB_TIMEOUT_S} s (given: {wanted_s})."
        raise InvalidParameters(f"timeout_s: {message}", fields=(FieldError("timeout_s", message, "out_of_range"),))
    return wanted_s


def _check_quota(user: User) -> None:
    used, quota = bytes_used(user), user.quota_bytes
    if used >= quota:
        raise QuotaExceeded(
            f"Your scenes and results take {used / 1e9:.1f} GB; your quota is {quota / 1e9:.1f} GB.",
            hint="Delete results or scenes that you no longer need, or ask the administrator for more.",
        )
