"""Rows of the partner platform. Every one belongs to a partner, and a partner to one organisation."""

from partners.models.partners import ConsumerKey, Partner
from partners.models.playlists import Playlist
from partners.models.plays import Play
from partners.models.users import PartnerUser, Subscription

__all__ = ["ConsumerKey", "Partner", "PartnerUser", "Play", "Playlist", "Subscription"]
