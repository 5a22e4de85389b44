"""Jobs over REST: each view parses, calls one function, answers."""

from dataclasses import asdict
from hashlib import blake2b
from typing import Any, cast
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist
from django.db import connection
from django.http import Http404, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_aware
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.pagination import PageNumberPagination
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.models import User
from apps.jobs import serializers as shapes
from apps.jobs.curve import read_points, summary
from apps.jobs.delete import delete_job
from apps.jobs.dry_run import dry_run
from apps.jobs.events import event_stream, has_news
from apps.jobs.log import read_log
from apps.jobs.models import Job
from apps.jobs.queries import as_document, as_documents, find_jobs, visible_jobs
from apps.jobs.rename import rename_job
from apps.jobs.states import cancel
from apps.jobs.submit import Submission, rerun, submit
from apps.serializers import StrictSerializer, paged

SAME_RESULT_HEADER = "Groundwork-Same-Result"


class JobPages(PageNumberPagination):
    """Pages of a job list."""

    page_size = 25
    page_size_query_param = "page_size"
    max_page_size = 100


class Jobs(APIView):
    """The user's jobs."""

    @property
    def throttle_scope(self) -> str | None:
        """Limit submitting, not looking."""
        return "submit" if self.request.method == "POST" else None

    @extend_schema(parameters=[shapes.JobFilter], responses=paged(shapes.JobDocument), tags=["jobs"])
    def get(self, request: Request) -> Response:
        """List your jobs, newest first."""
        wanted = parsed(shapes.JobFilter, request.query_params.dict())
        jobs = find_jobs(user_of(request), state=wanted["state"], service=wanted["service"], text=wanted["q"])
        pages = JobPages()
        return pages.get_paginated_response(as_documents(pages.paginate_queryset(jobs, request, self) or []))

    @extend_schema(request=shapes.JobRequest, responses=dict.fromkeys((201, 200), shapes.JobDocument), tags=["jobs"])
    def post(self, request: Request) -> Response:
        """Submit a job. Where an equal one was done before it is returned (200), unless `force` is set."""
        wanted = parsed(shapes.JobRequest, request.data)
        options = {name: wanted[name] for name in ("name", "force", "timeout_s")}
        return submitted(submit(user_of(request), wanted["service"], wanted["parameters"], **options))


class JobCheck(APIView):
    """A dry run: it changes nothing, so a token that may read may ask for it."""

    token_scope = "read"  # noqa: S105
    throttle_scope = "submit"

    @extend_schema(request=shapes.CheckRequest, responses=shapes.CheckDocument, tags=["jobs"])
    def post(self, request: Request) -> Response:
        """Check a job without submitting it: inputs, estimate, an earlier equal result, the queue."""
        wanted = parsed(shapes.CheckRequest, request.data)
        answer = dry_run(user_of(request), wanted["service"], wanted["parameters"])
        return Response({"valid": answer.valid, **asdict(answer)})


