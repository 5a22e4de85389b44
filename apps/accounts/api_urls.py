"""URLs of accounts, below /api/."""

from django.urls import path

from apps.accounts import api

urlpatterns = [
    path("me", api.Me.as_view(), name="me"),
    path("tokens", api.Tokens.as_view(), name="tokens"),
    path("tokens/<uuid:token_id>", api.TokenDetail.as_view(), name="token"),
]
