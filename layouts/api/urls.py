"""Routes below /api/."""

from __future__ import annotations

from rest_framework.routers import SimpleRouter

from layouts.api.views import LayoutViewSet

router = SimpleRouter()
router.register("formats", LayoutViewSet, basename="format")

urlpatterns = router.urls
