"""URLs of API tokens, below /api/."""

from django.urls import path

from apps.accounts import api

urlpatterns = [
    path("tokens", api.Tokens.as_view(), name="tokens"),
    path("tokens/<uuid:token_id>", api.TokenDetail.as_view(), name="token"),
]
