"""Rows over packages of trained networks."""

import uuid
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

SHIPPED = Path(settings.BASE_DIR) / "eo" / "data" / "models"
"""Packages that come with the portal: one folder each."""


TASKS = {"crop_classification": "crop classification", "ndvi_forecast": "NDVI forecast"}
"""What networks do, in words."""


class Visibility(models.TextChoices):
    """Who may use a model; only its owner changes or deletes it."""

    PRIVATE = "private", "only you"
    PORTAL = "portal", "everyone on this portal"


class TrainedModel(models.Model):
    """One version of a trained network. Without an owner it is shipped with the portal, and everybody may use it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="trained_models"
    )
    name = models.CharField(max_length=120)
    version = models.PositiveIntegerField()
    visibility = models.CharField(max_length=10, choices=Visibility.choices, default=Visibility.PRIVATE)
    description = models.TextField(blank=True, max_length=4000)
    task = models.CharField(max_length=40)
    network = models.CharField(max_length=40)
    bands = ArrayField(models.CharField(max_length=40))
    periods = models.PositiveIntegerField()
    macro_f1 = models.FloatField(null=True, help_text="On the test samples, else on the validation samples.")
    measured_on = models.CharField(max_length=40, blank=True, help_text="The part of the data of that number.")
    card: Any = models.JSONField()
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of card.json, which names those of the weights.")
    folder = models.CharField(max_length=100, help_text="Below MODELS_ROOT; of a shipped one below eo/data/models.")
    size_bytes = models.BigIntegerField()
    service_id = models.CharField(max_length=100, blank=True, help_text="What made it, if a job did.")
    job_id = models.UUIDField(null=True, db_index=True)
    result_id = models.UUIDField(null=True)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created", "name"]
        indexes = [models.Index(fields=["task", "-created"], name="model_task_created")]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "name", "version"], name="model_version_once", nulls_distinct=False
            ),
            models.UniqueConstraint(fields=["owner", "folder"], name="model_folder_once", nulls_distinct=False),
        ]

    def __str__(self) -> str:
        return f"{self.name}, version {self.version}"

    @property
    def title(self) -> str:
        """What it is called in lists of inputs."""
        return str(self)

    @property
    def task_title(self) -> str:
        """What it does, in words."""
        return TASKS.get(self.task, self.task)

    @property
    def shipped(self) -> bool:
        """Whether it came with the portal."""
        return self.owner_id is None

    @property
    def path(self) -> Path:
        """The folder of its package."""
        return (SHIPPED if self.shipped else Path(settings.MODELS_ROOT)) / self.folder
