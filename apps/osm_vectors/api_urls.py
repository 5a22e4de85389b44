"""URLs of the OpenStreetMap part, below /api/."""

from django.urls import path

from apps.osm_vectors import api

urlpatterns = [
    path("osm", api.OsmDataset.as_view(), name="osm"),
    path("osm/layers", api.OsmLayers.as_view(), name="osm-layers"),
    path("osm/layers/<str:layer>/items", api.OsmItems.as_view(), name="osm-items"),
    path("osm/layers/<str:layer>/items/<str:fid>", api.OsmItem.as_view(), name="osm-item"),
    path("osm/layers/<str:layer>/stats", api.OsmLayerStatistics.as_view(), name="osm-layer-stats"),
    path("osm/stats", api.OsmStatistics.as_view(), name="osm-stats"),
    path("osm/search", api.OsmSearch.as_view(), name="osm-search"),
    path("osm/tiles.json", api.OsmTileJson.as_view(), name="osm-tilejson"),
    path("osm/tiles/<int:z>/<int:x>/<int:y>.mvt", api.OsmTile.as_view(), name="osm-tile"),
]
