"""URLs of the pages."""

from django.urls import path

from portal import model_pages, pages

app_name = "pages"
urlpatterns = [
    path("", pages.workspace, name="workspace"),
    path("basemap/land-10m.json", pages.coast, name="coast"),
    path("jobs/", pages.job_list, name="jobs"),
    path("jobs/<uuid:job_id>/", pages.job, name="job"),
    path("scenes/", pages.scene_list, name="scenes"),
    path("scenes/<uuid:scene_id>/delete/", pages.scene_delete, name="scene-delete"),
    path("results/<uuid:result_id>/", pages.result, name="result"),
    path("models/", model_pages.model_list, name="models"),
    path("models/upload/", model_pages.model_upload, name="model-upload"),
    path("models/compare/", model_pages.model_compare, name="model-compare"),
    path("models/<uuid:model_id>/", model_pages.model, name="model"),
    path("models/<uuid:model_id>/change/", model_pages.model_change, name="model-change"),
    path("models/<uuid:model_id>/delete/", model_pages.model_delete, name="model-delete"),
    path("services/", pages.service_list, name="services"),
    path("services/<str:service_id>/", pages.service, name="service"),
    path("services/<str:service_id>/form", pages.service_form, name="service-form"),
]
