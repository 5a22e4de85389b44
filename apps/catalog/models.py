"""Rows over what lies on disk: scenes, areas, vector files, uploads, results and their assets."""

import uuid
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.gis.db import models
from django.contrib.postgres.fields import ArrayField


class Owned(models.Model):
    """Something that belongs to a user."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True


class Scene(models.Model):
    """A product that services can read. Without an owner everybody may use it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="scenes"
    )
    name = models.CharField(max_length=200)
    platform = models.CharField(max_length=40, blank=True)
    product_type = models.CharField(max_length=20, help_text="S2MSI1C, S2MSI2A, S2-BANDS, S1-GRD or S1-SLC")
    level = models.CharField(max_length=10, blank=True)
    tile = models.CharField(max_length=10, blank=True)
    datetime = models.DateTimeField(help_text="Start of the acquisition (UTC)")
    cloud_cover = models.FloatField(null=True, blank=True, help_text="Percent of the product")
    footprint = models.MultiPolygonField(srid=4326)
    path = models.CharField(max_length=1000, help_text="Where it lies on the server; never told")
    size_bytes = models.BigIntegerField()
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of the product's metadata file")
    baseline = models.CharField(max_length=10, blank=True)
    bands = ArrayField(models.CharField(max_length=10), default=list, help_text="Of radar: polarisations")
    mode = models.CharField(max_length=10, blank=True, help_text="Of radar: IW, EW, SM")
    orbit_pass = models.CharField(max_length=12, blank=True, help_text="Of radar: ascending or descending")
    relative_orbit = models.IntegerField(null=True, blank=True, help_text="Track")
    track = models.JSONField(null=True, blank=True, help_text="Of radar: orbit and middle, for baselines")
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["-datetime", "name"], name="scene_datetime")]
        constraints = [models.UniqueConstraint(fields=["owner", "path"], name="scene_once", nulls_distinct=False)]

    def __str__(self) -> str:
        return self.name

    @property
    def thumbnail_path(self) -> Path:
        """Where the scene's small picture lies, if it could be made."""
        return Path(settings.CACHE_ROOT) / "thumbnails" / f"{self.id}.png"


class AreaOfInterest(Owned):
    """An area that a user keeps."""

    name = models.CharField(max_length=100)
    geometry = models.GeometryField(srid=4326, help_text="Polygon or MultiPolygon, longitude and latitude")
    area_km2 = models.FloatField()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class VectorFile(Owned):
    """A vector file of a user, checked and rewritten as GeoJSON in longitude and latitude."""

    name = models.CharField(max_length=200)
    path = models.CharField(max_length=1000)
    fingerprint = models.CharField(max_length=64)
    feature_count = models.IntegerField()
    size_bytes = models.BigIntegerField()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class UploadKind(models.TextChoices):
    """What an upload becomes."""

    SCENE = "scene"
    VECTOR = "vector"


class UploadState(models.TextChoices):
    """How far an upload is."""

    RECEIVING = "receiving"
    CHECKING = "checking"
    DONE = "done"
    FAILED = "failed"


class Upload(Owned):
    """A file on its way in, piece by piece; how much has arrived is the size of the file itself."""

    filename = models.CharField(max_length=200)
    size = models.BigIntegerField()
    kind = models.CharField(max_length=10, choices=UploadKind.choices)
    state = models.CharField(max_length=10, choices=UploadState.choices, default=UploadState.RECEIVING)
    updated = models.DateTimeField(auto_now=True)
    error = models.JSONField(null=True)
    scene = models.ForeignKey(Scene, on_delete=models.SET_NULL, null=True, related_name="+")
    vector = models.ForeignKey(VectorFile, on_delete=models.SET_NULL, null=True, related_name="+")

    def __str__(self) -> str:
        return self.filename

    @property
    def folder(self) -> Path:
        """Where the pieces gather."""
        return Path(settings.UPLOADS_ROOT) / "incoming" / str(self.id)

    @property
    def part(self) -> Path:
        """The file that grows."""
        return self.folder / "part"


class Result(Owned):
    """What a job left: an index over the `item.json` in its folder."""

    job_id = models.UUIDField(null=True, db_index=True)
    service_id = models.CharField(max_length=100)
    title = models.CharField(max_length=200)
    item = models.JSONField()
    folder = models.CharField(max_length=100, unique=True, help_text="Below RESULTS_ROOT")
    geometry = models.GeometryField(srid=4326, null=True)
    start = models.DateTimeField(null=True)
    end = models.DateTimeField(null=True)
    size_bytes = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["owner", "-created"], name="result_owner_created")]

    def __str__(self) -> str:
        return self.title

    @property
    def path(self) -> Path:
        """The folder of the result."""
        return Path(settings.RESULTS_ROOT) / self.folder


class Asset(models.Model):
    """One file of a result, as its item describes it."""

    result = models.ForeignKey(Result, on_delete=models.CASCADE, related_name="assets")
    key = models.CharField(max_length=100)
    file = models.CharField(max_length=200)
    title = models.CharField(max_length=200)
    media_type = models.CharField(max_length=100)
    role = models.CharField(max_length=20)
    unit = models.CharField(max_length=40, blank=True)
    size_bytes = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    stac: Any = models.JSONField(default=dict)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["result", "key"], name="asset_once")]

    def __str__(self) -> str:
        return self.key
