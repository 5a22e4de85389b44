"""Shapes of what the OpenStreetMap part answers."""

from typing import Any

from rest_framework import serializers


class DatasetDocument(serializers.Serializer[Any]):
    """The data as a whole."""

    title = serializers.CharField()
    file = serializers.CharField(help_text="Name of the file it came from.")
    data_timestamp = serializers.DateTimeField(allow_null=True)
    imported_at = serializers.DateTimeField()
    age_hours = serializers.FloatField(allow_null=True)
    stale = serializers.BooleanField(help_text="Older than the operator wants the data.")
    data_version = serializers.CharField()
    rules_version = serializers.CharField()
    attribution = serializers.CharField()
    attribution_url = serializers.CharField()
    licence = serializers.CharField()
    bounds = serializers.ListField(child=serializers.FloatField(), allow_null=True)
    rows = serializers.IntegerField()


class ColumnDocument(serializers.Serializer[Any]):
    """A column of a layer."""

    name = serializers.CharField()
    type = serializers.CharField()


class ClassDocument(serializers.Serializer[Any]):
    """A class of a layer."""

    id = serializers.CharField()
    colour = serializers.CharField(help_text="A shade of the layer's.")
    min_zoom = serializers.IntegerField()
    codes = serializers.ListField(child=serializers.CharField())
    reviewed = serializers.BooleanField(help_text="False where a code is our own choice.")
    count = serializers.IntegerField()


class LayerDocument(serializers.Serializer[Any]):
    """A layer."""

    id = serializers.CharField()
    title = serializers.CharField()
    description = serializers.CharField()
    colour = serializers.CharField()
    min_zoom = serializers.IntegerField()
    geometries = serializers.ListField(child=serializers.CharField())
    tables = serializers.ListField(child=serializers.CharField())
    columns = ColumnDocument(many=True)
    count = serializers.IntegerField()
    classes = ClassDocument(many=True)
