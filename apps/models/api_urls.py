"""URLs of the registry, below /api/."""

from django.urls import path

from apps.models import api

urlpatterns = [
    path("models", api.Models.as_view(), name="models"),
    path("models/compare", api.ModelComparison.as_view(), name="model-compare"),
    path("models/<uuid:model_id>", api.ModelDetail.as_view(), name="model"),
    path("models/<uuid:model_id>/files/<str:name>", api.ModelFile.as_view(), name="model-file"),
    path("models/<uuid:model_id>/archive.zip", api.ModelArchive.as_view(), name="model-archive"),
]
