"""How money's states read at the desk: a word and the kind of tag for each; lists in pages of older ones."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import request, url_for
from flask_babel import lazy_gettext as _l

from kernel import house
from kernel.house import Cause
from kernel.owners import names
from kernel.web import addresses

CHARGES: dict[str, tuple[Any, str]] = {
    "open": (_l("Asked"), "wait"),
    "paid": (_l("Paid"), "done"),
    "waived": (_l("Nothing to pay"), "off"),
    "lapsed": (_l("Lapsed"), "off"),
    "refused": (_l("Refused"), "need"),
}
REFUNDS: dict[str, tuple[Any, str]] = {
    "waiting": (_l("On its way"), "wait"),
    "asked": (_l("On its way"), "wait"),
    "parked": (_l("Parked"), "need"),
    "failed": (_l("Sent back"), "need"),
    "done": (_l("Returned"), "done"),
    "void": (_l("Called off"), "off"),
}
REFUND_SHOWS = {
    "waiting": _l("On their way"),
    "parked": _l("Need you"),
    "done": _l("Returned"),
    "void": _l("Called off"),
}
NOTICES: dict[str, tuple[Any, str]] = {
    "waiting": (_l("Waiting"), "wait"),
    "parked": (_l("Parked"), "need"),
    "handled": (_l("Handled"), "done"),
}
VOIDED = {
    "payments.disputed": _l("the payer's bank held the money"),
    "payments.asked_again": _l("the payer's bank held the money; it was asked for again"),
    "payments.taken_elsewhere": _l("the money had gone back another way"),
    "payments.charged_back": _l("a bank took a part of the payment: Stripe sends no more of it"),
}
SOURCES = {
    "ours": "",
    "elsewhere": _l("made at Stripe"),
    "dispute": _l("a dispute that was lost"),
    "bank": _l("by bank transfer"),
}
LONGEST = 120


def purposes() -> dict[str, Any]:
    """What charges are for, by the name of the purpose."""
    known = house.current().purposes
    return {name: purpose.label or name for name, purpose in sorted(known.items())}


def payers(ids: Iterable[int | None]) -> dict[int, str]:
    """The names of those who pay, or who did something, in one query."""
    wanted = {member_id for member_id in ids if member_id}
    return house.current().payers(wanted) if wanted else {}


def owners(named: Iterable[str]) -> dict[str, Cause]:
    """What accounts' owners such as "member:7", "brand:2" and "gateway" are called, in one query; payees with the
    address of their statement.
    """
    known = {owner: Cause(word, None) for owner, word in _said("owner").items()}
    return known | {owner: Cause(name, _statement(owner)) for owner, name in names(named).items()}


def accounts() -> dict[str, Any]:
    """What whoever posts to accounts calls them, by their names; an account without words is called by its name."""
    return _said("account")


def reasons(named: Iterable[str]) -> dict[str, Any]:
    """What whoever posts entries calls their reasons; a reason without words is itself."""
    known = house.current().sentences
    return {reason: known.get(f"entry.{reason}", reason) for reason in named}


def _said(about: str) -> dict[str, Any]:
    """The words of the house that begin as keys of this kind do."""
    known = house.current().sentences.items()
    return {key.removeprefix(f"{about}."): word for key, word in known if key.startswith(f"{about}.")}


def _statement(owner: str) -> str | None:
    kind, _colon, number = owner.partition(":")
    return url_for("desk_payouts.statement", name=f"{kind}-{number}") if kind in house.current().payees else None


def chosen(name: str, known: Iterable[str]) -> str:
    """What the address says, if it is one of these."""
    said = request.args.get(name, "")
    return said if said in known else ""


def typed(name: str = "q") -> str:
    """What was typed into the search, or stands in another field of the address, within reason."""
    return " ".join(request.args.get(name, "").replace("\0", "").split())[:LONGEST]


def pages(endpoint: str, rows: list[Any], most: int, **values: Any) -> dict[str, Any]:
    """The rows of one page, and the addresses of the next older one and of the newest."""
    kept = {name: value for name, value in values.items() if value}
    shown = rows[:most]
    return {
        "rows": shown,
        "older": url_for(endpoint, **kept, before=shown[-1].id) if len(rows) > most else None,
        "newer": url_for(endpoint, **kept) if addresses.seen() else None,
    }
