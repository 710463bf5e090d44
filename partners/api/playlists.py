"""Routes of playlists."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

from partners.api.base import PartnerView
from partners.api.envelope import Hash, Items, moment
from partners.api.errors import PartnerError, invalid
from partners.api.paging import page_of
from partners.api.playlist_input import playlist_body, tracks_body
from partners.api.users import known_user
from partners.models import PartnerUser, Playlist
from partners.services import playlists as service
from partners.services.playlists import NoSuchPlaylist, TooManyTracks, Wanted

NOT_FOUND = "Playlist not found"


class PlaylistView(PartnerView):
    """What the routes of playlists have in common: the country, whose playlist it is, and who may change it."""

    def _answered(self, request: HttpRequest, path: dict[str, Any]) -> Any:
        try:
            return super()._answered(request, path)
        except NoSuchPlaylist as error:
            raise PartnerError(2001, NOT_FOUND) from error
        except TooManyTracks as error:
            raise invalid("tracks", f"more than {service.MOST_TRACKS}") from error

    def user(self) -> PartnerUser | None:
        """Return the user that `userId` names; None without it. Raises `PartnerError` for an unknown one."""
        user_id = self.parameters.text("userId")
        return known_user(self.partner, user_id) if user_id is not None else None

    def readable(self, id: str) -> Playlist:
        self.country()
        return service.find_playlist(self.partner, id, self.user())

    def owned(self, id: str) -> Playlist:
        """Return a playlist that the caller owns: the user that is named, or without one the partner itself."""
        self.country()
        user = self.user()
        found = service.find_playlist(self.partner, id, user)
        if found.user_id != (user.pk if user else None):
            raise NoSuchPlaylist(id)
        return found

    def playlist(self, playlist: Playlist, *, tracks: bool = True) -> HttpResponse:
        location = f"/1.2/playlists/{playlist.pk}"
        return self.ok({"playlist": playlist_answer(playlist, tracks=tracks)}, Location=location)


class PlaylistsView(PlaylistView):
    """GET and POST `/1.2/playlists`."""

    def on_get(self, request: HttpRequest) -> HttpResponse:
        self.country()
        return self.listed(None)

    def listed(self, user: PartnerUser | None) -> HttpResponse:
        tags = tuple(tag for tag in (self.parameters.text("tags") or "").split(",") if tag)
        wanted = Wanted(user=user, status=self.parameters.text("status"), tags=tags)
        rows, facts = page_of(self.parameters).of(service.list_playlists(self.partner, wanted))
        return self.ok({"playlists": {**facts, "playlist": [playlist_answer(row, tracks=False) for row in rows]}})

    def on_post(self, request: HttpRequest) -> HttpResponse:
        self.country()
        user = self.user()
        body = playlist_body(request, self.parameters, whole_playlist=True)
        made = service.create_playlist(partner=self.partner, user=user, details=body.details, tracks=body.tracks)
        return self.playlist(made)


class UserPlaylistsView(PlaylistsView):
    """GET `/1.2/user/playlists`."""

    def on_get(self, request: HttpRequest) -> HttpResponse:
        self.parameters.require("userId", "country")
        self.country()
        return self.listed(known_user(self.partner, self.parameters.required("userId")))

    def on_post(self, request: HttpRequest) -> HttpResponse:
        raise PartnerError(2001, "No such route.", status=405)


class OnePlaylistView(PlaylistView):
    """GET, POST and DELETE `/1.2/playlists/{id}`."""

    def on_get(self, request: HttpRequest, id: str) -> HttpResponse:
        return self.playlist(self.readable(id))

    def on_post(self, request: HttpRequest, id: str) -> HttpResponse:
        found = self.owned(id)
        body = playlist_body(request, self.parameters, whole_playlist=True)
        return self.playlist(service.replace_playlist(found, details=body.details, tracks=body.tracks))

    def on_delete(self, request: HttpRequest, id: str) -> HttpResponse:
        service.delete_playlist(self.owned(id))
        return self.ok({})


class PlaylistDetailsView(PlaylistView):
    """GET and POST `/1.2/playlists/{id}/details`."""

    def on_get(self, request: HttpRequest, id: str) -> HttpResponse:
        return self.playlist(self.readable(id), tracks=False)

    def on_post(self, request: HttpRequest, id: str) -> HttpResponse:
        found = self.owned(id)
        body = playlist_body(request, self.parameters, whole_playlist=False)
        return self.playlist(service.change_details(found, details=body.details), tracks=False)


class PlaylistTracksView(PlaylistView):
    """GET and POST `/1.2/playlists/{id}/tracks`."""

    def on_get(self, request: HttpRequest, id: str) -> HttpResponse:
        return self.ok({"tracks": tracks_answer(self.readable(id))})

    def on_post(self, request: HttpRequest, id: str) -> HttpResponse:
        found = self.owned(id)
        return self.playlist(service.append_tracks(found, tracks=tracks_body(request, self.parameters)))


class PlaylistTrackView(PlaylistView):
    """DELETE `/1.2/playlists/{id}/tracks/{item}`."""

    def on_delete(self, request: HttpRequest, id: str, item: str) -> HttpResponse:
        return self.playlist(service.remove_track(self.owned(id), item=item))


class MoveTrackView(PlaylistView):
    """POST `/1.2/playlists/{id}/tracks/{item}/move`."""

    def on_post(self, request: HttpRequest, id: str, item: str) -> HttpResponse:
        self.parameters.require("pos", "country")
        found = self.owned(id)
        return self.playlist(service.move_track(found, item=item, after=self.parameters.required("pos")))


def playlist_answer(playlist: Playlist, *, tracks: bool) -> dict[str, Any]:
    """Return a playlist as answers have it: with its tracks, or only with their number."""
    return {
        "@id": playlist.pk,
        "name": playlist.name,
        "status": playlist.status,
        "visibility": "Public" if playlist.is_public else "Private",
        "description": playlist.description,
        "tags": Items("tag", [{"name": tag} for tag in playlist.tags]),
        "annotations": Hash("annotation", playlist.annotations),
        "lastUpdated": moment(playlist.updated_at),
        "partnerId": playlist.partner.partner_id,
        **({"userId": playlist.user.user_id} if playlist.user else {}),
        **({"tracks": tracks_answer(playlist)} if tracks else {"trackCount": playlist.track_count}),
    }


def tracks_answer(playlist: Playlist) -> Items:
    return Items("track", [_track(track) for track in playlist.tracks])


def _track(track: dict[str, str]) -> dict[str, str]:
    others = {name: value for name, value in track.items() if name != "id"}
    return {"@id": track["id"], "playlistItemId": track["id"], **others}
