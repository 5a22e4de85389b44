"""OpenStreetMap's human features over REST: what there is, tiles, features, statistics, names."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import ScopedRateThrottle
from rest_framework.views import APIView

from apps.osm_vectors import features, serializers
from apps.osm_vectors.models import Dataset
from apps.osm_vectors.queries import age_headers, dataset_document, require_dataset
from apps.osm_vectors.tiles import MVT, check_layers, check_tile, etag_of, selection_of, tile_answer
from eo.errors import InvalidArea
from eo.io.aoi import Area, bbox_area, parse_area
from eo.vector.osm_rules import ATTRIBUTION, ATTRIBUTION_URL, Layer, rules
from eo.vector.osm_tiles import LAST_TILE_ZOOM

LARGEST_PAGE, PAGE = 10_000, 1_000
LAYERS = OpenApiParameter("layers", str, description="Layers, with commas between; without it all.")
CLASSES = OpenApiParameter("classes", str, description="Classes, with commas between; without it all.")
AREA = OpenApiParameter("area", str, description="Polygon as WKT in longitude, latitude.")
BBOX = OpenApiParameter("bbox", str, description="west,south,east,north in degrees.")
TOLD = ("data_timestamp", "stale", "attribution", "licence")
OWN = ("bbox", "area", "class", "code", "limit", "after", "f", "format")


class OsmView(APIView):
    """What all have in common: every answer says of when the data are."""

    dataset: Dataset | None = None

    def served(self) -> Dataset:
        """Return what is served.

        Raises:
            NoData: nothing was imported yet.
        """
        self.dataset = require_dataset()
        return self.dataset

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Add the time of the data."""
        answer = super().finalize_response(request, response, *args, **kwargs)
        for name, value in (age_headers(self.dataset) if self.dataset else {}).items():
            answer[name] = value
        return answer


class OsmDataset(OsmView):
    """The data as a whole."""

    @extend_schema(responses=serializers.DatasetDocument, tags=["osm"])
    def get(self, request: Request) -> Response:
        """Say of when the data are, how old, and whose."""
        return Response(dataset_document(self.served()))


class OsmLayers(OsmView):
    """The layers."""

    @extend_schema(responses=serializers.LayerDocument(many=True), tags=["osm"])
    def get(self, request: Request) -> Response:
        """List layers with their columns and classes, codes and counts."""
        dataset, counts = self.served(), features.class_counts()
        return Response([features.layer_document(layer, dataset, counts) for layer in rules().layers])


class OsmTile(OsmView):
    """A vector tile."""

    throttle_scope = "tiles"
    throttle_classes = (ScopedRateThrottle,)

    @extend_schema(parameters=[LAYERS, CLASSES], responses={(200, MVT): OpenApiTypes.BINARY}, tags=["osm"])
    def get(self, request: Request, z: int, x: int, y: int) -> HttpResponse:
        """Draw a tile of the chosen layers; `X-Truncated` says that it would have been too large."""
        check_tile(z, x, y)
        selection = selection_of(request.GET.get("layers", ""), request.GET.get("classes", ""))
        dataset = self.served()
        if request.headers.get("If-None-Match") == etag_of(dataset, selection):
            return HttpResponse(status=304, headers={"ETag": etag_of(dataset, selection)})
        headers, content = tile_answer(dataset, selection, z, x, y)
        return HttpResponse(content, headers=headers)


class OsmTileJson(OsmView):
    """What a map needs to know of the tiles."""

    @extend_schema(parameters=[LAYERS], responses=OpenApiTypes.OBJECT, tags=["osm"])
    def get(self, request: Request) -> Response:
        """Describe the tiles of the chosen layers (TileJSON 3.0.0)."""
        dataset, selection = self.served(), selection_of(request.GET.get("layers", ""), "")
        wanted = [rules().layer(name) for name in selection.layers]
        address = request.build_absolute_uri("/api/osm/tiles/{z}/{x}/{y}.mvt").replace("%7B", "{").replace("%7D", "}")
        document: dict[str, Any] = {
            "tilejson": "3.0.0",
            "name": "OpenStreetMap human features",
            "tiles": [f"{address}?layers={','.join(selection.layers)}"],
            "minzoom": min(layer.class_min_zoom(name) for layer in wanted for name in layer.classes),
            "maxzoom": LAST_TILE_ZOOM,
            "bounds": list(dataset.bounds.extent) if dataset.bounds else None,
            "attribution": f'<a href="{ATTRIBUTION_URL}">{ATTRIBUTION}</a>',
            "vector_layers": [
                {
                    "id": layer.id,
                    "description": layer.title,
                    "minzoom": min(layer.class_min_zoom(name) for name in layer.classes),
                    "maxzoom": LAST_TILE_ZOOM,
                    "fields": dict.fromkeys(("fid", "class", "subclass", "name", "facc"), "String"),
                }
                for layer in wanted
            ],
            "groundwork": dataset_document(dataset),
        }
        return Response(document)