class JobDetail(APIView):
    """One job."""

    @extend_schema(responses=shapes.JobDocument, tags=["jobs"])
    def get(self, request: Request, job_id: UUID) -> Response:
        """Show a job."""
        return Response(as_document(own_job(request, job_id)))

    @extend_schema(request=shapes.JobPatch, responses=shapes.JobDocument, tags=["jobs"])
    def patch(self, request: Request, job_id: UUID) -> Response:
        """Rename a job."""
        job = own_job(request, job_id)
        return Response(as_document(rename_job(job, parsed(shapes.JobPatch, request.data)["name"])))

    @extend_schema(responses={204: None}, tags=["jobs"])
    def delete(self, request: Request, job_id: UUID) -> Response:
        """Delete an ended job and its log; its result stays."""
        delete_job(own_job(request, job_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


class JobCancel(APIView):
    """The end of a job before its time."""

    @extend_schema(request=None, responses=shapes.JobDocument, tags=["jobs"])
    def post(self, request: Request, job_id: UUID) -> Response:
        """Cancel a waiting or running job; 409 where it has ended."""
        cancel(own_job(request, job_id))
        return Response(as_document(own_job(request, job_id)))


class JobRerun(APIView):
    """A job once more."""

    throttle_scope = "submit"

    @extend_schema(request=shapes.RerunRequest, responses=dict.fromkeys((201, 200), shapes.JobDocument), tags=["jobs"])
    def post(self, request: Request, job_id: UUID) -> Response:
        """Submit a job again, with some parameters changed if given."""
        job, wanted = own_job(request, job_id), parsed(shapes.RerunRequest, request.data)
        return submitted(rerun(user_of(request), job, wanted["parameters"], name=wanted["name"], force=wanted["force"]))


class JobLog(APIView):
    """What a job said."""

    @extend_schema(parameters=[shapes.LogQuery], responses=shapes.LogDocument, tags=["jobs"])
    def get(self, request: Request, job_id: UUID) -> Response:
        """Read a job's log from an offset on."""
        job = own_job(request, job_id)
        text, offset = read_log(job.log_path, parsed(shapes.LogQuery, request.query_params.dict())["offset"])
        return Response({"text": text, "offset": offset, "complete": job.ended and not text})


class JobCurve(APIView):
    """How a training goes."""

    @extend_schema(parameters=[shapes.CurveQuery], responses={200: shapes.CurveDocument, 304: None}, tags=["jobs"])
    def get(self, request: Request, job_id: UUID) -> Response:
        """Read a job's training curve, all of it or after an epoch; with If-None-Match 304 where nothing is new."""
        job, since = own_job(request, job_id), parsed(shapes.CurveQuery, request.query_params.dict())["since"]
        points = read_points(job.curve_path)
        told = {"points": [p for p in points if p["epoch"] > since], "summary": summary(points), "complete": job.ended}
        etag = f'"{blake2b(repr(told).encode(), digest_size=12).hexdigest()}"'
        headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
        if request.headers.get("If-None-Match") == etag:
            return Response(status=status.HTTP_304_NOT_MODIFIED, headers=headers)
        return Response(told, headers=headers)


class EventStreamRenderer(BaseRenderer):
    """Lets a client ask for `text/event-stream`."""

    media_type = "text/event-stream"
    format = "events"

    def render(self, data: Any, *args: Any, **kwargs: Any) -> bytes:
        """Errors before the stream begins are JSON all the same."""
        return JSONRenderer().render(data)


class JobEvents(APIView):
    """Server-sent events of one job, until it ends."""

    renderer_classes = [EventStreamRenderer, JSONRenderer]

    @extend_schema(responses={(200, "text/event-stream"): OpenApiTypes.STR}, tags=["jobs"])
    def get(self, request: Request, job_id: UUID) -> HttpResponseBase:
        """Follow a job: `event: job`, its document as data. A reader that has seen its end is told to stop (204)."""
        job, since = own_job(request, job_id), last_event(request)
        if since and job.ended and not has_news(job, since):
            return Response(status=status.HTTP_204_NO_CONTENT)
        return streaming(event_stream(user_of(request).pk, job.id, since))


class AllJobEvents(APIView):
    """Server-sent events of all jobs of the user."""

    renderer_classes = [EventStreamRenderer, JSONRenderer]

    @extend_schema(responses={(200, "text/event-stream"): OpenApiTypes.STR}, tags=["jobs"])
    def get(self, request: Request) -> HttpResponseBase:
        """Follow all your jobs; starts with those that have not ended."""
        return streaming(event_stream(user_of(request).pk, None, last_event(request)))


def user_of(request: Request) -> User:
    """Return who asks; the permissions have seen to it that it is somebody."""
    return cast(User, request.user)


def own_job(request: Request, job_id: UUID) -> Job:
    """Return a job of the user's; another's does not exist for them."""
    try:
        return visible_jobs(user_of(request)).get(id=job_id)
    except ObjectDoesNotExist:
        raise Http404(f"There is no job {job_id}.") from None


def parsed(shape: type[StrictSerializer], data: Any) -> dict[str, Any]:
    """Return the checked members of a request.

    Raises:
        ValidationError: with a message per member.
    """
    serializer = shape(data=data)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def submitted(submission: Submission) -> Response:
    """Answer a submission: 201 and where the job is, or 200 and the earlier job."""
    document = as_document(submission.job)
    if submission.is_same_result:
        document["same_result_as"] = document["id"]
        return Response(document, headers={SAME_RESULT_HEADER: "true"})
    return Response(document, status=status.HTTP_201_CREATED, headers={"Location": document["links"]["self"]})


def last_event(request: Request) -> Any:
    """Return the moment of the last event a reconnecting reader has seen, None for a new one."""
    try:
        moment = parse_datetime(request.headers.get("Last-Event-ID", ""))
    except ValueError:
        return None
    return moment if moment and is_aware(moment) else None


def streaming(events: Any) -> StreamingHttpResponse:
    """Answer with events, past every buffer on the way; the request's connection is not held while they last."""
    if not connection.in_atomic_block:
        connection.close()
    headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
    return StreamingHttpResponse(events, content_type="text/event-stream", headers=headers)
