"""Payouts at the desk: what is owed to whom, preparing it, sending it, and what a payee reads of its own."""

from __future__ import annotations

from flask import Blueprint
from flask_babel import lazy_gettext as _l

from kernel.house import House
from kernel.worker import Chore

bp = Blueprint("desk_payouts", __name__, url_prefix="/desk")

SENTENCES = {
    "payments.nothing_to_prepare": _l("Nothing is owed that is not prepared already."),
    "payments.payout_changed": _l("This payout is another one by now. Look at it anew before you send it."),
    "payments.not_connected": _l("This payee cannot receive by Stripe. Send it by bank transfer."),
}


def contribute(house: House) -> None:
    """Bring payouts, their transfers and the first of the month into the house."""
    from payments.desk.payouts import approving
    from payments.payees import Payee
    from payments.payouts import invariants, preparing, reversing, rows, sending, transferring

    house.blueprint(bp)
    house.say(SENTENCES)
    house.acts[sending.ACT] = approving.act()
    house.chores += [
        Chore("payees", Payee, preparing.monthly),
        Chore("payouts", rows.Payout, sending.arrive),
        Chore("transfers", rows.Transfer, transferring.send),
        Chore("reversals", rows.Reversal, reversing.send),
    ]
    house.invariants.update(invariants.invariants())
