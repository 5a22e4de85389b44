"""The registry as a Django app."""

from django.apps import AppConfig


class ModelsConfig(AppConfig):
    """Trained networks: uploaded, made by jobs, or shipped."""

    name = "apps.models"
    label = "model_registry"
    verbose_name = "Trained networks"

    def ready(self) -> None:
        """Packages fill their owner's space as scenes and results do."""
        from apps.catalog.queries import count_towards_quota
        from apps.models.models import TrainedModel

        count_towards_quota(TrainedModel)
