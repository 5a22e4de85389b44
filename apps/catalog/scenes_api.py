"""Scenes and uploads over REST: each view parses, calls one function, answers."""

import re
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import NotFound
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.models import User
from apps.catalog import serializers as shapes
from apps.catalog.delete import delete_scene
from apps.catalog.documents import pair_document, scene_feature, upload_document
from apps.catalog.errors import WrongOffset
from apps.catalog.models import Scene, Upload
from apps.catalog.pages import CatalogPages
from apps.catalog.queries import find_scenes, pairs_of, visible_scenes, visible_uploads
from apps.catalog.uploads import abort_upload, append, begin_upload, finish_lost


class Scenes(APIView):
    """Scenes that the user may use."""

    @extend_schema(parameters=[shapes.SceneQuery], responses=shapes.SceneCollection, tags=["scenes"])
    def get(self, request: Request) -> Response:
        """Find scenes by area, time, cloud cover, type and name; newest first."""
        pages, wanted = CatalogPages(), shapes.SceneQuery(data=request.query_params.dict())
        wanted.is_valid(raise_exception=True)
        page = pages.paginate_queryset(find_scenes(request.user, wanted.validated_data), request, self) or []
        document = pages.get_paginated_response([scene_feature(s, request.user) for s in page]).data
        features = document.pop("results")
        return Response({"type": "FeatureCollection", **document, "features": features})


class SceneDetail(APIView):
    """One scene."""

    @extend_schema(responses=shapes.SceneFeature, tags=["scenes"])
    def get(self, request: Request, scene_id: UUID) -> Response:
        """Show a scene."""
        scene = get_object_or_404(visible_scenes(request.user), pk=scene_id)
        return Response(scene_feature(scene, request.user))

    @extend_schema(responses={204: None}, tags=["scenes"])
    def delete(self, request: Request, scene_id: UUID) -> Response:
        """Delete a scene of your own, with its file."""
        delete_scene(get_object_or_404(Scene, pk=scene_id, owner=request.user))
        return Response(status=status.HTTP_204_NO_CONTENT)


class ScenePairs(APIView):
    """Scenes that make a pair with a radar scene."""

    @extend_schema(responses=shapes.ScenePair(many=True), tags=["scenes"])
    def get(self, request: Request, scene_id: UUID) -> Response:
        """List the scenes of the same track, days apart and with their baseline, in the order of time."""
        scene = get_object_or_404(visible_scenes(request.user), pk=scene_id)
        return Response([pair_document(s, apart, request.user) for s, apart in pairs_of(scene, request.user)])


class SceneThumbnail(APIView):
    """A small picture."""

    @extend_schema(responses={(200, "image/png"): OpenApiTypes.BINARY}, tags=["scenes"])
    def get(self, request: Request, scene_id: UUID) -> HttpResponseBase:
        """Show a scene as a small true-colour picture."""
        path = get_object_or_404(visible_scenes(request.user), pk=scene_id).thumbnail_path
        if not path.is_file():
            raise NotFound("There is no picture of this scene.")
        return HttpResponse(
            path.read_bytes(), content_type="image/png", headers={"Cache-Control": "private, max-age=86400"}
        )


class PieceParser(BaseParser):
    """Takes the body of a piece as it is."""

    media_type = "*/*"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> dict[str, bytes]:
        """Return the bytes of the piece, at most one more than a piece may have."""
        return {"piece": stream.read(settings.UPLOAD_CHUNK_BYTES + 1)}


class Uploads(APIView):
    """Files on their way in."""

    throttle_scope = "upload"

    @extend_schema(request=shapes.UploadRequest, responses={201: shapes.UploadDocument}, tags=["uploads"])
    def post(self, request: Request) -> Response:
        """Begin an upload; then send its pieces with PATCH."""
        wanted = shapes.UploadRequest(data=request.data)
        wanted.is_valid(raise_exception=True)
        upload = begin_upload(cast(User, request.user), **wanted.validated_data)
        document = upload_document(upload, settings.UPLOAD_CHUNK_BYTES)
        return Response(document, status=status.HTTP_201_CREATED, headers={"Location": f"/api/uploads/{upload.id}"})


class UploadDetail(APIView):
    """One upload."""

    throttle_scope = "upload"
    parser_classes = [PieceParser]

    @extend_schema(responses=shapes.UploadDocument, tags=["uploads"])
    def get(self, request: Request, upload_id: UUID) -> Response:
        """Show how far an upload is: go on from `offset` after a break."""
        return self._answer(request, upload_id)

    @extend_schema(
        request={"application/octet-stream": OpenApiTypes.BINARY}, responses=shapes.UploadDocument, tags=["uploads"]
    )
    def patch(self, request: Request, upload_id: UUID) -> Response:
        """Send the piece that begins at the header `Upload-Offset`; the last one has the file checked and taken."""
        offset = request.headers.get("Upload-Offset", "")
        if not re.fullmatch("[0-9]{1,18}", offset):
            message = f"The header Upload-Offset is {offset[:40]!r}; a number of bytes is needed."
            raise WrongOffset(message, hint="Send the offset that the last answer gave.")
        append(self._find(request, upload_id), int(offset), cast(dict[str, bytes], request.data).get("piece", b""))
        return self._answer(request, upload_id)

    @extend_schema(responses={204: None}, tags=["uploads"])
    def delete(self, request: Request, upload_id: UUID) -> Response:
        """Stop an upload and forget what has arrived."""
        abort_upload(self._find(request, upload_id))
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _find(self, request: Request, upload_id: UUID) -> Upload:
        return get_object_or_404(visible_uploads(request.user), pk=upload_id)

    def _answer(self, request: Request, upload_id: UUID) -> Response:
        upload = finish_lost(self._find(request, upload_id))
        return Response(upload_document(upload, settings.UPLOAD_CHUNK_BYTES))
