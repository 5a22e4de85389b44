"""Jobs and the workers that run them. The row of a job is the authority; the queue only carries its id."""

import uuid
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone


class State(models.TextChoices):
    """Where a job stands, in the words of OGC API – Processes."""

    ACCEPTED = "accepted", "waiting"
    RUNNING = "running", "running"
    SUCCESSFUL = "successful", "done"
    FAILED = "failed", "failed"
    DISMISSED = "dismissed", "cancelled"


ENDED = (State.SUCCESSFUL, State.FAILED, State.DISMISSED)


class Worker(models.Model):
    """A process that runs jobs, what it can do, and when it last gave a sign of life."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=100)
    host = models.CharField(max_length=200)
    pid = models.IntegerField()
    queue = models.CharField(max_length=100)
    resources = ArrayField(models.CharField(max_length=10))
    slots = models.PositiveIntegerField(default=1, help_text="How many jobs it runs at once.")
    cores = models.PositiveIntegerField()
    memory_bytes = models.BigIntegerField()
    gpu = models.CharField(max_length=200, blank=True)
    snap_version = models.CharField(max_length=50, blank=True)
    started = models.DateTimeField(default=timezone.now)
    heartbeat = models.DateTimeField(default=timezone.now, db_index=True)

    def __str__(self) -> str:
        return f"{self.name} ({', '.join(self.resources)})"


class Job(models.Model):
    """One run of a service for its owner. `states.move` is the only way to change `state`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="jobs")
    name = models.CharField(max_length=200, blank=True)
    service_id = models.CharField(max_length=100)
    service_version = models.CharField(max_length=20)
    parameters = models.JSONField(help_text="Every parameter, defaults included; references are ids.")
    inputs = models.JSONField(default=list, help_text="[{parameter, kind, id, name, fingerprint}]")
    identity_hash = models.CharField(max_length=64, help_text="Equal for jobs that compute the same thing.")
    resource = models.CharField(max_length=10, default="cpu")
    rerun_of = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="reruns")
    estimate = models.JSONField(null=True, blank=True)
    timeout_s = models.PositiveIntegerField()

    state = models.CharField(max_length=10, choices=State.choices, default=State.ACCEPTED)
    stage = models.CharField(max_length=200, blank=True)
    fraction = models.FloatField(default=0.0)
    eta_s = models.FloatField(null=True, blank=True)
    error = models.JSONField(null=True, blank=True, help_text="{code, message, hint, fields}")
    cancel_requested = models.BooleanField(default=False)
    attempt = models.PositiveSmallIntegerField(default=0, help_text="Counts the claims; fences off a lost worker.")
    losses = models.PositiveSmallIntegerField(default=0, help_text="How often the worker was lost.")
    worker = models.ForeignKey(Worker, on_delete=models.SET_NULL, null=True, blank=True, related_name="jobs")
    heartbeat = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    peak_memory_bytes = models.BigIntegerField(null=True, blank=True)
    result = models.OneToOneField(
        "catalog.Result", on_delete=models.SET_NULL, null=True, blank=True, related_name="job"
    )

    created = models.DateTimeField(default=timezone.now, editable=False)
    queued = models.DateTimeField(default=timezone.now, help_text="When its message was last put into the queue.")
    started = models.DateTimeField(null=True, blank=True)
    finished = models.DateTimeField(null=True, blank=True)
    changed = models.DateTimeField(default=timezone.now, help_text="When a user last had something new to see.")

    class Meta:
        ordering = ["-created", "-id"]
        indexes = [
            models.Index(fields=["owner", "-created", "-id"], name="job_owner_created"),
            models.Index(fields=["owner", "state", "-created"], name="job_owner_state"),
            models.Index(fields=["owner", "identity_hash"], name="job_identity"),
            models.Index(fields=["changed"], name="job_changed"),
            models.Index(fields=["resource", "created"], name="job_waiting", condition=models.Q(state="accepted")),
            models.Index(fields=["lease_until"], name="job_leased", condition=models.Q(state="running")),
            models.Index(fields=["service_id", "-finished"], name="job_done", condition=models.Q(state="successful")),
        ]
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=State.values), name="job_state_known"),
            models.CheckConstraint(condition=models.Q(fraction__range=(0, 1)), name="job_fraction_in_range"),
        ]

    def __str__(self) -> str:
        return self.name or f"{self.service_id} {self.id}"

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in ENDED

    @property
    def folder(self) -> Path:
        """Where its log lies, and while it runs its work."""
        return Path(settings.JOBS_ROOT) / str(self.id)

    @property
    def log_path(self) -> Path:
        """The log of all its attempts."""
        return self.folder / "log.txt"

    @property
    def curve_path(self) -> Path:
        """The training curve of all its attempts."""
        return self.folder / "curve.jsonl"

    @property
    def keep(self) -> Path:
        """What an interrupted attempt leaves for the next."""
        return self.folder / "keep"

    def as_error(self, code: str, message: str, hint: str = "") -> dict[str, Any]:
        """Return an error in the shape of the `error` field."""
        return {"code": code, "message": message, "hint": hint, "fields": []}
