"""XML bodies: read by a parser that refuses every DTD, and so every entity, within limits of depth and number."""

from __future__ import annotations

from io import BytesIO
from typing import Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse
from django.http import HttpRequest

from partners.api.errors import PartnerError

DEEPEST: Final = 12  # elements within elements
MOST_ELEMENTS: Final = 50_000


def xml_body(request: HttpRequest) -> Element:
    """Return the root of the body's XML. Raises `PartnerError` 1002: no XML, a DTD, too deep, too many elements."""
    depth = count = 0
    root: Element | None = None
    try:
        for event, element in iterparse(BytesIO(request.body), events=("start", "end"), forbid_dtd=True):
            depth += 1 if event == "start" else -1
            count += event == "start"
            root = element if root is None else root
            if depth > DEEPEST or count > MOST_ELEMENTS:
                raise PartnerError(1002, "The XML body is too large.")
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise PartnerError(1002, "The body cannot be read as XML.") from error
    assert root is not None
    return root


def name_of(element: Element) -> str:
    """Return the name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def children(element: Element, name: str = "") -> list[Element]:
    """Return the children called `name`, in any case; without a name all of them."""
    return [child for child in element if not name or name_of(child).lower() == name.lower()]


def text_of(element: Element) -> str:
    """Return the text of an element as it was sent."""
    return element.text or ""


def is_xml(request: HttpRequest) -> bool:
    """Whether the body says that it is XML."""
    kind = (request.content_type or "").lower()
    return kind in ("text/xml", "application/xml") or kind.endswith("+xml")
