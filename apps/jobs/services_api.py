"""The services over REST: what there is, and whether a worker can run it now."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.jobs.models import Worker
from apps.jobs.workers import living_workers, missing_worker
from services.core.command import describe_service
from services.core.registry import all_services, get_service
from services.core.service import Service


class Services(APIView):
    """Every service, with the schema of its parameters."""

    @extend_schema(responses=serializers.ListSerializer(child=serializers.DictField()), tags=["services"])
    def get(self, request: Request) -> Response:
        """List the services."""
        living = list(living_workers())
        return Response([service_document(s, living) for s in all_services().values()])


class ServiceDetail(APIView):
    """One service."""

    @extend_schema(responses=OpenApiTypes.OBJECT, tags=["services"])
    def get(self, request: Request, service_id: str) -> Response:
        """Describe a service."""
        return Response(service_document(get_service(service_id), list(living_workers())))


def service_document(service: Service, living: list[Worker]) -> dict[str, Any]:
    """Return a service's declaration, and whether one of the living workers can run it."""
    problem = missing_worker(service.resource, living)
    reason = f"{problem.message} {problem.hint}" if problem else None
    return {**describe_service(service), "available": problem is None, "unavailable_reason": reason}
