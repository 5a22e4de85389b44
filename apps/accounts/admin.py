"""Accounts in the administration: users, invitations, tokens."""

from typing import Any, cast

from allauth.account.decorators import secure_admin_login
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone

from apps.accounts.errors import AccountExists
from apps.accounts.invitations import invitation_link, refuse_existing, send_invitation
from apps.accounts.models import ApiToken, Invitation, User
from apps.accounts.tokens import revoke_token

admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]  # one login page, one lock


@admin.register(User)
class AccountAdmin(UserAdmin):  # type: ignore[type-arg]
    """Users, by their e-mail address."""

    ordering = ("email",)
    list_display = ("email", "first_name", "last_name", "is_active", "is_staff", "last_login", "quota_bytes")
    search_fields = ("email", "first_name", "last_name")
    fieldsets = (
        (None, {"fields": ("email", "password")}),
        ("Person", {"fields": ("first_name", "last_name", "quota_bytes")}),
        ("May", {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"classes": ("wide",), "fields": ("email", "usable_password", "password1", "password2")}),)


class InvitationForm(ModelForm):  # type: ignore[type-arg]
    """An invitation; refused where there is an account."""

    def clean_email(self) -> str:
        """Keep one spelling of an address, and one account for it."""
        email: str = self.cleaned_data["email"].lower()
        try:
            refuse_existing(email)
        except AccountExists as error:
            self.add_error("email", error.message)
        return email


@admin.register(Invitation)
class InvitationAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Invitations: saving a new one sends its mail."""

    form = InvitationForm
    fields = ("email", "expires")
    list_display = ("email", "created", "expires", "accepted", "invited_by")
    search_fields = ("email",)

    def save_model(self, request: HttpRequest, obj: Invitation, form: Any, change: bool) -> None:
        """Send the mail, and show the link for a portal without mail."""
        if not change:
            obj.invited_by = cast(User, request.user)
        super().save_model(request, obj, form, change)
        send_invitation(obj)
        messages.info(request, f"A mail is on its way. Its link, good once: {invitation_link(obj)}")

    def has_change_permission(self, request: HttpRequest, obj: Invitation | None = None) -> bool:
        """An accepted invitation is history."""
        return super().has_change_permission(request, obj) and (obj is None or obj.accepted is None)


@admin.register(ApiToken)
class ApiTokenAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """API tokens: to look at and to revoke, never to make for somebody else."""

    list_display = ("name", "user", "token_key", "scopes", "created", "expiry", "last_used", "revoked")
    search_fields = ("name", "user__email")
    readonly_fields = fields = ("name", "user", "token_key", "scopes", "created", "expiry", "last_used", "revoked")
    actions = ("revoke",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Only its user sees a token's secret."""
        return False

    @admin.action(description="Revoke the chosen tokens")
    def revoke(self, request: HttpRequest, queryset: Any) -> None:
        """End them now."""
        for token in queryset:
            revoke_token(token)
        messages.success(request, f"{len(queryset)} token(s) revoked at {timezone.now():%H:%M} UTC.")
