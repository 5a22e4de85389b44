"""URLs of crossings, below /api/."""

from django.urls import path

from apps.crossings import api

urlpatterns = [path("results/<uuid:result_id>/features", api.ResultFeatures.as_view(), name="result-features")]
