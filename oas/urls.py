"""Every route of OAS but /livez, /readyz and /metrics, which a middleware answers (oas/health.py)."""

from __future__ import annotations

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.generic import RedirectView

from oas.api.docs_pages import FaviconView, RedocView, SchemaView, SwaggerView, redoc_library
from oas.api.errors import no_such_route

urlpatterns: list[URLPattern | URLResolver] = [
    path("", RedirectView.as_view(pattern_name="docs"), name="home"),
    path("favicon.ico", FaviconView.as_view(), name="favicon"),
    path("admin/", admin.site.urls),
    path("api/schema/", SchemaView.as_view(), name="schema"),
    path("api/docs/", SwaggerView.as_view(url_name="schema"), name="docs"),
    path("api/redoc/", RedocView.as_view(url_name="schema"), name="redoc"),
    path("api/redoc/library.js", redoc_library, name="redoc-library"),
    path("api/auth/", include("accounts.api.urls")),
    path("api/catalogue/", include("catalogue.api.urls")),
    path("api/", include("jobs.api.urls")),
    path("api/", include("layouts.api.urls")),
    path("api/files/", include("fetcher.api.urls")),
    path("api/", include("salesfiles.api.urls")),
    path("api/", include("reports.api.urls")),
    path("", include("partners.api.urls")),
    # The last one: any other address below /api/ is answered in JSON.
    re_path(r"^api/", no_such_route),
]

handler400 = "oas.api.errors.bad_request"
handler403 = "oas.api.errors.permission_denied"
handler404 = "oas.api.errors.not_found"
handler500 = "oas.api.errors.server_error"
