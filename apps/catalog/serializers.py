"""Shapes of the catalogue's requests and answers, for validation and for the API's schema."""

from typing import Any

from rest_framework import serializers

from apps.catalog.models import UploadKind, UploadState
from apps.serializers import PageQuery, StrictSerializer

MAX_BYTES = 1 << 50
"""Beyond any disk; what is taken is less, and said by name."""


def _filter(help_text: str) -> serializers.CharField:
    return serializers.CharField(required=False, allow_blank=True, help_text=help_text)


class SceneQuery(PageQuery):
    """Filters of the scene list."""

    aoi = _filter("Id of an area that you keep.")
    intersects = _filter("WKT or GeoJSON, longitude and latitude.")
    bbox = _filter("west,south,east,north in degrees.")
    to = _filter("Last day (included), or a time.")
    cloud_max = _filter("Percent; scenes of unknown cover stay.")
    product_type = _filter("S2MSI1C, S2MSI2A, S2-BANDS, S1-GRD, S1-SLC; commas between.")
    relative_orbit = _filter("Track, a number.")
    tile = _filter("MGRS tile, such as 33TWN.")
    q = _filter("Part of the name.")
    ids = _filter("Ids of scenes; commas between.")


SceneQuery._declared_fields["from"] = _filter("First day, or a time (UTC).")


class SceneProperties(serializers.Serializer[Any]):
    """What is known of a scene."""

    name = serializers.CharField()
    platform = serializers.CharField()
    product_type = serializers.CharField()
    level = serializers.CharField()
    tile = serializers.CharField()
    datetime = serializers.DateTimeField()
    cloud_cover = serializers.FloatField(allow_null=True)
    baseline = serializers.CharField()
    bands = serializers.ListField(child=serializers.CharField())
    mode = serializers.CharField(help_text="Of radar: IW, EW, SM.")
    orbit_pass = serializers.CharField(help_text="Of radar: ascending or descending.")
    relative_orbit = serializers.IntegerField(allow_null=True)
    size_bytes = serializers.IntegerField()
    mine = serializers.BooleanField()
    thumbnail = serializers.CharField(allow_null=True)


class SceneFeature(serializers.Serializer[Any]):
    """A scene as a GeoJSON feature."""

    type = serializers.CharField()
    id = serializers.UUIDField()
    geometry = serializers.JSONField()
    properties = SceneProperties()


class ScenePair(serializers.Serializer[Any]):
    """A scene that makes a pair with another."""

    days = serializers.FloatField(help_text="After the other; negative before.")
    perpendicular_m = serializers.FloatField(help_text="Perpendicular baseline.")
    parallel_m = serializers.FloatField(help_text="Baseline along the line of sight.")
    scene = SceneFeature()


class SceneCollection(serializers.Serializer[Any]):
    """A page of scenes as a GeoJSON feature collection."""

    type = serializers.CharField()
    count = serializers.IntegerField()
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    features = SceneFeature(many=True)


class AreaRequest(StrictSerializer):
    """An area: GeoJSON, WKT or a bounding box."""

    geometry = serializers.JSONField(required=False, help_text="GeoJSON, longitude and latitude.")
    wkt = serializers.CharField(required=False, allow_blank=True)
    bbox = serializers.ListField(
        child=serializers.FloatField(), min_length=4, max_length=4, required=False, help_text="west, south, east, north"
    )


class NewArea(AreaRequest):
    """An area to keep."""

    name = serializers.CharField(max_length=100)


class AreaPatch(AreaRequest):
    """What may be changed of a kept area."""

    name = serializers.CharField(max_length=100, required=False)


class AreaDescription(serializers.Serializer[Any]):
    """An area in all its spellings."""

    geometry = serializers.JSONField()
    wkt = serializers.CharField()
    bbox = serializers.ListField(child=serializers.FloatField())
    area_km2 = serializers.FloatField()
    warnings = serializers.ListField(child=serializers.CharField())


