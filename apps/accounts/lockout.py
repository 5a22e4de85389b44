"""Stop guessing at passwords: how django-axes counts allauth's logins, and what it answers."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from axes.helpers import get_cool_off
from axes.models import AccessAttempt
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone


def login_name(request: HttpRequest, credentials: Mapping[str, Any] | None) -> str:
    """Return whose login is tried: allauth says `email`, Django `username`, both case-insensitive."""
    given = credentials or {}
    name = given.get("email") or given.get("username") or given.get("login") or request.POST.get("login") or ""
    return str(name).lower()


def locked_out(request: HttpRequest, *_: Any) -> HttpResponse:
    """Answer a login that is locked.

    Template account/locked.html: `until` (when the lock ends), `minutes` (from now, rounded up).
    """
    until = lock_end(request)
    wait_s = max(1, round((until - timezone.now()).total_seconds()))
    context = {"until": until, "minutes": -(-wait_s // 60)}
    response = render(request, "account/locked.html", context, status=429)
    response["Retry-After"] = str(wait_s)
    return response


def lock_end(request: HttpRequest) -> datetime:
    """Return when the lock on this name from this address ends: failures while locked do not prolong it."""
    name = login_name(request, getattr(request, "axes_credentials", None))
    attempts = AccessAttempt.objects.filter(username=name, ip_address=request.META.get("REMOTE_ADDR"))
    last = attempts.order_by("-attempt_time").values_list("attempt_time", flat=True).first()
    end: datetime = (last or timezone.now()) + get_cool_off(request)
    return end
