"""Shapes of the registry's requests and answers, for validation and for the API's schema."""

from typing import Any

from rest_framework import serializers

from apps.models.models import TASKS, Visibility
from apps.models.queries import MINE, SHARED, SHIPPED
from apps.serializers import PageQuery, StrictSerializer


class ModelQuery(PageQuery):
    """Filters of the list of models."""

    task = serializers.ChoiceField(choices=list(TASKS.items()), required=False, allow_blank=True)
    bands = serializers.CharField(
        required=False, allow_blank=True, help_text="Names, commas between: models that need no other bands."
    )
    periods = serializers.IntegerField(
        required=False, min_value=1, max_value=400, help_text="How many periods a model takes."
    )
    owner = serializers.ChoiceField(
        choices=[MINE, SHARED, SHIPPED],
        required=False,
        allow_blank=True,
        help_text="Whose: yours, others', Groundwork's.",
    )
    q = serializers.CharField(required=False, allow_blank=True, max_length=120, help_text="Part of the name.")


class ModelUpload(StrictSerializer):
    """A package: one zip, or card.json, the weights and the ONNX file (and pictures), each as a part named `file`."""

    file = serializers.ListField(child=serializers.FileField(), min_length=1, help_text="The zip, or the files.")
    name = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=120,
        default="",
        help_text="What it is called; without one as its card says. The same name again is the next version.",
    )


class ModelPatch(StrictSerializer):
    """What an owner may change."""

    name = serializers.CharField(required=False, max_length=120)
    description = serializers.CharField(required=False, allow_blank=True, max_length=4000)
    visibility = serializers.ChoiceField(choices=Visibility.choices, required=False)


class CompareQuery(StrictSerializer):
    """Which two."""

    a = serializers.UUIDField()
    b = serializers.UUIDField()


class ModelSummary(serializers.Serializer[Any]):
    """A model as a list shows it."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    version = serializers.IntegerField()
    task = serializers.ChoiceField(choices=list(TASKS.items()))
    network = serializers.CharField()
    bands = serializers.ListField(child=serializers.CharField())
    periods = serializers.IntegerField()
    macro_f1 = serializers.FloatField(allow_null=True)
    measured_on = serializers.CharField(help_text="The part of the data of that number.")
    description = serializers.CharField()
    visibility = serializers.ChoiceField(choices=Visibility.choices)
    shipped = serializers.BooleanField()
    mine = serializers.BooleanField()
    owner = serializers.CharField(help_text="The name of who shares it.")
    size_bytes = serializers.IntegerField()
    created = serializers.DateTimeField()
    href = serializers.CharField()


class ModelFile(serializers.Serializer[Any]):
    """A file of a package."""

    name = serializers.CharField()
    href = serializers.CharField()


class ModelDocument(ModelSummary):
    """A model with its card."""

    card = serializers.JSONField()
    files = ModelFile(many=True)
    archive = serializers.CharField()
    lineage = serializers.CharField()


class ComparedNumber(serializers.Serializer[Any]):
    """One number of both models."""

    name = serializers.CharField()
    title = serializers.CharField()
    a = serializers.FloatField(allow_null=True)
    b = serializers.FloatField(allow_null=True)
    difference = serializers.FloatField(allow_null=True, help_text="b − a")
    better = serializers.CharField(help_text="a, b or empty.")


class ComparisonDocument(serializers.Serializer[Any]):
    """Two models side by side."""

    a = ModelSummary()
    b = ModelSummary()
    same_test_set = serializers.BooleanField(help_text="Else there are no numbers: they would not compare.")
    samples = serializers.IntegerField(allow_null=True)
    metrics = ComparedNumber(many=True)
    classes = ComparedNumber(many=True)
