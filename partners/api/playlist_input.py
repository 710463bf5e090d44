"""Bodies that describe playlists: JSON, XML, or a form whose lists are JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from xml.etree.ElementTree import Element

from django.http import HttpRequest

from partners.api.base import json_body
from partners.api.errors import PartnerError, invalid, missing
from partners.api.parameters import Parameters, is_form, whole
from partners.api.xml_input import children, is_xml, name_of, text_of, xml_body
from partners.services.playlists import Details, Track

TRACK_FIELDS: Final = (
    "trackId", "trackTitle", "trackVersion", "artistId", "artistAppearsAs", "releaseId", "releaseTitle",
    "releaseArtistId", "releaseArtistAppearsAs", "releaseVersion", "source", "audioUrl", "image",
)  # fmt: skip
IDS: Final = ("trackId", "artistId", "releaseId", "releaseArtistId")
OUR_SOURCE: Final = "7digital"
LONGEST_NAME: Final = 255
LONGEST_STATUS: Final = 50
LONGEST_TEXT: Final = 2000
MOST_TAGS: Final = 100
VISIBILITY: Final = {"public": True, "private": False}

Given = Mapping[str, Any]


@dataclass(frozen=True)
class PlaylistBody:
    """What a body says: the details, and the tracks if it has any."""

    details: Details
    tracks: list[Track]


def playlist_body(request: HttpRequest, parameters: Parameters, *, whole_playlist: bool) -> PlaylistBody:
    """Return what the body says of a playlist. With `whole_playlist` a name is required. Raises `PartnerError`."""
    given = _given(request, parameters)
    name = _text(given, "name", LONGEST_NAME)
    if whole_playlist and not name:
        raise missing("name")
    details = Details(
        name=name or None,
        status=_text(given, "status", LONGEST_STATUS),
        is_public=_visibility(given),
        description=_text(given, "description", 0),
        tags=_tags(given),
        annotations=_annotations(given),
    )
    return PlaylistBody(details, _tracks(given.get("tracks", [])))


def tracks_body(request: HttpRequest, parameters: Parameters) -> list[Track]:
    """Return the tracks of a body that is an array of them, or has them in `tracks`. Raises `PartnerError`."""
    if is_xml(request):
        root = xml_body(request)
        return _tracks([_xml_track(child) for child in children(root, "track")])
    found = _form_value(parameters, "tracks") if is_form(request) else json_body(request)
    tracks = found.get("tracks") if isinstance(found, dict) else found
    if not tracks:
        raise missing("tracks")
    return _tracks(tracks)


# --- the three kinds of body ---


def _given(request: HttpRequest, parameters: Parameters) -> Given:
    if is_xml(request):
        return _from_xml(xml_body(request))
    if is_form(request):
        return _from_form(parameters)
    found = json_body(request)
    if not isinstance(found, dict):
        raise PartnerError(1002, "The body is no playlist.")
    return found


def _from_form(parameters: Parameters) -> Given:
    names = ("name", "status", "visibility", "description")
    texts = {name: value for name in names if (value := parameters.text(name)) is not None}
    lists = {name: _form_value(parameters, name) for name in ("tracks", "tags", "annotations") if parameters.text(name)}
    return {**texts, **lists}


def _form_value(parameters: Parameters, name: str) -> Any:
    text = parameters.text(name) or "[]"
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise invalid(name, text) from error


def _from_xml(root: Element) -> Given:
    readers: dict[str, Callable[[Element], Any]] = {
        "tracks": lambda element: [_xml_track(child) for child in children(element, "track")],
        "tags": lambda element: [{"name": _xml_tag(child)} for child in children(element, "tag")],
        "annotations": lambda element: {
            child.get("key", ""): text_of(child) for child in children(element, "annotation")
        },
    }
    return {name: readers.get(name, text_of)(child) for child in root for name in [name_of(child)]}


def _xml_tag(element: Element) -> str:
    names = children(element, "name")
    return text_of(names[0]) if names else text_of(element)


def _xml_track(element: Element) -> dict[str, str]:
    return {name_of(child): text_of(child) for child in element}


# --- what each field may be ---


def _text(given: Given, name: str, longest: int) -> str | None:
    value = given.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or "\0" in value or (longest and len(value) > longest):
        raise invalid(name, value)
    return value


def _visibility(given: Given) -> bool | None:
    value = given.get("visibility")
    if value in (None, ""):
        return None
    if not isinstance(value, str) or value.lower() not in VISIBILITY:
        raise invalid("visibility", value)
    return VISIBILITY[value.lower()]


def _tags(given: Given) -> tuple[str, ...] | None:
    tags = given.get("tags")
    if tags is None:
        return None
    if not isinstance(tags, list) or len(tags) > MOST_TAGS:
        raise invalid("tags", "")
    return tuple(_tag(tag) for tag in tags)


def _tag(tag: object) -> str:
    name = tag.get("name") if isinstance(tag, dict) else tag
    if not isinstance(name, str) or not name or "\0" in name or len(name) > LONGEST_NAME:
        raise invalid("tags", name)
    return name


def _annotations(given: Given) -> dict[str, str] | None:
    found = given.get("annotations")
    if found is None or found == []:
        return None
    sound = isinstance(found, dict) and len(found) <= MOST_TAGS
    if not sound or not all(isinstance(value, str | int) for value in found.values()):
        raise invalid("annotations", "")
    texts = {str(key): str(value) for key, value in found.items()}
    if any("\0" in text or len(text) > LONGEST_TEXT for pair in texts.items() for text in pair):
        raise invalid("annotations", "")
    return texts


def _tracks(tracks: object) -> list[Track]:
    if not isinstance(tracks, list):
        raise invalid("tracks", "")
    return [_track(track) for track in tracks]


def _track(track: object) -> Track:
    if not isinstance(track, dict):
        raise invalid("tracks", track)
    said = {name: _track_text(track, name) for name in TRACK_FIELDS if track.get(name) not in (None, "")}
    named_source = said.get("source") == OUR_SOURCE
    # Of a track that names no source, its title is enough: the platform's own guide lists no id.
    if "trackId" not in said and (named_source or "trackTitle" not in said):
        raise missing("trackId")
    return {"source": OUR_SOURCE, **said}


def _track_text(track: Mapping[str, object], name: str) -> str:
    value = track[name]
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise invalid(name, value)
    text = str(value)
    if name in IDS and track.get("source", OUR_SOURCE) == OUR_SOURCE:
        return str(whole(name, text))
    if "\0" in text or len(text) > LONGEST_TEXT:
        raise invalid(name, text)
    return text
