"""Pages: each view parses, calls one function, renders."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.views import signed_in
from apps.catalog.delete import delete_scene
from apps.catalog.models import Scene
from apps.catalog.queries import visible_results, visible_scenes, visible_vectors
from apps.jobs.curve import read_points, summary
from apps.jobs.models import Job, State
from apps.jobs.queries import as_document, as_documents, find_jobs, visible_jobs
from portal.reference_choices import offer_choices
from portal.service_examples import rest_example, shell_example
from portal.service_forms import form_fields
from services.core.registry import all_services
from services.core.service import Service

PER_PAGE = 25
MOST_NAMES = 3
LAND = settings.BASE_DIR / "eo" / "data" / "land-10m.json.gz"
CORNERS = (("west", "West"), ("south", "South"), ("east", "East"), ("north", "North"))


@require_GET
@ensure_csrf_cookie
def workspace(request: HttpRequest) -> HttpResponse:
    """Show the map and the panel; to a stranger, what this place is."""
    if not request.user.is_authenticated:
        return render(request, "landing.html", {"services": all_services().values()})
    return render(request, "workspace.html", {"services": all_services().values(), "corners": CORNERS, **_basemap()})


@require_GET
@login_required
def job_list(request: HttpRequest) -> HttpResponse:
    """List the user's jobs."""
    wanted = {name: request.GET.get(name, "") for name in ("state", "service", "q")}
    jobs = find_jobs(signed_in(request), state=wanted["state"], service=wanted["service"], text=wanted["q"])
    page = Paginator(jobs, PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "jobs": as_documents(page), "wanted": wanted, "states": State.choices}
    return render(request, "jobs/list.html", {**context, "services": all_services().values()})


@require_GET
@login_required
@ensure_csrf_cookie
def job(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Show one job: how far it is, its parameters, its log."""
    row = get_object_or_404(visible_jobs(signed_in(request)), id=job_id)
    service = all_services().get(row.service_id)
    context: dict[str, Any] = {"job": as_document(row), "parameters": _named(service, row), "service": service}
    context["curve_summary"] = summary(read_points(row.curve_path))
    return render(request, "jobs/detail.html", context)


@require_GET
@login_required
@ensure_csrf_cookie
def scene_list(request: HttpRequest) -> HttpResponse:
    """List the scenes that the user may use."""
    text = request.GET.get("q", "")
    scenes = visible_scenes(request.user).order_by("-datetime", "name")
    page = Paginator(scenes.filter(name__icontains=text) if text else scenes, PER_PAGE).get_page(
        request.GET.get("page")
    )
    return render(request, "scenes/list.html", {"page": page, "q": text})


@require_POST
@login_required
def scene_delete(request: HttpRequest, scene_id: UUID) -> HttpResponse:
    """Delete a scene of the user's own."""
    delete_scene(get_object_or_404(Scene, id=scene_id, owner=request.user))
    return redirect("pages:scenes")


@require_GET
@login_required
@ensure_csrf_cookie
def result(request: HttpRequest, result_id: UUID) -> HttpResponse:
    """Show a result on the map."""
    row = get_object_or_404(visible_results(request.user), id=result_id)
    return render(request, "results/detail.html", {"result": row, **_basemap()})


@require_GET
def service_list(request: HttpRequest) -> HttpResponse:
    """Show the catalogue of services."""
    return render(request, "services/list.html", {"services": all_services().values()})


@require_GET
def service(request: HttpRequest, service_id: str) -> HttpResponse:
    """Show what a service does: the page is read off its declaration."""
    found = _service(service_id)
    context = {"service": found, "fields": form_fields(found), "shell": shell_example(found)}
    return render(request, "services/detail.html", {**context, "rest": rest_example(found, settings.SITE_URL)})


@require_GET
@login_required
def service_form(request: HttpRequest, service_id: str) -> HttpResponse:
    """Render a service's form for the workspace."""
    found = _service(service_id)
    fields = form_fields(found)
    offer_choices(fields, request.user)
    needs_vectors = any(field["widget"] == "vector" for field in fields)
    context = {
        "service": found,
        "fields": fields,
        "has_advanced": any(field["advanced"] for field in fields),
        "vectors": visible_vectors(request.user) if needs_vectors else (),
    }
    return render(request, "services/_form.html", context)


@require_GET
@cache_control(public=True, max_age=31_536_000, immutable=True)
def coast(request: HttpRequest) -> FileResponse:
    """Send the land outlines of the masks to the map too: one file, one coast."""
    file = FileResponse(LAND.open("rb"), content_type="application/json")
    file["Content-Encoding"] = "gzip"
    return file


def _service(service_id: str) -> Service:
    found = all_services().get(service_id)
    if found is None:
        raise Http404(f"There is no service {service_id!r}.")
    return found


def _named(service: Service | None, row: Job) -> list[dict[str, Any]]:
    """Return a job's parameters in the declaration's order, with its titles, units and labels; inputs by name."""
    names: dict[str, list[str]] = {}
    for one in row.inputs:
        names.setdefault(one["parameter"], []).append(one["name"])
    fields = form_fields(service) if service else [{"name": n, "title": n} for n in row.parameters]
    return [
        {**field, "shown": _listed(names.get(field["name"], [])) or _label(field, row.parameters[field["name"]])}
        for field in fields
        if field["name"] in row.parameters
    ]


def _listed(names: list[str]) -> str:
    """Return the names of inputs; of many how many, the first and the last."""
    return ", ".join(names) if len(names) <= MOST_NAMES else f"{len(names)}, {names[0]} to {names[-1]}"


def _label(field: Mapping[str, Any], value: Any) -> Any:
    shown = f"{value:.10g}" if isinstance(value, float) else value
    return next((c["label"] for c in field.get("choices", ()) if c["value"] == value), shown)


def _basemap() -> dict[str, str]:
    return {"basemap_url": settings.BASEMAP_URL, "basemap_attribution": settings.BASEMAP_ATTRIBUTION}
