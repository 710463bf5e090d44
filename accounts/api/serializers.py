"""Bodies of the routes below /api/auth/."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from accounts.models import Role, Scope


class LoginSerializer(serializers.Serializer[Any]):
    username = serializers.CharField(max_length=150)
    password = serializers.CharField(max_length=1000, trim_whitespace=False, write_only=True)


class OrganisationSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    currency = serializers.CharField(help_text="ISO 4217.")
    role = serializers.ChoiceField(choices=Role.choices, allow_null=True, help_text="null for an API key.")


class LoggedInSerializer(serializers.Serializer[Any]):
    token = serializers.CharField(help_text="For `Authorization: Bearer …`; shown only here.")
    expires_at = serializers.DateTimeField()
    organisations = OrganisationSerializer(many=True)


class MeSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=["person", "key"])
    name = serializers.CharField(help_text="The user name, or `key:` and the key's prefix.")
    organisation = OrganisationSerializer(allow_null=True, help_text="The active one.")
    organisations = OrganisationSerializer(many=True)
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=Scope.choices))
