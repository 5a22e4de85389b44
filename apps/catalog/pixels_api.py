"""A pixel of a result over REST."""

from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.catalog import pixel_serializers as shapes
from apps.catalog.pixels import place_of, point_of, series_of
from apps.catalog.results_api import own_result

PLACE = [
    OpenApiParameter("lon", float, required=True, description="Longitude in degrees."),
    OpenApiParameter("lat", float, required=True, description="Latitude in degrees."),
]


class ResultPoint(APIView):
    """What a result says of a place."""

    @extend_schema(parameters=PLACE, responses=shapes.PointDocument, tags=["results"])
    def get(self, request: Request, result_id: UUID) -> Response:
        """Tell the class of a pixel, the probability of each class, likeliest first, and their entropy."""
        return Response(point_of(own_result(request, result_id), place_of(request.query_params.dict())))


class ResultSeries(APIView):
    """What a place was through time."""

    @extend_schema(parameters=PLACE, responses=shapes.SeriesDocument, tags=["results"])
    def get(self, request: Request, result_id: UUID) -> Response:
        """Read a pixel of the stack of composites behind a result: bands and NDVI of each period, null for no data."""
        return Response(series_of(own_result(request, result_id), place_of(request.query_params.dict())))
