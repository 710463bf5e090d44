"""Routes below /api/."""

from __future__ import annotations

from django.urls import path
from rest_framework.routers import SimpleRouter

from salesfiles.api.views import SalesFileViewSet
from salesfiles.api.webhook import GliderWebhookView

router = SimpleRouter()
router.register("files/salesfiles", SalesFileViewSet, basename="salesfile")

urlpatterns = [
    *router.urls,
    path("webhooks/glider/", GliderWebhookView.as_view(), name="glider-webhook"),
]
