"""Authentication and permissions of every view: the caller, its organisation, and its access there.

A request is for one organisation: that of the API key, else the one named by `X-Organisation`, else the person's
first. An organisation that is not the caller's is 404, as if it did not exist.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import structlog
from django.contrib.auth.models import User
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, NotFound, PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from accounts import services
from accounts.models import ApiKey, LoginToken, Membership, Organisation, Role, Scope

KEY_HEADER = "X-Api-Key"
ORGANISATION_HEADER = "X-Organisation"
CHALLENGE = 'ApiKey realm="OAS", Bearer realm="OAS"'


@dataclass(frozen=True)
class KeyHolder:
    """`request.user` of a request with an API key: authenticated, but no person."""

    key: ApiKey
    is_authenticated: bool = True
    is_anonymous: bool = False
    is_active: bool = True
    is_staff: bool = False
    is_superuser: bool = False

    @property
    def pk(self) -> str:
        return self.get_username()

    def get_username(self) -> str:
        return f"key:{self.key.prefix}"

    def __str__(self) -> str:
        return self.get_username()


@dataclass(frozen=True)
class Access:
    """What a request may do in `organisation`. `role` is None for an API key."""

    organisation: Organisation
    scopes: frozenset[str]
    role: Role | None = None


class ApiKeyAuthentication(BaseAuthentication):
    """Authenticates by `X-Api-Key: <8 characters>.<32 characters>`."""

    def authenticate(self, request: Request) -> tuple[Any, ApiKey] | None:
        text = request.headers.get(KEY_HEADER)
        if text is None:
            return None
        key = services.find_key(text.strip())
        if key is None:
            raise AuthenticationFailed("This API key is unknown, revoked or expired.", code="invalid_api_key")
        return KeyHolder(key), key

    def authenticate_header(self, request: Request) -> str:
        return CHALLENGE


class BearerAuthentication(BaseAuthentication):
    """Authenticates by `Authorization: Bearer <token>`."""

    def authenticate(self, request: Request) -> tuple[User, LoginToken] | None:
        scheme, _, text = get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        token = services.find_login(text.strip().decode("latin-1"))
        if token is None:
            raise AuthenticationFailed("This token is unknown or expired: log in again.", code="invalid_token")
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return CHALLENGE


def access_of(request: Request) -> Access:
    """The access of `request`, found once and remembered.

    Raises NotFound for an organisation that is not the caller's, PermissionDenied for a person in no organisation.
    """
    # On Django's request, because DRF clones its own.
    found: Access | None = getattr(request._request, "oas_access", None)
    if found is None:
        found = _access_of(request)
        request._request.oas_access = found  # type: ignore[attr-defined]
        structlog.contextvars.bind_contextvars(organisation=found.organisation.pk, actor=actor_of(request))
    return found


def organisation_of(request: Request) -> Organisation:
    """The active organisation of `request`. Raises NotFound, PermissionDenied (see `access_of`)."""
    return access_of(request).organisation


def actor_of(request: Request) -> str:
    """The caller as a short label for histories: `alice`, or `key:abcd1234`."""
    return str(request.user.get_username())


def memberships_of(request: Request) -> list[Membership]:
    """The memberships of the calling person, the first one first; empty for an API key."""
    found: list[Membership] | None = getattr(request._request, "oas_memberships", None)
    if found is None:
        found = [] if isinstance(request.auth, ApiKey) else services.memberships(user=request.user)
        request._request.oas_memberships = found  # type: ignore[attr-defined]
    return found


class OrganisationAccess(BasePermission):
    """Allows reading with the scope `read` (any role), everything else with `write` (member or owner)."""

    message = "You may read here, but not change anything."

    def has_permission(self, request: Request, view: Any) -> bool:
        if not request.user.is_authenticated:
            return False
        needed = Scope.READ if request.method in SAFE_METHODS else Scope.WRITE
        return needed in access_of(request).scopes


class OwnerOnly(OrganisationAccess):
    """Allows owners of the organisation alone; no API key is an owner."""

    message = "Only an owner of the organisation may do this."

    def has_permission(self, request: Request, view: Any) -> bool:
        return super().has_permission(request, view) and access_of(request).role is Role.OWNER


def _access_of(request: Request) -> Access:
    wanted = request.headers.get(ORGANISATION_HEADER)
    if isinstance(request.auth, ApiKey):
        return _key_access(request.auth, wanted)
    return _person_access(memberships_of(request), wanted)


def _key_access(key: ApiKey, wanted: str | None) -> Access:
    if wanted is not None and wanted.strip() != str(key.organisation_id):
        raise _no_such_organisation()
    return Access(organisation=key.organisation, scopes=frozenset(key.scopes))


def _person_access(memberships: list[Membership], wanted: str | None) -> Access:
    if not memberships:
        raise PermissionDenied("You are in no organisation yet: ask an owner to add you.", code="no_organisation")
    if wanted is not None:
        memberships = [each for each in memberships if str(each.organisation_id) == wanted.strip()]
        if not memberships:
            raise _no_such_organisation()
    first = memberships[0]
    return Access(organisation=first.organisation, scopes=frozenset(first.scopes), role=Role(first.role))


def _no_such_organisation() -> NotFound:
    return NotFound(f"{ORGANISATION_HEADER} names no organisation of yours.", code="organisation_not_found")
