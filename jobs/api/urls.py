"""Routes below /api/."""

from __future__ import annotations

from django.urls import path

from jobs.api.webhook import GliderWebhookView

urlpatterns = [path("webhooks/glider/", GliderWebhookView.as_view(), name="glider-webhook")]
