"""Payouts at the desk: what is owed to whom, preparing it, sending it, and what a payee reads of its own."""

from __future__ import annotations

from flask import Blueprint
from flask_babel import lazy_gettext as _l

from kernel.house import DeskItem, House
from kernel.worker import Chore

bp = Blueprint("desk_payouts", __name__, url_prefix="/desk")

SENTENCES = {
    "payments.nothing_to_prepare": _l("Nothing is owed that is not prepared already."),
    "payments.payout_changed": _l("This payout is another one by now. Look at it anew before you send it."),
    "entry.payments.payout_sent": _l("Payout sent"),
    "entry.payments.payout_came_back": _l("Payout that came back"),
    "entry.payments.transfer_sent": _l("Transfer sent"),
    "entry.payments.transfer_reversed": _l("Transfer taken back"),
    "payments.not_connected": _l("This payee cannot receive by Stripe. Send it by bank transfer."),
}


def contribute(house: House) -> None:
    """Bring payouts, their transfers and the first of the month into the house."""
    from payments import statements
    from payments.desk.payouts import approving, paying, reading  # noqa: F401 - importing pages adds their routes
    from payments.payees import Payee
    from payments.payouts import invariants, preparing, reversing, rows, sending, transferring

    house.blueprint(bp)
    house.desk += _desk_items()
    house.tallies |= statements.tallies()
    house.today.append(paying.waiting)
    house.say(SENTENCES)
    house.acts[sending.ACT] = approving.act()
    house.chores += [
        Chore("payees", Payee, preparing.monthly),
        Chore("payouts", rows.Payout, sending.arrive),
        Chore("transfers", rows.Transfer, transferring.send),
        Chore("reversals", rows.Reversal, reversing.send),
    ]
    house.invariants.update(invariants.invariants())


def _desk_items() -> list[DeskItem]:
    head = _l("Money")
    every = DeskItem(
        head,
        "coins",
        _l("Payouts"),
        "desk_payouts.payouts",
        61,
        lambda viewer: viewer.has("operator"),
        ("desk_payouts.payout", "desk_payouts.statement", "desk_payouts.statement_payouts"),
    )
    own = DeskItem(
        head,
        "scroll-text",
        _l("Statement"),
        "desk_payouts.statements",
        62,
        lambda viewer: viewer.holds("brand_admin"),
        ("desk_payouts.statement", "desk_payouts.statement_payouts", "desk_payouts.payout"),
    )
    return [every, own]
