"""What finished jobs teach about the time of the next one."""

from statistics import median
from typing import Any

from django.db.models import ExpressionWrapper, F, FloatField, Func

from apps.jobs.models import Job, State

REMEMBERED = 20
LIMITS = (0.2, 5.0)


def scaled(service_id: str, estimate: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return a service's estimate with its seconds scaled by how long such jobs really took on these workers."""
    if estimate is None:
        return None
    factor = time_factor(service_id)
    return {**estimate, "seconds": round(estimate["seconds"] * factor, 1), "unscaled_seconds": estimate["seconds"]}


def time_factor(service_id: str) -> float:
    """Return the median of taken over estimated time of the latest jobs of a service; 1 where there are none."""
    done = Job.objects.filter(service_id=service_id, state=State.SUCCESSFUL, estimate__unscaled_seconds__gt=0)
    taken_s = ExpressionWrapper(
        Func(F("finished") - F("started"), function="EXTRACT", template="EXTRACT(EPOCH FROM %(expressions)s)"),
        output_field=FloatField(),
    )
    latest = done.annotate(taken_s=taken_s).order_by("-finished").values_list("taken_s", "estimate")[:REMEMBERED]
    ratios = [float(taken) / estimate["unscaled_seconds"] for taken, estimate in latest if estimate]
    return min(max(median(ratios), LIMITS[0]), LIMITS[1]) if ratios else 1.0
