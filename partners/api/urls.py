"""Routes below /1.2/: in any case, with or without a slash at the end, as a redirect would break a signature."""

from __future__ import annotations

import re
from typing import Any

from django.urls import URLPattern, re_path
from django.urls.resolvers import RegexPattern
from django.views import View

from partners.api.base import no_such_route
from partners.api.playlists import (
    MoveTrackView,
    OnePlaylistView,
    PlaylistDetailsView,
    PlaylistsView,
    PlaylistTracksView,
    PlaylistTrackView,
    UserPlaylistsView,
)
from partners.api.usage_logs import CatalogueLogView, PreviewLogView, SubscriptionLogView
from partners.api.users import CreateUserView, SubscriptionView, UserDetailsView


class AnyCasePattern(RegexPattern):
    """A regular expression that fits a path in any case: an inline flag would break Django's way back to an address."""

    def __init__(self, regex: str, name: str) -> None:
        super().__init__(regex, name=name, is_endpoint=True)
        # Where Django would keep the expression that it compiles when it is first needed.
        self.__dict__["regex"] = re.compile(regex, re.IGNORECASE)


def _route(path: str, view: type[View], name: str) -> URLPattern:
    pattern = AnyCasePattern(rf"^1\.2/{path}/?$", f"partner-{name}")
    return URLPattern(pattern, view.as_view(), None, f"partner-{name}")


_PLAYLIST: Any = r"playlists/(?P<id>[^/]+)"
urlpatterns = [
    _route("user/create", CreateUserView, "user-create"),
    _route("user/details", UserDetailsView, "user-details"),
    _route("user/unlimitedstreaming", SubscriptionView, "subscription"),
    _route("user/playlists", UserPlaylistsView, "user-playlists"),
    _route("playlists", PlaylistsView, "playlists"),
    _route(f"{_PLAYLIST}", OnePlaylistView, "playlist"),
    _route(f"{_PLAYLIST}/details", PlaylistDetailsView, "playlist-details"),
    _route(f"{_PLAYLIST}/tracks", PlaylistTracksView, "playlist-tracks"),
    _route(f"{_PLAYLIST}/tracks/(?P<item>[^/]+)", PlaylistTrackView, "playlist-track"),
    _route(f"{_PLAYLIST}/tracks/(?P<item>[^/]+)/move", MoveTrackView, "playlist-move"),
    _route("user/subscription/log", SubscriptionLogView, "subscription-log"),
    _route("catalogue/log", CatalogueLogView, "catalogue-log"),
    _route("user/preview/log", PreviewLogView, "user-preview-log"),
    _route("preview/log", PreviewLogView, "preview-log"),
    re_path(r"^1\.2/", no_such_route),
]
