"""OpenStreetMap's human features as a Django app."""

from django.apps import AppConfig


class OsmVectorsConfig(AppConfig):
    """Import, tiles, features."""

    name = "apps.osm_vectors"
    label = "osm_vectors"
    default_auto_field = "django.db.models.BigAutoField"