class AreaDocument(serializers.Serializer[Any]):
    """A kept area."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    geometry = serializers.JSONField()
    wkt = serializers.CharField()
    bbox = serializers.ListField(child=serializers.FloatField())
    area_km2 = serializers.FloatField()
    created = serializers.DateTimeField()


class FileRequest(StrictSerializer):
    """A small vector file."""

    file = serializers.FileField()


class ImportedAreas(serializers.Serializer[Any]):
    """The areas of a file."""

    geometries = AreaDescription(many=True)


class VectorDocument(serializers.Serializer[Any]):
    """A vector file."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    feature_count = serializers.IntegerField()
    size_bytes = serializers.IntegerField()
    created = serializers.DateTimeField()


class UploadRequest(StrictSerializer):
    """A file that is to come."""

    filename = serializers.CharField(max_length=200)
    size = serializers.IntegerField(max_value=MAX_BYTES, help_text="Bytes.")
    kind = serializers.ChoiceField(choices=UploadKind.choices, default=UploadKind.SCENE)


class UploadDocument(serializers.Serializer[Any]):
    """How far an upload is."""

    id = serializers.UUIDField()
    filename = serializers.CharField()
    kind = serializers.ChoiceField(choices=UploadKind.choices)
    size = serializers.IntegerField()
    offset = serializers.IntegerField(help_text="Bytes that have arrived: send on from here.")
    chunk_bytes = serializers.IntegerField(help_text="Largest piece.")
    state = serializers.ChoiceField(choices=UploadState.choices)
    error = serializers.JSONField(allow_null=True)
    scene = serializers.UUIDField(allow_null=True)
    vector = serializers.UUIDField(allow_null=True)


class TileAddresses(serializers.Serializer[Any]):
    """Where a raster is drawn from."""

    template = serializers.CharField()
    tilejson = serializers.CharField()
    point = serializers.CharField()
    statistics = serializers.CharField()
    info = serializers.CharField()


class AssetDocument(serializers.Serializer[Any]):
    """One file of a result."""

    key = serializers.CharField()
    file = serializers.CharField()
    title = serializers.CharField()
    role = serializers.CharField()
    media_type = serializers.CharField()
    unit = serializers.CharField()
    size_bytes = serializers.IntegerField()
    sha256 = serializers.CharField()
    href = serializers.CharField()
    tiles = TileAddresses(allow_null=True)
    style = serializers.JSONField()  # type: ignore[assignment]
    bands = serializers.JSONField()
    classes = serializers.JSONField(allow_null=True)


class ResultSummary(serializers.Serializer[Any]):
    """A result as a list shows it."""

    id = serializers.UUIDField()
    title = serializers.CharField()
    service = serializers.CharField()
    job = serializers.UUIDField(allow_null=True)
    created = serializers.DateTimeField()
    bbox = serializers.ListField(child=serializers.FloatField(), allow_null=True)
    start = serializers.DateTimeField(allow_null=True)
    end = serializers.DateTimeField(allow_null=True)
    size_bytes = serializers.IntegerField()


class RecordFile(serializers.Serializer[Any]):
    """A file of words beside the data."""

    name = serializers.CharField()
    href = serializers.CharField()


class TableDocument(serializers.Serializer[Any]):
    """A layer of features in a result."""

    name = serializers.CharField()
    title = serializers.CharField()
    geometry = serializers.CharField()
    features = serializers.IntegerField()


class ResultDocument(ResultSummary):
    """A result."""

    geometry = serializers.JSONField(allow_null=True)
    assets = AssetDocument(many=True)
    tables = TableDocument(many=True, help_text="Layers of features, where there are any.")
    records = RecordFile(many=True)
    archive = serializers.CharField()
    item = serializers.CharField()
    point = serializers.CharField(allow_null=True, help_text="Where a pixel's class is asked for.")
    series = serializers.CharField(allow_null=True, help_text="Where a pixel's time series is asked for.")
