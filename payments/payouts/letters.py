"""The mail to a payee's people about a payout; queued in the transaction of its cause, once."""

from __future__ import annotations

from kernel import mail
from payments import payees
from payments.payouts.rows import Payout


def sent(payout: Payout) -> None:
    """Tell everybody who may read a payee's statement that a payout is sent."""
    _tell(payout, "payments/payout_sent")


def failed(payout: Payout) -> None:
    """Tell them that it did not arrive, and that it is owed as before."""
    _tell(payout, "payments/payout_failed")


def _tell(payout: Payout, template: str) -> None:
    told = {
        "number": payout.number,
        "total_minor": payout.total_minor,
        "currency": payout.currency,
        "method": payout.method,
        "reference": payout.reference,
        "name": payees.names([payout.payee])[payout.payee],
    }
    for member_id, email in payees.people(payout.payee).items():
        mail.queue(email, template, f"{template}:{payout.id}:{member_id}", **told)
