"""Bodies of the routes below /api/auth/."""

from __future__ import annotations

from decimal import Decimal
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


class SettingsSerializer(serializers.Serializer[Any]):
    """What an organisation decides for itself."""

    most_rejected = serializers.DecimalField(
        max_digits=7,
        decimal_places=4,
        min_value=Decimal(0),
        max_value=Decimal(100),
        normalize_output=True,
        help_text="Percent of a sales file's lines, and of its money, that may be rejected before the file waits for a "
        "person (`many_rejects`). 0: any rejected line makes it wait.",
    )


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
