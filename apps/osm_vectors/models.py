"""What was imported when, and which of it is served."""

from typing import ClassVar

from django.contrib.gis.db import models


class State(models.TextChoices):
    """Where an import is."""

    IMPORTING = "importing"
    LIVE = "live"
    REPLACED = "replaced"
    FAILED = "failed"


class Dataset(models.Model):
    """One import. `changes` counts its updates; with the id it makes the version that caches go by."""

    state = models.CharField(max_length=10, choices=State.choices, default=State.IMPORTING)
    source = models.CharField(max_length=255, help_text="Name of the file.")
    importer = models.CharField(max_length=80, help_text="Program and version.")
    rules_version = models.CharField(max_length=20)
    updatable = models.BooleanField(default=False)
    started_at = models.DateTimeField(auto_now_add=True)
    imported_at = models.DateTimeField(null=True, help_text="When it was last brought up to date.")
    data_timestamp = models.DateTimeField(null=True, help_text="Up to when OpenStreetMap is in it.")
    changes = models.PositiveIntegerField(default=0)
    bounds = models.PolygonField(null=True, srid=4326)
    counts = models.JSONField(default=dict, help_text="Rows by table.")
    invalid = models.PositiveIntegerField(default=0, help_text="Geometries that were left out as invalid.")
    error = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["state"], condition=models.Q(state="live"), name="one_dataset_is_live")
        ]

    @property
    def version(self) -> str:
        """What changes with every import and update."""
        return f"{self.pk}.{self.changes}"

    @property
    def tiles_version(self) -> str:
        """What tiles go by: the data, and the rules that draw them."""
        return f"{self.version}-{self.rules_version}"

    def __str__(self) -> str:
        return f"{self.source} ({self.state})"
