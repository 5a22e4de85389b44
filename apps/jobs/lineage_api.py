"""The lineage of trained networks over REST."""

from typing import Any, cast
from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.models import User
from apps.jobs.lineage import lineage_of
from apps.models.queries import visible_models


class MakerDocument(serializers.Serializer[Any]):
    """The job that made a model; of another user's only its service is told."""

    service = serializers.CharField()
    service_title = serializers.CharField()
    job = serializers.UUIDField(allow_null=True)
    name = serializers.CharField()
    result = serializers.UUIDField(allow_null=True)
    inputs = serializers.ListField(child=serializers.DictField())
    parameters = serializers.DictField()


class UseDocument(serializers.Serializer[Any]):
    """A job of yours that worked with a model."""

    job = serializers.UUIDField()
    name = serializers.CharField()
    service = serializers.CharField()
    state = serializers.CharField()
    created = serializers.DateTimeField()
    result = serializers.UUIDField(allow_null=True)


class VersionDocument(serializers.Serializer[Any]):
    """A version of the same model."""

    id = serializers.UUIDField()
    version = serializers.IntegerField()
    created = serializers.DateTimeField()
    macro_f1 = serializers.FloatField(allow_null=True)


class LineageDocument(serializers.Serializer[Any]):
    """Where a model came from, and what you made with it."""

    made_by = MakerDocument(allow_null=True)
    data = serializers.JSONField()  # type: ignore[assignment]
    used_by = UseDocument(many=True)
    versions = VersionDocument(many=True)


class ModelLineage(APIView):
    """Where a model came from, and what was made with it."""

    @extend_schema(responses=LineageDocument, tags=["models"])
    def get(self, request: Request, model_id: UUID) -> Response:
        """Show which job and data made a model, its versions, and your jobs and results that used it."""
        model = get_object_or_404(visible_models(request.user), pk=model_id)
        return Response(lineage_of(model, cast(User, request.user)))
