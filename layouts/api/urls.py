"""Routes below /api/."""

from __future__ import annotations

from rest_framework.routers import SimpleRouter

from layouts.api.views import KnownNameViewSet, LayoutViewSet

router = SimpleRouter()
router.register("formats", LayoutViewSet, basename="format")
router.register("names", KnownNameViewSet, basename="name")

urlpatterns = router.urls
