"""Routes below /api/catalogue/."""

from __future__ import annotations

from rest_framework.routers import SimpleRouter

from catalogue.api.import_views import ImportViewSet
from catalogue.api.views import AliasViewSet, ArtistViewSet, ReleaseViewSet, TrackViewSet

router = SimpleRouter()
router.register("artists", ArtistViewSet, basename="catalogue-artist")
router.register("releases", ReleaseViewSet, basename="catalogue-release")
router.register("tracks", TrackViewSet, basename="catalogue-track")
router.register("aliases", AliasViewSet, basename="catalogue-alias")
router.register("import", ImportViewSet, basename="catalogue-import")

urlpatterns = router.urls
