"""The mails about a dispute: to operators, who answer it, and to the payer, who may have meant something else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kernel import house, mail
from payments.charges import Charge

if TYPE_CHECKING:
    from payments.dispute_rows import Dispute

OPERATORS = {
    "inquiry": "dispute_inquiry",
    "open": "dispute_opened",
    "review": "dispute_opened",
    "won": "dispute_closed",
    "lost": "dispute_closed",
    "inquiry_closed": "dispute_closed",
}
PAYER = {"open": "dispute_held", "review": "dispute_held", "won": "dispute_won", "lost": "dispute_lost"}


def moved(dispute: Dispute, charge: Charge, before: str | None, twice_minor: int) -> None:
    """Tell whom it concerns where a dispute is now; an answer that was handed in is news to nobody.

    Operators read what of it had gone back already: that is their answer, and lost, what is lost twice.
    """
    if before == "open" and dispute.state == "review":
        return
    rooms, told = house.current(), _told(dispute, charge)
    if template := OPERATORS.get(dispute.state):
        for member_id, email in rooms.operators().items():
            reader = rooms.load_viewer(member_id)
            more = {"zone": reader.timezone if reader else "UTC", "twice_minor": twice_minor}
            _queue(email, template, f"{dispute.id}:{dispute.state}:{member_id}", told | more)
    if template := PAYER.get(dispute.state):
        purpose = rooms.purposes.get(charge.purpose)
        page = {"page": purpose.page(charge.subject_id) if purpose else ""}
        _queue(charge.email, template, f"{dispute.id}:{dispute.state}:payer", told | page)


def _told(dispute: Dispute, charge: Charge) -> dict[str, Any]:
    until = dispute.answer_until
    return {
        "dispute_id": dispute.id,
        "what": charge.what,
        "amount_minor": dispute.amount_minor,
        "currency": dispute.currency,
        "reason": dispute.reason,
        "state": dispute.state,
        "answer_until": until.isoformat() if until else "",
    }


def _queue(email: str, template: str, key: str, told: dict[str, Any]) -> None:
    mail.queue(email, f"payments/{template}", f"{template}:{key}", **told)
