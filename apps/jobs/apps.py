"""The jobs app."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """Jobs and the workers that run them."""

    name = "apps.jobs"
    label = "jobs"

    def ready(self) -> None:
        """Jobs tell the registry which models they need."""
        from apps.jobs.lineage import needed_by
        from apps.models.use import ask_before_deletion

        ask_before_deletion(needed_by)
