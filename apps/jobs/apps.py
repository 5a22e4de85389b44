"""The jobs app."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """Jobs and the workers that run them."""

    name = "apps.jobs"
    label = "jobs"
