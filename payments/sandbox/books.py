"""The sandbox's own books, to hold the product's against."""

from dataclasses import dataclass
from typing import Any, TypedDict

from payments.sandbox.file import Rows, load

Json = dict[str, Any]


class Sums(TypedDict):
    """Minor units of one currency."""

    captured: int
    refunded: int


@dataclass(frozen=True)
class Captured:
    """An intent whose money was taken."""

    intent_id: str
    amount_minor: int
    refunded_minor: int
    currency: str
    metadata: dict[str, str]


def captured(rows: Rows) -> list[Captured]:
    """Every intent whose money was taken, oldest first."""
    charges = (load(row) for row in rows.all("SELECT body FROM objects WHERE kind = 'charge' ORDER BY seq"))
    return [_captured(charge) for charge in charges if charge["captured"]]


def sums(rows: Rows) -> dict[str, Sums]:
    """What was taken and what went back, by currency; refunds are added up from the refunds themselves."""
    totals: dict[str, Sums] = {}
    for row in rows.all("SELECT body FROM objects WHERE kind IN ('charge', 'refund')"):
        thing = load(row)
        total = totals.setdefault(thing["currency"], {"captured": 0, "refunded": 0})
        if thing["object"] == "refund":
            total["refunded"] += thing["amount"]
        else:
            total["captured"] += thing["amount_captured"]
    return totals


def _captured(charge: Json) -> Captured:
    return Captured(
        intent_id=charge["payment_intent"],
        amount_minor=charge["amount_captured"],
        refunded_minor=charge["amount_refunded"],
        currency=charge["currency"],
        metadata=charge["metadata"],
    )
