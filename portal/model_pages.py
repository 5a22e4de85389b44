"""Pages of trained networks: each view parses, calls one function, renders."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.views import signed_in
from apps.errors import PortalError
from apps.jobs.lineage import lineage_of
from apps.models.change import change_model, delete_model
from apps.models.compare import compare
from apps.models.documents import owner_of, pictures_of
from apps.models.errors import NotComparable
from apps.models.models import TASKS, TrainedModel
from apps.models.queries import find_models, fitting_models, own_models, visible_models
from apps.models.serializers import ModelPatch, ModelQuery
from apps.models.uploads import take_upload
from portal import model_views as show

PER_PAGE = 25
PICTURES = {
    "confusion.png": "Confusion matrix",
    "reliability.png": "Reliability diagram: how often the network is right, by how sure it is",
}


@require_GET
@login_required
@ensure_csrf_cookie
def model_list(request: HttpRequest) -> HttpResponse:
    """List the networks that the user may use."""
    return _list(request)


@require_POST
@login_required
def model_upload(request: HttpRequest) -> HttpResponse:
    """Take a package; what is wrong with it is said beside the form."""
    name = request.POST.get("name", "").replace("\0", "")[:120]
    try:
        model = take_upload(signed_in(request), request.FILES.getlist("file"), name=name)
    except PortalError as error:
        return _list(request, problem=f"{error.message} {error.hint}".strip(), name=name, status=422)
    messages.success(request, f"{model} was checked and is ready.")
    return redirect("pages:model", model.pk)


@require_GET
@login_required
@ensure_csrf_cookie
def model(request: HttpRequest, model_id: UUID) -> HttpResponse:
    """Show a network: its card, its numbers, where it came from and what it was used for."""
    row = get_object_or_404(visible_models(request.user).select_related("owner"), pk=model_id)
    context: dict[str, Any] = {
        "model": row,
        "mine": row.owner_id == request.user.pk,
        "owner": owner_of(row),
        "card": row.card,
        "periods": show.periods_in_words(row.card["inputs"]["periods"]),
        "parts": show.measured_parts(row.card),
        "forecasts": show.forecast_parts(row.card),
        "pictures": [(name, PICTURES[name]) for name in pictures_of(row) if name in PICTURES],
        "lineage": lineage_of(row, signed_in(request)),
        "services": show.services_for(row),
        "others": [other for other in fitting_models(request.user, [row.task]) if other.pk != row.pk],
    }
    return render(request, "models/detail.html", context)


@require_POST
@login_required
def model_change(request: HttpRequest, model_id: UUID) -> HttpResponse:
    """Change name, description or visibility of a network of the user's own."""
    row = get_object_or_404(own_models(request.user), pk=model_id)
    wanted = ModelPatch(data={k: v for k, v in request.POST.items() if k != "csrfmiddlewaretoken"})
    if wanted.is_valid():
        change_model(row, wanted.validated_data)
        messages.success(request, "Changed.")
    else:
        messages.error(request, " ".join(f"{k}: {v[0]}" for k, v in wanted.errors.items()))
    return redirect("pages:model", row.pk)


@require_POST
@login_required
def model_delete(request: HttpRequest, model_id: UUID) -> HttpResponse:
    """Delete a network of the user's own, unless a job needs it."""
    row = get_object_or_404(own_models(request.user), pk=model_id)
    try:
        delete_model(row)
    except PortalError as error:
        messages.error(request, f"{error.message} {error.hint}")
        return redirect("pages:model", row.pk)
    messages.success(request, f"{row} was deleted.")
    return redirect("pages:models")


@require_GET
@login_required
def model_compare(request: HttpRequest) -> HttpResponse:
    """Show two networks side by side."""
    choices = list(fitting_models(request.user, list(TASKS)))
    chosen = [_chosen(request, name) for name in ("a", "b")]
    context: dict[str, Any] = {"choices": choices, "a": chosen[0], "b": chosen[1]}
    if chosen[0] and chosen[1]:
        try:
            context["found"] = compare(chosen[0], chosen[1])
            context["offer"] = _offer(chosen[0], chosen[1])
        except NotComparable as error:
            context["problem"] = f"{error.message} {error.hint}"
    return render(request, "models/compare.html", context)


def _list(request: HttpRequest, *, problem: str = "", name: str = "", status: int = 200) -> HttpResponse:
    given = {key: request.GET.get(key, "") for key in ("q", "task", "owner")}
    wanted = ModelQuery(data=given)
    found = find_models(request.user, wanted.validated_data if wanted.is_valid() else {})
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    rows = [(row, owner_of(row)) for row in page]
    context = {"page": page, "rows": rows, "wanted": given, "tasks": TASKS.items(), "problem": problem, "name": name}
    return render(request, "models/list.html", context, status=status)


def _chosen(request: HttpRequest, name: str) -> TrainedModel | None:
    try:
        return visible_models(request.user).select_related("owner").filter(pk=request.GET.get(name, "")).first()
    except (ValidationError, ValueError):
        return None


def _offer(a: TrainedModel, b: TrainedModel) -> dict[str, str] | None:
    """Return the service that measures both on one test set, with the form's address, both filled in."""
    found = show.comparing_service(a.task)
    if found is None:
        return None
    service, (first, second) = found
    return {
        "title": service.title,
        "href": f"/?{urlencode({'service': service.id, first: str(a.pk), second: str(b.pk)})}",
    }
