"""Shapes of the answers about single pixels of results: class, probability, time series, forecast."""

from typing import Any

from rest_framework import serializers


class ClassShare(serializers.Serializer[Any]):
    """A class, and how likely it is."""

    value = serializers.IntegerField(help_text="In the map.")
    name = serializers.CharField()
    colour = serializers.CharField()
    probability = serializers.FloatField(required=False)


class PointDocument(serializers.Serializer[Any]):
    """What a result says of a place."""

    lon = serializers.FloatField()
    lat = serializers.FloatField()
    inside = serializers.BooleanField(help_text="Whether the place lies in the raster.")
    probabilities = ClassShare(many=True)
    entropy = serializers.FloatField(allow_null=True, help_text="0 sure, 1 all classes alike.")


PointDocument._declared_fields["class"] = ClassShare(allow_null=True)


class PeriodDocument(serializers.Serializer[Any]):
    """A period: its first day, and the day after its last."""

    label = serializers.CharField()  # type: ignore[assignment]
    start = serializers.DateField()
    end = serializers.DateField()


class StackReference(serializers.Serializer[Any]):
    """The result that holds the composites."""

    result = serializers.UUIDField()
    title = serializers.CharField()


def _a_number_each(allow_null: bool = False) -> serializers.ListField:
    return serializers.ListField(child=serializers.FloatField(allow_null=True), allow_null=allow_null)


class ForecastDocument(serializers.Serializer[Any]):
    """The NDVI that a result forecasts, and the ends of its interval."""

    periods = PeriodDocument(many=True)
    ndvi = _a_number_each()
    lower = _a_number_each(allow_null=True)
    upper = _a_number_each(allow_null=True)


class SeriesDocument(serializers.Serializer[Any]):
    """A pixel through time."""

    lon = serializers.FloatField()
    lat = serializers.FloatField()
    inside = serializers.BooleanField(help_text="Whether the place lies in the stack.")
    stack = StackReference()
    periods = PeriodDocument(many=True)
    bands = serializers.DictField(child=_a_number_each(), help_text="Reflectance of each band, by its name.")
    ndvi = _a_number_each(allow_null=True)
    looks = _a_number_each(allow_null=True)
    filling = serializers.ListField(child=serializers.CharField(allow_null=True), allow_null=True)
    forecast = ForecastDocument(allow_null=True)
