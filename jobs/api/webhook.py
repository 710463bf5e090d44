"""The webhook that Glider calls when a job has ended (Standard Webhooks)."""

from __future__ import annotations

from django.http import HttpRequest
from pydantic import ValidationError as MalformedBody
from rest_framework.exceptions import APIException
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from glider.contract import JobFinished
from jobs.api import docs
from jobs.services.finishing import notified
from oas.api.errors import TooLarge
from oas.api.refusals import Refused, answer_to
from oas.kernel.config import config

MOST_BYTES = 16 * 1024


class BadSignature(APIException):
    status_code = 401
    default_detail = "The signature does not fit."
    default_code = "bad_signature"


class BadNotification(APIException):
    status_code = 400
    default_detail = "The body is not that of a finished job."
    default_code = "malformed"


class GliderWebhookView(APIView):
    """Takes notifications; their signature is all the authentication."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = ()

    @docs.glider_webhook
    def post(self, request: Request) -> Response:
        event = _verified(request._request)
        try:
            effect = notified(event)
        except Refused as refused:
            raise answer_to(refused) from refused
        return Response({"job": str(event.job), "effect": effect})


def _verified(request: HttpRequest) -> JobFinished:
    """The notification in `request`. Raises `TooLarge`, `BadSignature`, `BadNotification`."""
    # The signature covers the bytes as they came, so it is checked before anything is parsed.
    body = request.body
    if len(body) > MOST_BYTES:
        raise TooLarge
    if not any(_fits(secret.get_secret_value(), body, request) for secret in config().webhook_secret):
        raise BadSignature
    try:
        return JobFinished.model_validate_json(body)
    except MalformedBody:
        raise BadNotification from None


def _fits(secret: str, body: bytes, request: HttpRequest) -> bool:
    try:
        Webhook(secret).verify(body, dict(request.headers), json_parse=False)
    except (WebhookVerificationError, ValueError):  # a header that is not base64, a body that is not UTF-8
        return False
    return True
