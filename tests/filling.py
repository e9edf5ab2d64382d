"""The forms of a page, as a browser would send them."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any


class _Forms(HTMLParser):
    """The forms of a page with their fields' values."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[dict[str, Any]] = []
        self._select: str | None = None
        self._area: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        at = dict(attrs)
        if tag == "form":
            self.forms.append(
                {"action": at.get("action") or "", "id": at.get("id"), "method": at.get("method"), "fields": {}}
            )
        name, fields = at.get("name"), self.forms[-1]["fields"] if self.forms else {}
        if tag == "input" and name and at.get("type") not in ("submit", "button", "file"):
            if at.get("type") not in ("radio", "checkbox") or "checked" in at:
                fields[name] = at.get("value") or ""
            else:
                fields.setdefault(name, None)
        elif tag == "select" and name:
            self._select = name
        elif tag == "option" and self._select and (self._select not in fields or "selected" in at):
            fields[self._select] = at.get("value") or ""
        elif tag == "textarea" and name:
            self._area = name
            fields[name] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = None
        elif tag == "textarea":
            self._area = None

    def handle_data(self, data: str) -> None:
        if self._area and self.forms:
            self.forms[-1]["fields"][self._area] += data


def forms_of(html: str) -> list[dict[str, Any]]:
    """The forms of a page: action, id and the fields as a browser would send them."""
    parser = _Forms()
    parser.feed(html)
    return parser.forms
