"""Routes below /api/files/."""

from __future__ import annotations

from rest_framework.routers import SimpleRouter

from fetcher.api.views import BatchViewSet, WatchedFolderViewSet

router = SimpleRouter()
router.register("upload_automatically", BatchViewSet, basename="batch")
router.register("watched_folders", WatchedFolderViewSet, basename="watched-folder")

urlpatterns = router.urls
