"""URLs of the pages."""

from django.urls import path

from portal import pages

app_name = "pages"
urlpatterns = [
    path("", pages.workspace, name="workspace"),
    path("basemap/land-10m.json", pages.coast, name="coast"),
    path("jobs/", pages.job_list, name="jobs"),
    path("jobs/<uuid:job_id>/", pages.job, name="job"),
    path("scenes/", pages.scene_list, name="scenes"),
    path("scenes/<uuid:scene_id>/delete/", pages.scene_delete, name="scene-delete"),
    path("results/<uuid:result_id>/", pages.result, name="result"),
    path("services/", pages.service_list, name="services"),
    path("services/<str:service_id>/", pages.service, name="service"),
    path("services/<str:service_id>/form", pages.service_form, name="service-form"),
]
