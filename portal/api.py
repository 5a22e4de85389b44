"""The tree of /api/: what the apps bring, the landing page, the schema, its documentation, the health."""

from typing import Any

from django.conf import settings
from django.urls import include, path
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.renderers import JSONRenderer, TemplateHTMLRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from portal.health import health
from portal.me import Me


class LandingDocument(serializers.Serializer[Any]):
    """Where to go from here."""

    title = serializers.CharField()
    version = serializers.CharField()
    links = serializers.DictField(child=serializers.CharField())


class HealthDocument(serializers.Serializer[Any]):
    """How the portal is."""

    healthy = serializers.BooleanField()
    database = serializers.ChoiceField(("ok", "away"))
    workers = serializers.IntegerField(help_text="Workers that gave a sign of life in the last seconds.")
    disk = serializers.ChoiceField(("ok", "full"))
    osm = serializers.ChoiceField(
        ("ok", "stale", "none", "unknown"), help_text="OpenStreetMap data: older than the operator wants, or not there."
    )
    osm_data_timestamp = serializers.DateTimeField(allow_null=True, help_text="Up to when OpenStreetMap is in it.")
    version = serializers.CharField()


LINKS = (
    "services",
    "processes",
    "scenes",
    "uploads",
    "aois",
    "vectors",
    "osm",
    "models",
    "jobs",
    "results",
    "tokens",
    "me",
    "health",
)


class Landing(APIView):
    """The entrance."""

    permission_classes = [AllowAny]

    @extend_schema(responses=LandingDocument, tags=["portal"])
    def get(self, request: Request) -> Response:
        """Say what is where."""
        links = {name: f"/api/{name}" for name in LINKS}
        links |= {"schema": "/api/schema/", "documentation": "/api/docs/"}
        return Response({"title": "Groundwork", "version": settings.VERSION, "links": links})


class Health(APIView):
    """For load balancers and people in doubt."""

    permission_classes = [AllowAny]
    authentication_classes = []
    throttle_classes = []

    @extend_schema(responses={200: HealthDocument, 503: HealthDocument}, tags=["portal"])
    def get(self, request: Request) -> Response:
        """Tell whether the portal works: 200, or 503 where the database is away or the disk is full."""
        answer = health()
        return Response(answer, status=200 if answer["healthy"] else 503)


class Docs(SpectacularSwaggerSplitView):
    """Swagger UI from the sidecar: no request leaves the portal, no inline script."""

    permission_classes = [AllowAny]
    authentication_classes = []
    renderer_classes = [TemplateHTMLRenderer, JSONRenderer]
    template_name = "api/docs.html"


app_name = "api"
urlpatterns = [
    path("", Landing.as_view(), name="landing"),
    path("me", Me.as_view(), name="me"),
    path("health", Health.as_view(), name="health"),
    path("schema/", SpectacularAPIView.as_view(permission_classes=[AllowAny]), name="schema"),
    path("docs/", Docs.as_view(url_name="api:schema"), name="docs"),
    path("", include("apps.accounts.api_urls")),
    path("", include("apps.catalog.api_urls")),
    path("", include("apps.osm_vectors.api_urls")),
    path("", include("apps.models.api_urls")),
    path("", include("apps.crossings.api_urls")),
    path("", include("apps.jobs.urls")),
]
