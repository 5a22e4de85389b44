"""Areas of interest and vector files over REST."""

from typing import cast
from uuid import UUID

from django.contrib.gis.geos import GEOSGeometry
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.models import User
from apps.catalog import serializers as shapes
from apps.catalog.areas import area_of, describe_area, keep_area, read_areas
from apps.catalog.delete import delete_vector
from apps.catalog.documents import area_document, vector_document
from apps.catalog.queries import visible_areas, visible_vectors
from eo.io.aoi import geodesic_area_km2


def parsed(shape: type[serializers.Serializer], request: Request) -> dict[str, object]:  # type: ignore[type-arg]
    """Return a request's body as its shape says, or refuse it."""
    wanted = shape(data=request.data)
    wanted.is_valid(raise_exception=True)
    return dict(wanted.validated_data)


class Areas(APIView):
    """Areas that the user keeps."""

    @extend_schema(responses=shapes.AreaDocument(many=True), tags=["areas"])
    def get(self, request: Request) -> Response:
        """List your areas by name."""
        return Response([area_document(area) for area in visible_areas(request.user)])

    @extend_schema(request=shapes.NewArea, responses={201: shapes.AreaDocument}, tags=["areas"])
    def post(self, request: Request) -> Response:
        """Keep an area under a name."""
        wanted = parsed(shapes.NewArea, request)
        area = keep_area(cast(User, request.user), str(wanted["name"]), area_of(wanted))
        return Response(area_document(area), status=status.HTTP_201_CREATED)


class AreaDetail(APIView):
    """One area."""

    @extend_schema(responses=shapes.AreaDocument, tags=["areas"])
    def get(self, request: Request, area_id: UUID) -> Response:
        """Show an area."""
        return Response(area_document(get_object_or_404(visible_areas(request.user), pk=area_id)))

    @extend_schema(request=shapes.AreaPatch, responses=shapes.AreaDocument, tags=["areas"])
    def patch(self, request: Request, area_id: UUID) -> Response:
        """Rename an area, or draw it anew."""
        kept, wanted = get_object_or_404(visible_areas(request.user), pk=area_id), parsed(shapes.AreaPatch, request)
        kept.name = str(wanted.pop("name", kept.name))
        if wanted:
            area = area_of(wanted)
            kept.geometry, kept.area_km2 = GEOSGeometry(area.wkt, srid=4326), geodesic_area_km2(area)
        kept.save()
        return Response(area_document(kept))

    @extend_schema(responses={204: None}, tags=["areas"])
    def delete(self, request: Request, area_id: UUID) -> Response:
        """Forget an area."""
        get_object_or_404(visible_areas(request.user), pk=area_id).delete()
        return Response(status=status.HTTP_204_NO_CONTENT)


class AreaCheck(APIView):
    """An area before it is used."""

    token_scope = "read"  # noqa: S105

    @extend_schema(request=shapes.AreaRequest, responses=shapes.AreaDescription, tags=["areas"])
    def post(self, request: Request) -> Response:
        """Check an area, and return it in all its spellings with its size."""
        return Response(describe_area(area_of(parsed(shapes.AreaRequest, request))))


class AreaImport(APIView):
    """Areas from a file."""

    parser_classes = [MultiPartParser]
    throttle_scope = "upload"

    @extend_schema(request={"multipart/form-data": shapes.FileRequest}, responses=shapes.ImportedAreas, tags=["areas"])
    def post(self, request: Request) -> Response:
        """Read the polygons of a GeoJSON, KML, GeoPackage or zipped Shapefile; nothing is kept."""
        file = parsed(shapes.FileRequest, request)["file"]
        return Response({"geometries": read_areas(file)})  # type: ignore[arg-type]


class Vectors(APIView):
    """Vector files of the user."""

    @extend_schema(responses=shapes.VectorDocument(many=True), tags=["areas"])
    def get(self, request: Request) -> Response:
        """List your vector files; add one through /api/uploads with kind `vector`."""
        return Response([vector_document(vector) for vector in visible_vectors(request.user)])


class VectorDetail(APIView):
    """One vector file."""

    @extend_schema(responses={204: None}, tags=["areas"])
    def delete(self, request: Request, vector_id: UUID) -> Response:
        """Delete a vector file."""
        delete_vector(get_object_or_404(visible_vectors(request.user), pk=vector_id))
        return Response(status=status.HTTP_204_NO_CONTENT)
