"""Routes below /api/."""

from __future__ import annotations

from rest_framework.routers import SimpleRouter

from salesfiles.api.views import SalesFileViewSet

router = SimpleRouter()
router.register("files/salesfiles", SalesFileViewSet, basename="salesfile")

urlpatterns = router.urls
