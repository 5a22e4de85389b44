"""The app's name."""

from django.apps import AppConfig


class CrossingsConfig(AppConfig):
    """Results and human features together."""

    name = "apps.crossings"
