"""The pages of the API's documentation: everything served from here, no script in a page."""

from __future__ import annotations

from typing import Any

from csp.constants import SELF, UNSAFE_INLINE
from csp.decorators import csp_update
from django.http import HttpResponseBase
from django.utils.decorators import method_decorator
from drf_spectacular.views import SpectacularAPIView, SpectacularRedocView, SpectacularSwaggerSplitView

# Both viewers put styles into their elements, and Redoc searches in a worker that it makes from a blob.
VIEWER_POLICY = {"style-src": [SELF, UNSAFE_INLINE], "worker-src": [SELF, "blob:"], "font-src": [SELF, "data:"]}


class SchemaView(SpectacularAPIView):
    throttle_classes = ()


@method_decorator(csp_update(VIEWER_POLICY), name="dispatch")
class SwaggerView(SpectacularSwaggerSplitView):
    throttle_classes = ()

    def dispatch(self, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return super().dispatch(*args, **kwargs)


@method_decorator(csp_update(VIEWER_POLICY), name="dispatch")
class RedocView(SpectacularRedocView):
    """`<redoc spec-url=…>` in the page and the library beside it: there is nothing to run inline."""

    throttle_classes = ()
    template_name = "redoc.html"

    def dispatch(self, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return super().dispatch(*args, **kwargs)
