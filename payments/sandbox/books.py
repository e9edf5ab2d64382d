"""The sandbox's own books, to hold the product's against."""

from dataclasses import dataclass
from typing import Any, TypedDict

from payments.sandbox.file import Rows, load

Json = dict[str, Any]
TAKEN = "('needs_response', 'under_review', 'lost')"  # the states of a dispute in which a bank has the money


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


def balance(rows: Rows, currency: str) -> int:
    """What is ours to send: captures less refunds, transfers that stayed away and what disputes hold or kept.

    All of it is there at once; nothing is taken for fees and nothing is paid out to a bank.
    """
    sums = (
        _sum(rows, "kind = 'charge'", "amount_captured", currency),
        -_sum(rows, "kind = 'refund'", "amount", currency),
        -_sum(rows, "kind = 'transfer'", "amount", currency),
        _sum(rows, "kind = 'transfer_reversal'", "amount", currency),
        -_sum(rows, "kind = 'dispute' AND json_extract(body, '$.status') IN " + TAKEN, "amount", currency),
    )
    return sum(sums)


def sent_on(rows: Rows, charge_id: str) -> int:
    """What transfers from this charge took and did not give back."""
    where = "kind = 'transfer' AND json_extract(body, '$.source_transaction') = ?"
    return _rest(rows, where, charge_id)


def held_by(rows: Rows, account_id: str, currency: str) -> int:
    """What a connected account was sent and has neither given back nor paid out."""
    where = "kind = 'transfer' AND json_extract(body, '$.destination') = ? AND json_extract(body, '$.currency') = ?"
    account = rows.get("account", account_id) or {}
    paid_out: int = account.get("_paid_out", {}).get(currency, 0)
    return _rest(rows, where, account_id, currency) - paid_out


def currencies_of(rows: Rows, account_id: str) -> list[str]:
    """The currencies in which an account was sent something."""
    sql = """SELECT DISTINCT json_extract(body, '$.currency') AS currency FROM objects
        WHERE kind = 'transfer' AND json_extract(body, '$.destination') = ?"""
    return [row["currency"] for row in rows.all(sql, account_id)]


def _sum(rows: Rows, where: str, field: str, currency: str) -> int:
    sql = f"SELECT sum(json_extract(body, '$.{field}')) AS total FROM objects WHERE {where}"  # noqa: S608 - our words
    row = rows.one(f"{sql} AND json_extract(body, '$.currency') = ?", currency)
    return int(row["total"] or 0) if row else 0


def _rest(rows: Rows, where: str, *values: str) -> int:
    amounts = "json_extract(body, '$.amount') - json_extract(body, '$.amount_reversed')"
    row = rows.one(f"SELECT sum({amounts}) AS total FROM objects WHERE {where}", *values)  # noqa: S608 - our words
    return int(row["total"] or 0) if row else 0


def _captured(charge: Json) -> Captured:
    return Captured(
        intent_id=charge["payment_intent"],
        amount_minor=charge["amount_captured"],
        refunded_minor=charge["amount_refunded"],
        currency=charge["currency"],
        metadata=charge["metadata"],
    )
