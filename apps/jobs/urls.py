"""URLs of services and jobs, below /api/."""

from django.urls import path

from apps.jobs import api, processes_api, services_api
from apps.jobs.lineage_api import ModelLineage

urlpatterns = [
    path("models/<uuid:model_id>/lineage", ModelLineage.as_view(), name="model-lineage"),
    path("services", services_api.Services.as_view(), name="services"),
    path("services/<str:service_id>", services_api.ServiceDetail.as_view(), name="service"),
    path("processes", processes_api.Processes.as_view(), name="processes"),
    path("processes/<str:service_id>", processes_api.ProcessDetail.as_view(), name="process"),
    path("jobs", api.Jobs.as_view(), name="jobs"),
    path("jobs/check", api.JobCheck.as_view(), name="job-check"),
    path("jobs/events", api.AllJobEvents.as_view(), name="all-job-events"),
    path("jobs/<uuid:job_id>", api.JobDetail.as_view(), name="job"),
    path("jobs/<uuid:job_id>/cancel", api.JobCancel.as_view(), name="job-cancel"),
    path("jobs/<uuid:job_id>/rerun", api.JobRerun.as_view(), name="job-rerun"),
    path("jobs/<uuid:job_id>/log", api.JobLog.as_view(), name="job-log"),
    path("jobs/<uuid:job_id>/curve", api.JobCurve.as_view(), name="job-curve"),
    path("jobs/<uuid:job_id>/events", api.JobEvents.as_view(), name="job-events"),
]
