"""Features on changed pixels over REST."""

import csv
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.catalog.results_api import own_result
from apps.crossings.crossing import Crossing, cross
from apps.osm_vectors.queries import dataset_document, require_dataset
from apps.osm_vectors.tiles import selection_of

COLUMNS = (
    *("layer", "class", "subclass", "name", "facc", "changed_pixels", "changed_m2", "changed_share"),
    *("osm_type", "osm_id", "osm_url"),
)
LARGEST = 10_000


class ResultFeatures(APIView):
    """Human features under a result's change."""

    @extend_schema(
        parameters=[
            OpenApiParameter("layers", str, description="Layers, with commas between."),
            OpenApiParameter("asset", str, description="The raster of classes; without it the first there is."),
            OpenApiParameter("least_pixels", int, description="Changed pixels that an object must touch; 1."),
            OpenApiParameter("f", str, enum=["geojson", "csv"]),
        ],
        responses={(200, "application/geo+json"): OpenApiTypes.OBJECT, (200, "text/csv"): OpenApiTypes.STR},
        tags=["results"],
    )
    def get(self, request: Request, result_id: UUID) -> HttpResponse:
        """List the objects of layers that touch changed pixels of a result, largest change first, and a table."""
        result = own_result(request, result_id)
        about = dataset_document(require_dataset())
        selection = selection_of(request.GET.get("layers", "buildings,roads"), "")
        least = request.GET.get("least_pixels", "1")
        least_pixels = min(max(int(least), 1), LARGEST) if least.isdigit() and len(least) < 6 else 1
        found = cross(result, selection.layers, request.GET.get("asset", ""), least_pixels)
        if request.GET.get("f") == "csv":
            return _as_csv(found)
        document = {
            "type": "FeatureCollection",
            "numberMatched": found.touched,
            "numberReturned": len(found.features),
            "table": found.table,
            "pixels_coarser_by": found.coarser,
            "attribution": about["attribution"],
            "data_timestamp": about["data_timestamp"],
            "features": found.features,
        }
        return Response(document, content_type="application/geo+json")


def _as_csv(found: Crossing) -> HttpResponse:
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="features_on_change.csv"'
    rows = csv.writer(answer)
    rows.writerow(COLUMNS)
    rows.writerows([_cell(feature["properties"].get(name)) for name in COLUMNS] for feature in found.features)
    return answer


def _cell(value: object) -> object:
    """Return a value that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
