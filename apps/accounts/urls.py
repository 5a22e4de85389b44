"""URLs of the account pages. Of allauth's only those that an invited user needs: nobody signs up by themselves."""

from allauth.account import views as allauth
from django.urls import path, re_path

from apps.accounts import views

urlpatterns = [
    path("account/", views.profile, name="account_profile"),
    path("account/tokens/", views.tokens, name="account_tokens"),
    path("account/tokens/<uuid:token_id>/revoke/", views.token_revoke, name="account_token_revoke"),
    path("invite/<str:token>", views.invitation_accept, name="invitation_accept"),
    path("accounts/login/", allauth.login, name="account_login"),
    path("accounts/logout/", allauth.logout, name="account_logout"),
    path("accounts/inactive/", allauth.account_inactive, name="account_inactive"),
    path("accounts/password/change/", allauth.password_change, name="account_change_password"),
    path("accounts/password/set/", allauth.password_set, name="account_set_password"),
    path("accounts/password/reset/", allauth.password_reset, name="account_reset_password"),
    path("accounts/password/reset/done/", allauth.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^accounts/password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        allauth.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "accounts/password/reset/key/done/",
        allauth.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
]
