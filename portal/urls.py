"""One tree of URLs: API, accounts, pages."""

from django.contrib import admin
from django.urls import include, path

handler400 = "portal.errors.bad_request"
handler403 = "portal.errors.forbidden"
handler404 = "portal.errors.not_found"
handler500 = "portal.errors.server_error"

urlpatterns = [
    path("api/", include("portal.api")),
    path("", include("apps.accounts.urls")),
    path("admin/", admin.site.urls),
    path("", include("portal.page_urls")),
]
