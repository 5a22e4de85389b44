"""The registry over REST: each view parses, calls one function, answers."""

from typing import Any, cast
from uuid import UUID

from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.models import User
from apps.catalog.pages import CatalogPages
from apps.catalog.streaming import send_archive, send_file
from apps.models import serializers as shapes
from apps.models.change import change_model, delete_model
from apps.models.compare import compare
from apps.models.documents import comparison_document, model_document, model_summary
from apps.models.models import TrainedModel
from apps.models.packages import RECORD
from apps.models.queries import find_models, own_models, visible_models
from apps.models.uploads import take_upload
from apps.parsers import JsonBody
from apps.serializers import StrictSerializer, paged

FILE = {(200, "*/*"): OpenApiTypes.BINARY, (206, "*/*"): OpenApiTypes.BINARY, 304: None, 416: None}
MEDIA_TYPES = {".json": "application/json", ".png": "image/png"}


def parsed(shape: type[StrictSerializer], data: Any) -> dict[str, Any]:
    """Return the checked members of a request."""
    wanted = shape(data=data)
    wanted.is_valid(raise_exception=True)
    return dict(wanted.validated_data)


def visible_model(request: Request, model_id: UUID) -> TrainedModel:
    """Return a model that the user may use, or answer 404."""
    return get_object_or_404(visible_models(request.user).select_related("owner"), pk=model_id)


class Models(APIView):
    """Trained networks that the user may use."""

    parser_classes = [MultiPartParser]
    throttle_scope = "upload"

    @extend_schema(parameters=[shapes.ModelQuery], responses=paged(shapes.ModelSummary), tags=["models"])
    def get(self, request: Request) -> Response:
        """Find models by task, bands, periods, owner and name; newest first."""
        wanted, pages = parsed(shapes.ModelQuery, request.query_params.dict()), CatalogPages()
        page = pages.paginate_queryset(find_models(request.user, wanted), request, self) or []
        return pages.get_paginated_response([model_summary(model, request.user) for model in page])

    @extend_schema(
        request={"multipart/form-data": shapes.ModelUpload}, responses={201: shapes.ModelDocument}, tags=["models"]
    )
    def post(self, request: Request) -> Response:
        """Upload a package (safetensors and ONNX, with its card); it is checked whole before it is entered."""
        form = cast(Any, request.data)
        members: dict[str, Any] = {name: form.get(name) for name in form if name != "file"}
        wanted = parsed(shapes.ModelUpload, {**members, "file": form.getlist("file")})
        model = take_upload(cast(User, request.user), wanted["file"], name=wanted["name"])
        document = model_document(model, request.user)
        return Response(document, status=status.HTTP_201_CREATED, headers={"Location": document["href"]})


class ModelDetail(APIView):
    """One model."""

    parser_classes = [JsonBody]

    @extend_schema(responses=shapes.ModelDocument, tags=["models"])
    def get(self, request: Request, model_id: UUID) -> Response:
        """Show a model with its card."""
        return Response(model_document(visible_model(request, model_id), request.user))

    @extend_schema(request=shapes.ModelPatch, responses=shapes.ModelDocument, tags=["models"])
    def patch(self, request: Request, model_id: UUID) -> Response:
        """Change name, description or visibility of a model of your own."""
        model = get_object_or_404(own_models(request.user), pk=model_id)
        return Response(model_document(change_model(model, parsed(shapes.ModelPatch, request.data)), request.user))

    @extend_schema(responses={204: None}, tags=["models"])
    def delete(self, request: Request, model_id: UUID) -> Response:
        """Delete a model of your own; 409 where a job that waits or runs needs it."""
        delete_model(get_object_or_404(own_models(request.user), pk=model_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


class ModelComparison(APIView):
    """Two models side by side."""

    @extend_schema(parameters=[shapes.CompareQuery], responses=shapes.ComparisonDocument, tags=["models"])
    def get(self, request: Request) -> Response:
        """Compare two models by their cards: numbers where both were tested on the same samples."""
        wanted = parsed(shapes.CompareQuery, request.query_params.dict())
        found = compare(visible_model(request, wanted["a"]), visible_model(request, wanted["b"]))
        return Response(comparison_document(found, request.user))


class ModelFile(APIView):
    """One file of a package."""

    token_scope = "download"  # noqa: S105

    @extend_schema(responses=FILE, tags=["models"])
    def get(self, request: Request, model_id: UUID, name: str) -> HttpResponseBase:
        """Download a file, whole or (header `Range`) in part."""
        model = visible_model(request, model_id)
        if name not in [file["name"] for file in model_document(model, request.user)["files"]]:
            raise Http404("This model has no such file.")
        path = model.path / name
        media_type = MEDIA_TYPES.get(path.suffix, "application/octet-stream")
        sums = {model.card[kind]["file"]: model.card[kind]["sha256"] for kind in ("weights", "onnx")}
        return send_file(request, path, media_type=media_type, sha256=sums.get(name, ""))


class ModelArchive(APIView):
    """A whole package."""

    token_scope = "download"  # noqa: S105

    @extend_schema(responses={(200, "application/zip"): OpenApiTypes.BINARY}, tags=["models"])
    def get(self, request: Request, model_id: UUID) -> HttpResponseBase:
        """Download the package as one zip, checksums in it; it can be uploaded as it is."""
        model = visible_model(request, model_id)
        return send_archive(model.path, archive_name(model), RECORD)


def archive_name(model: TrainedModel) -> str:
    """Return what a package's zip is called."""
    words = "".join(c if c.isascii() and c.isalnum() else "-" for c in model.name.lower()).strip("-")
    return f"{words[:60] or 'model'}-v{model.version}"
