"""Routes of usage logs."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from partners.api.base import PartnerView, json_body, refuse_often
from partners.api.errors import PartnerError, invalid, missing
from partners.api.usage_items import Around, played_item
from partners.api.xml_input import children, is_xml, name_of, text_of, xml_body
from partners.choices import PlayKind
from partners.services.usage_logs import PlayedItem, store_plays, subscribers

MOST_ITEMS: Final = 500
PREVIEWS_A_SECOND: Final = 5  # requests of one key
NEVER: Final = "User has never had a subscription"


class UsageLogView(PartnerView):
    """What the routes of usage logs have in common: read the items, check all, store all or none."""

    kind: ClassVar[PlayKind]
    items_name: ClassVar[str] = "playLogItem"

    def on_post(self, request: HttpRequest) -> HttpResponse:
        self.parameters.require("country")
        items = self.items(request)
        if not items:
            raise missing(self.items_name)
        if len(items) > MOST_ITEMS:
            raise PartnerError(1003, f"A request may have {MOST_ITEMS} logs at most")
        around = Around(
            kind=self.kind,
            user_id=self.parameters.text("userId"),
            country=self.country(),
            countries=frozenset(self.partner.countries),
            now=timezone.now(),
        )
        plays = self.checked(items, around)
        self.refuse_strangers(plays)
        store_plays(key=self.key, kind=self.kind, items=plays)
        return self.stored(len(plays))

    def items(self, request: HttpRequest) -> list[Any]:
        """Return the items of the body, JSON or XML. Raises `PartnerError` 1002."""
        if is_xml(request):
            root = xml_body(request)
            alone = name_of(root).lower() == self.items_name.lower()
            elements = [root] if alone else children(root, self.items_name)
            return [{name_of(child): text_of(child) for child in element} for element in elements]
        body = json_body(request)
        if not isinstance(body, dict):
            raise PartnerError(1002, "The body is no log.")
        found = next((value for name, value in body.items() if name.lower() == self.items_name.lower()), None)
        # One object stands for a list of one.
        return [found] if isinstance(found, dict) else found if isinstance(found, list) else []

    def checked(self, items: list[Any], around: Around) -> list[PlayedItem]:
        """Return the items as plays. Raises the error of the first bad one."""
        return [played_item(item, around) for item in items]

    def refuse_strangers(self, plays: list[PlayedItem]) -> None:
        """Raise `PartnerError` where a play is of a user that may not have it; elsewhere users are not checked."""

    def stored(self, count: int) -> HttpResponse:
        return self.ok({"playLogs": {"count": count}})


class SubscriptionLogView(UsageLogView):
    """POST `/1.2/user/subscription/log`: of users that have, or once had, a subscription."""

    kind = PlayKind.SUBSCRIPTION

    def refuse_strangers(self, plays: list[PlayedItem]) -> None:
        known = subscribers(self.partner, [play.user_id for play in plays])
        for play in plays:
            if play.user_id not in known:
                raise invalid("userId", play.user_id)
            if not known[play.user_id]:
                raise PartnerError(1003, NEVER)


class CatalogueLogView(UsageLogView):
    """POST `/1.2/catalogue/log`."""

    kind = PlayKind.CATALOGUE


class PreviewLogView(UsageLogView):
    """POST `/1.2/user/preview/log` and `/1.2/preview/log`: JSON only, with every bad item in the refusal."""

    kind = PlayKind.PREVIEW
    items_name = "logs"

    def throttle(self) -> None:
        super().throttle()
        if self.request.method == "POST":
            refuse_often(f"partner:preview:{self.key.pk}", PREVIEWS_A_SECOND, window=1)

    def items(self, request: HttpRequest) -> list[Any]:
        if is_xml(request):
            raise PartnerError(1002, "Previews are logged in JSON.")
        return super().items(request)

    def checked(self, items: list[Any], around: Around) -> list[PlayedItem]:
        plays, faults = [], []
        for index, item in enumerate(items):
            try:
                plays.append(played_item(item, around))
            except PartnerError as error:
                faults.append({"code": error.code, "message": error.text, "index": index})
        if faults:
            raise PartnerError(1008, "One or more logs contain an error", items=faults)
        return plays

    def stored(self, count: int) -> HttpResponse:
        return self.ok({})
