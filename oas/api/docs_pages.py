"""The pages of the API's documentation, with all their files served from here and no script in a page."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from csp.constants import SELF, UNSAFE_INLINE
from csp.decorators import csp_update
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.templatetags.static import static
from django.utils.decorators import method_decorator
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from django.views.generic import RedirectView
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.views import SpectacularAPIView, SpectacularRedocView, SpectacularSwaggerSplitView
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

# Both viewers put styles into their elements, and Redoc searches in a worker that it makes from a blob.
VIEWER_POLICY = {"style-src": [SELF, UNSAFE_INLINE], "worker-src": [SELF, "blob:"], "font-src": [SELF, "data:"]}

LIBRARY = "drf_spectacular_sidecar/redoc/bundles/redoc.standalone.js"
LOGO = "https://cdn.redoc.ly/redoc/logo-mini.svg"  # the library would fetch it from there
FAVICON = "oas/favicon.svg"
DAY = 24 * 3600  # seconds


class SchemaView(SpectacularAPIView):
    """The OpenAPI schema. Made once per process, because it takes a second and is the same for every caller."""

    throttle_classes = ()

    def _get_schema_response(self, request: Request) -> HttpResponse:
        renderer: Any = request.accepted_renderer
        kind: Any = type(renderer)
        return HttpResponse(_schema(kind), content_type=renderer.media_type)


@lru_cache(maxsize=8)
def _schema(renderer: type[BaseRenderer]) -> str | bytes:
    document = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return renderer().render(document, renderer_context={})


@method_decorator(csp_update(VIEWER_POLICY), name="dispatch")
class SwaggerView(SpectacularSwaggerSplitView):
    throttle_classes = ()

    def dispatch(self, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return super().dispatch(*args, **kwargs)


@method_decorator(csp_update(VIEWER_POLICY), name="dispatch")
class RedocView(SpectacularRedocView):
    """Redoc, as `<redoc spec-url=…>` with the library beside it, so that no script stands in the page."""

    throttle_classes = ()
    template_name = "redoc.html"

    def dispatch(self, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return super().dispatch(*args, **kwargs)


@require_safe
@cache_control(public=True, max_age=DAY)
def redoc_library(request: HttpRequest) -> HttpResponse:
    """Redoc's JavaScript, changed to fetch nothing from elsewhere."""
    return HttpResponse(_library(), content_type="text/javascript; charset=utf-8")


@lru_cache(maxsize=1)
def _library() -> str:
    # The logo is the one file that the library would fetch from another host, which the policy of the page forbids.
    path = finders.find(LIBRARY)
    assert isinstance(path, str)
    return Path(path).read_text(encoding="utf-8").replace(LOGO, static(FAVICON))


class FaviconView(RedirectView):
    """Redirects from the address at which browsers ask for an icon."""

    def get_redirect_url(self, *args: Any, **kwargs: Any) -> str:
        return static(FAVICON)
