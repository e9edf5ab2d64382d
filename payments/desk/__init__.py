"""The desk of money: what operators see of it and do with it, and what those whom we owe see of theirs."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from flask_babel import lazy_gettext as _l

from kernel.house import DeskItem, House
from kernel.viewer import Viewer

bp = Blueprint("desk_payments", __name__, url_prefix="/desk/payments")

from payments.desk import charges, disputes, giving, journal, notices, reconciliation, refunds  # noqa: E402, F401 - routes hang on the blueprint

HEAD = _l("Money")
RAIL: tuple[tuple[str, Any, str, int, tuple[str, ...]], ...] = (
    ("coins", _l("Charges"), "charges", 50, ("desk_payments.charge", "desk_payments.refund")),
    ("undo-2", _l("Refunds"), "refunds", 51, ("desk_payments.outside",)),
    ("circle-alert", _l("Disputes"), "disputes", 52, ("desk_payments.dispute",)),
    ("scale", _l("Reconciliation"), "reconciliation", 57, ("desk_payments.finding",)),
    ("inbox", _l("Notices"), "notices", 58, ()),
    ("scroll-text", _l("Journal"), "journal", 59, ("desk_payments.books", "desk_payments.accounts")),
)
SENTENCES = {
    "payments.not_parked": _l("This is not parked any more: somebody let it go on, or it was done."),
    "entry.payments.dispute_held": _l("Held by a bank in a dispute"),
    "entry.payments.dispute_let_go": _l("A bank let go of it"),
    "entry.payments.dispute_twice": _l("A bank took what had gone back already"),
    "entry.payments.refund_failed": _l("A refund that came back"),
    "entry.payments.refund_outside": _l("A refund by bank transfer"),
    "entry.payments.refund_sent_again": _l("A refund sent again"),
    "owner.gateway": _l("Stripe"),
    "owner.bank": _l("Our bank"),
    "account.charges": _l("Payments"),
    "account.disputes": _l("Held in disputes"),
    "account.given_twice": _l("Gone back twice"),
    "account.unreturned": _l("Refunds that came back"),
    "account.refunds": _l("Refunds"),
    "account.payouts": _l("Payouts"),
    "account.transfers": _l("Transfers"),
    "account.commission": _l("Commission"),
    "account.shipping": _l("Post"),
}


def contribute(house: House) -> None:
    """Bring charges, refunds, notices and the journal to the desk of operators, and what is parked to today's queue."""
    from payments import disputes as claims
    from payments import inbox
    from payments.desk import today
    from payments.reconciliation import findings
    from payments.refunds import giving as given
    from payments.refunds import outside

    house.blueprint(bp)
    house.say(SENTENCES)
    house.tallies |= inbox.tallies() | claims.tallies() | findings.tallies()
    house.today += [disputes.waiting, today.waiting, reconciliation.waiting]
    house.acts |= {given.ACT: giving.act(), outside.ACT: refunds.act()}
    house.desk += [
        DeskItem(HEAD, icon, label, f"desk_payments.{name}", order, _is_operator, also)
        for icon, label, name, order, also in RAIL
    ]


def _is_operator(viewer: Viewer) -> bool:
    return viewer.has("operator")
