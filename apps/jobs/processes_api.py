"""The services as OGC API – Processes describes them (OGC 18-062r2, 7.9 and 7.10), for clients that speak it."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from services.core.ogc import process_description, process_list
from services.core.registry import get_service


class Processes(APIView):
    """Every service as a process."""

    @extend_schema(responses=OpenApiTypes.OBJECT, tags=["services"])
    def get(self, request: Request) -> Response:
        """List the services as OGC processes. They are run through /api/jobs."""
        return Response(process_list(_base(request)))


class ProcessDetail(APIView):
    """One service as a process."""

    @extend_schema(responses=OpenApiTypes.OBJECT, tags=["services"])
    def get(self, request: Request, service_id: str) -> Response:
        """Describe a service as an OGC process: inputs and outputs with their schemas."""
        return Response(process_description(get_service(service_id), _base(request)))


def _base(request: Request) -> str:
    return str(reverse("api:processes", request=request))