class OsmItems(OsmView):
    """Features of a layer."""

    @extend_schema(
        parameters=[
            BBOX,
            AREA,
            OpenApiParameter("class", str, description="Classes, with commas between."),
            OpenApiParameter("code", str, description="Feature codes, with commas between."),
            OpenApiParameter("limit", int, description=f"Features on a page, {LARGEST_PAGE} at most."),
            OpenApiParameter("after", str, description="Key that the page begins after; `links` holds the next."),
            OpenApiParameter("f", str, enum=["geojson", "geojsonseq"], description="geojsonseq streams all of them."),
        ],
        responses={(200, "application/geo+json"): OpenApiTypes.OBJECT},
        tags=["osm"],
    )
    def get(self, request: Request, layer: str) -> HttpResponseBase:
        """List features, a page at a time or as a stream; any column of the layer may be a filter."""
        wanted = _wanted(request, layer)
        about = dataset_document(self.served())
        if request.GET.get("f") == "geojsonseq":
            return StreamingHttpResponse(_sequence(wanted), content_type="application/geo+json-seq")
        limit = _limit(request)
        found, after = features.page(wanted, limit)
        query = request.GET.copy()
        links = ""
        if after:
            query["after"] = after
            address = request.build_absolute_uri(f"{request.path}?{query.urlencode()}").replace('"', "%22")
            links = f'{{"rel":"next","type":"application/geo+json","href":"{address}"}}'
        told = json.dumps({name: about[name] for name in TOLD}, default=datetime.isoformat, ensure_ascii=False)[1:-1]
        body = f'{{"type":"FeatureCollection",{told},"numberReturned":{len(found)},"links":[{links}],"features":['
        return HttpResponse(f"{body}{','.join(found)}]}}", content_type="application/geo+json")


class OsmItem(OsmView):
    """One feature."""

    @extend_schema(responses={(200, "application/geo+json"): OpenApiTypes.OBJECT}, tags=["osm"])
    def get(self, request: Request, layer: str, fid: str) -> HttpResponse:
        """Show a feature."""
        check_layers([layer])
        self.served()
        found = features.single(rules().layer(layer), fid)
        if found is None:
            raise Http404
        return HttpResponse(found, content_type="application/geo+json")


class OsmStatistics(OsmView):
    """Counts and sizes."""

    @extend_schema(parameters=[LAYERS, AREA, BBOX], responses=OpenApiTypes.OBJECT, tags=["osm"])
    def get(self, request: Request) -> Response:
        """Count the objects of each class in an area, with their length in km and their area in km²."""
        names = selection_of(request.GET.get("layers", ""), "").layers
        area = _area(request)
        self.served()
        return Response({name: features.statistics(rules().layer(name), area) for name in names})


class OsmLayerStatistics(OsmView):
    """Counts and sizes of one layer."""

    @extend_schema(parameters=[AREA, BBOX], responses=OpenApiTypes.OBJECT, tags=["osm"])
    def get(self, request: Request, layer: str) -> Response:
        """Count the objects of each class of a layer in an area, with their length in km and their area in km²."""
        check_layers([layer])
        area = _area(request)
        self.served()
        return Response(features.statistics(rules().layer(layer), area))


class OsmSearch(OsmView):
    """Names."""

    @extend_schema(
        parameters=[OpenApiParameter("q", str, required=True, description="Part of a name, two letters or more.")],
        responses=OpenApiTypes.OBJECT,
        tags=["osm"],
    )
    def get(self, request: Request) -> Response:
        """Find features by their name."""
        text = request.GET.get("q", "").strip()[:100]
        self.served()
        return Response({"results": features.search(text, 20) if len(text) > 1 else []})


def _wanted(request: Request, name: str) -> features.Wanted:
    check_layers([name])
    layer: Layer = rules().layer(name)
    columns = {key: str(value) for key, value in request.GET.items() if key not in OWN}
    features.check_columns(layer, columns)
    classes = tuple(filter(None, request.GET.get("class", "").split(",")))
    if classes:
        selection_of(name, ",".join(classes))
    codes = tuple(filter(None, request.GET.get("code", "").split(",")))
    return features.Wanted(layer, _area(request), classes, codes, columns, request.GET.get("after", ""))


def _area(request: Request) -> Area | None:
    """Return the area that a request names, None for everywhere.

    Raises:
        InvalidArea, AreaTooLarge: says why.
    """
    wkt, bbox = request.GET.get("area"), request.GET.get("bbox")
    area = parse_area(wkt) if wkt else None
    if bbox:
        try:
            west, south, east, north = (float(part) for part in bbox.split(","))
        except ValueError:
            raise InvalidArea(f"bbox {bbox!r} is not four numbers.", hint="bbox=west,south,east,north") from None
        area = bbox_area(west, south, east, north)
    features.check_area(area)
    return area


def _limit(request: Request) -> int:
    said = request.GET.get("limit", "")
    return min(max(int(said), 1), LARGEST_PAGE) if said.isdigit() and len(said) < 9 else PAGE


def _sequence(wanted: features.Wanted) -> Iterator[str]:
    """Yield GeoJSON texts, each led by a record separator (RFC 8142)."""
    for feature in features.stream(wanted):
        yield f"\x1e{feature}\n"
