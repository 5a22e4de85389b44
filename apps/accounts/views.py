"""The account pages. Each view parses, calls one function, answers."""

from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.errors import AccountExists, InvalidInvitation
from apps.accounts.forms import AcceptForm, ProfileForm, TokenForm
from apps.accounts.invitations import accept_invitation, open_invitation
from apps.accounts.models import User
from apps.accounts.queries import visible_tokens
from apps.accounts.tokens import create_token, revoke_token

MODEL_BACKEND = "django.contrib.auth.backends.ModelBackend"


@login_required
@require_http_methods(["GET", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """Show and change the user's own data.

    Template accounts/profile.html: `form` (ProfileForm: first_name, last_name), `user` (email, quota_bytes).
    """
    form = ProfileForm(request.POST or None, instance=signed_in(request))
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Saved.")
        return redirect("account_profile")
    return render(request, "accounts/profile.html", {"form": form})


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    """List the user's API tokens and make a new one.

    Template accounts/tokens.html: `form` (TokenForm: name, scopes, expires_days), `tokens` (each: id, name, token_key
    (the first characters), scopes, created, expiry, expired, last_used), and once after making one `new_token` and
    `new_secret`. Revoke: POST to account_token_revoke with the token's id.
    """
    form = TokenForm(request.POST or None)
    made: dict[str, Any] = {}
    if request.method == "POST" and form.is_valid():
        made["new_token"], made["new_secret"] = create_token(signed_in(request), **form.cleaned_data)
        form = TokenForm()
    listed = visible_tokens(signed_in(request))
    return render(request, "accounts/tokens.html", {"form": form, "tokens": listed, **made})


@login_required
@require_POST
def token_revoke(request: HttpRequest, token_id: UUID) -> HttpResponse:
    """End one of the user's tokens."""
    token = get_object_or_404(visible_tokens(signed_in(request)), pk=token_id)
    revoke_token(token)
    messages.success(request, f"The token “{token.name}” was revoked.")
    return redirect("account_tokens")


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def invitation_accept(request: HttpRequest, token: str) -> HttpResponse:
    """Let an invited person choose a password, and log them in.

    Template accounts/invitation_accept.html: `invitation` (email, expires) and `form` (AcceptForm: new_password1,
    new_password2), or, with status 410, `problem` (message, hint) alone.
    """
    try:
        invitation = open_invitation(token)
        form = AcceptForm(invitation.email, request.POST or None)
        if request.method == "POST" and form.is_valid():
            login(request, accept_invitation(token, form.cleaned_data["new_password1"]), backend=MODEL_BACKEND)
            return redirect("/")
    except (InvalidInvitation, AccountExists) as problem:
        return render(request, "accounts/invitation_accept.html", {"problem": problem}, status=410)
    return render(request, "accounts/invitation_accept.html", {"invitation": invitation, "form": form})


def signed_in(request: HttpRequest) -> User:
    """Return the user of a page that asks for a login."""
    return cast(User, request.user)
