"""Results over REST."""

import re
from uuid import UUID

from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.catalog import serializers as shapes
from apps.catalog.delete import delete_result
from apps.catalog.documents import RECORDS, result_document, result_summary
from apps.catalog.models import Result
from apps.catalog.pages import CatalogPages
from apps.catalog.publish import OWNER_RECORD
from apps.catalog.queries import result_asset, visible_results
from apps.catalog.streaming import send_archive, send_file
from apps.serializers import PageQuery, paged
from eo.io.stac import MEDIA_TYPES

FILE = {
    (200, "*/*"): OpenApiTypes.BINARY,
    (206, "*/*"): OpenApiTypes.BINARY,
    304: None,
    416: None,
}


def own_result(request: Request, result_id: UUID) -> Result:
    """Return a result of the user's, or answer 404."""
    return get_object_or_404(visible_results(request.user).prefetch_related("assets"), pk=result_id)


class Results(APIView):
    """Results of the user's jobs."""

    @extend_schema(parameters=[PageQuery], responses=paged(shapes.ResultSummary), tags=["results"])
    def get(self, request: Request) -> Response:
        """List your results, newest first."""
        PageQuery(data=request.query_params.dict()).is_valid(raise_exception=True)
        pages = CatalogPages()
        page = pages.paginate_queryset(visible_results(request.user), request, self) or []
        return pages.get_paginated_response([result_summary(result) for result in page])


class ResultDetail(APIView):
    """One result."""

    @extend_schema(responses=shapes.ResultDocument, tags=["results"])
    def get(self, request: Request, result_id: UUID) -> Response:
        """Show a result: its files, and where to draw each from. Tile addresses end after some hours; ask again."""
        return Response(result_document(own_result(request, result_id)))

    @extend_schema(responses={204: None}, tags=["results"])
    def delete(self, request: Request, result_id: UUID) -> Response:
        """Delete a result and its files."""
        delete_result(own_result(request, result_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


class ResultItem(APIView):
    """A result as STAC."""

    @extend_schema(responses=OpenApiTypes.OBJECT, tags=["results"])
    def get(self, request: Request, result_id: UUID) -> Response:
        """Show the result's STAC item; the addresses of its assets are those of this portal."""
        result = own_result(request, result_id)
        base = request.build_absolute_uri(f"/api/results/{result.id}")
        assets = {
            key: {**asset, "href": f"{base}/files/{asset['href'].removeprefix('./')}"}
            for key, asset in result.item["assets"].items()
        }
        links = [{"rel": "self", "href": f"{base}/item.json", "type": "application/geo+json"}]
        return Response({**result.item, "assets": assets, "links": links})


class ResultFile(APIView):
    """One file of a result."""

    token_scope = "download"  # noqa: S105

    @extend_schema(responses=FILE, tags=["results"])
    def get(self, request: Request, result_id: UUID, name: str) -> HttpResponseBase:
        """Download a file, whole or (header `Range`) in part."""
        if name in RECORDS:
            path = own_result(request, result_id).path / name
            return send_file(request, path, media_type=MEDIA_TYPES[path.suffix])
        asset = result_asset(request.user, result_id, name)
        if asset is None:
            raise Http404("This result has no such file.")
        path = asset.result.path / asset.file
        if path.is_dir():
            return send_archive(path, asset.file)
        return send_file(request, path, media_type=asset.media_type, sha256=asset.sha256)


class ResultArchive(APIView):
    """All of a result."""

    token_scope = "download"  # noqa: S105

    @extend_schema(responses={(200, "application/zip"): OpenApiTypes.BINARY}, tags=["results"])
    def get(self, request: Request, result_id: UUID) -> HttpResponseBase:
        """Download everything as one zip, made while it is sent."""
        result = own_result(request, result_id)
        return send_archive(result.path, archive_name(result), OWNER_RECORD)


def archive_name(result: Result) -> str:
    """Return the name of a result's archive: its title and the day of the data."""
    words = re.sub(r"[^A-Za-z0-9]+", "-", result.title).strip("-").lower() or result.service_id
    day = f"-{result.start:%Y%m%d}" if result.start else ""
    return f"{words[:60]}{day}-{str(result.id)[:8]}"
