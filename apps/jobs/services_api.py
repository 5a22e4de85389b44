"""The services over REST: what there is, and whether a worker can run it now."""

from typing import Any

from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.jobs.models import Worker
from apps.jobs.workers import living_workers, missing_worker
from services.core.command import describe_service
from services.core.registry import all_services
from services.core.service import Service


class Services(APIView):
    """Every service, with the schema of its parameters."""

    @extend_schema(responses=OpenApiTypes.OBJECT, tags=["services"])
    def get(self, request: Request) -> Response:
        """List the services."""
        living = list(living_workers())
        return Response([service_document(s, living) for s in all_services().values()])


class ServiceDetail(APIView):
    """One service."""

    @extend_schema(responses=OpenApiTypes.OBJECT, tags=["services"])
    def get(self, request: Request, service_id: str) -> Response:
        """Describe a service."""
        service = all_services().get(service_id)
        if service is None:
            raise Http404(f"There is no service {service_id!r}.")
        return Response(service_document(service, list(living_workers())))


def service_document(service: Service, living: list[Worker]) -> dict[str, Any]:
    """Return a service's declaration, and whether one of the living workers can run it."""
    problem = missing_worker(service.resource, living)
    reason = f"{problem.message} {problem.hint}" if problem else None
    return {**describe_service(service), "available": problem is None, "unavailable_reason": reason}
