"""Views that log in and out, and show the caller and its access."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework.exceptions import AuthenticationFailed, ParseError, PermissionDenied
from rest_framework.permissions import AllowAny, BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import services
from accounts.access import (
    CHALLENGE,
    OrganisationAccess,
    OwnerOnly,
    access_of,
    actor_of,
    memberships_of,
    organisation_of,
)
from accounts.api.serializers import LoggedInSerializer, LoginSerializer, MeSerializer, SettingsSerializer
from accounts.models import ApiKey, LoginToken, Membership, Organisation
from accounts.throttling import LoginThrottle
from oas.api.openapi import ErrorEnvelope, error_example

LABEL = {"id": 1, "name": "Label A", "currency": "EUR", "role": "owner"}


class LoginView(APIView):
    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = (LoginThrottle,)

    @extend_schema(
        operation_id="login",
        summary="Log in",
        description="A bearer token for a person, good for seven days, or until the password changes. Five wrong "
        "passwords for a name from an address lock both out for 15 minutes (429).",
        tags=["Access"],
        auth=[],
        request=LoginSerializer,
        responses={
            200: LoggedInSerializer,
            401: OpenApiResponse(ErrorEnvelope, description="The user name or the password is wrong."),
        },
        examples=[
            OpenApiExample("Login", value={"username": "alice", "password": "correct horse"}, request_only=True),
            OpenApiExample(
                "Logged in",
                value={
                    "token": "mP1…43 characters",
                    "expires_at": "2026-01-08T12:00:00Z",
                    "organisations": [LABEL],
                },
                response_only=True,
                status_codes=["200"],
            ),
            OpenApiExample(
                "Wrong",
                value=error_example("client_error", "wrong_password", "The user name or the password is wrong."),
                response_only=True,
                status_codes=["401"],
            ),
        ],
    )
    def post(self, request: Request) -> Response:
        given = LoginSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        user = authenticate(request._request, **given.validated_data)
        if not isinstance(user, User):
            raise AuthenticationFailed("The user name or the password is wrong.", code="wrong_password")
        user_logged_in.send(sender=User, request=request._request, user=user)  # django-axes forgets earlier failures
        token, text = services.log_in(user)
        organisations = [_label(each) for each in services.memberships(user=user)]
        body = {"token": text, "expires_at": token.expires_at, "organisations": organisations}
        return Response(LoggedInSerializer(body).data)

    def get_authenticate_header(self, request: Request) -> str:
        return CHALLENGE


class LogoutView(APIView):
    permission_classes = (IsAuthenticated,)

    @extend_schema(
        operation_id="logout",
        summary="Log out",
        description="Ends the bearer token that the request is made with. A request made otherwise has none: 400.",
        tags=["Access"],
        request=None,
        responses={
            204: OpenApiResponse(description="The token is no longer valid."),
            400: OpenApiResponse(ErrorEnvelope, description="The request was not made with a bearer token."),
        },
        examples=[
            OpenApiExample(
                "No token",
                value=error_example("client_error", "parse_error", "Only a bearer token can be logged out."),
                response_only=True,
                status_codes=["400"],
            )
        ],
    )
    def post(self, request: Request) -> Response:
        if not isinstance(request.auth, LoginToken):
            raise ParseError("Only a bearer token can be logged out.")
        services.log_out(request.auth)
        return Response(status=204)


class MeView(APIView):
    permission_classes = (IsAuthenticated,)

    @extend_schema(
        operation_id="me",
        summary="Show the caller",
        description="The person or the API key that calls, the active organisation, and what they may do in it.",
        tags=["Access"],
        responses=MeSerializer,
        examples=[
            OpenApiExample(
                "Alice",
                value={
                    "kind": "person",
                    "name": "alice",
                    "organisation": LABEL,
                    "organisations": [LABEL],
                    "scopes": ["read", "write"],
                },
                response_only=True,
                status_codes=["200"],
            )
        ],
    )
    def get(self, request: Request) -> Response:
        return Response(MeSerializer(_me(request)).data)


class OrganisationView(APIView):
    """What the active organisation decides for itself; only an owner changes it."""

    def get_permissions(self) -> list[BasePermission]:
        return [OwnerOnly() if self.request.method == "PATCH" else OrganisationAccess()]

    @extend_schema(
        operation_id="show_organisation_settings",
        summary="Show the settings of the organisation",
        description="What the active organisation decides for itself.",
        tags=["Access"],
        responses=SettingsSerializer,
        examples=[OpenApiExample("Settings", value={"most_rejected": "1"}, response_only=True)],
    )
    def get(self, request: Request) -> Response:
        return Response(SettingsSerializer(organisation_of(request)).data)

    @extend_schema(
        operation_id="change_organisation_settings",
        summary="Change the settings of the organisation",
        description="For owners. Sales files that are processed from now on are judged by them.",
        tags=["Access"],
        request=SettingsSerializer,
        responses=SettingsSerializer,
        examples=[OpenApiExample("Settings", value={"most_rejected": "0.5"})],
    )
    def patch(self, request: Request) -> Response:
        given = SettingsSerializer(data=request.data, partial=True)
        given.is_valid(raise_exception=True)
        organisation = services.change_settings(organisation_of(request), **given.validated_data)
        return Response(SettingsSerializer(organisation).data)


def _me(request: Request) -> dict[str, Any]:
    active, scopes = _active(request)
    is_key = isinstance(request.auth, ApiKey)
    return {
        "kind": "key" if is_key else "person",
        "name": actor_of(request),
        "organisation": active,
        "organisations": [active] if is_key else [_label(each) for each in memberships_of(request)],
        "scopes": sorted(scopes),
    }


def _active(request: Request) -> tuple[dict[str, Any] | None, frozenset[str]]:
    """The active organisation and the scopes there; None and no scope for a person in no organisation."""
    try:
        access = access_of(request)
    except PermissionDenied:
        return None, frozenset()
    return _fields(access.organisation, access.role), access.scopes


def _label(membership: Membership) -> dict[str, Any]:
    return _fields(membership.organisation, membership.role)


def _fields(organisation: Organisation, role: str | None) -> dict[str, Any]:
    return {"id": organisation.pk, "name": organisation.name, "currency": organisation.currency, "role": role}
