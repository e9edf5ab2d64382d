"""Where payables and payouts stand, in words."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from payments.payouts.preparing import DISCARDED
from payments.payouts.rows import NOTHING_LEFT

# (word, the tag's kind)
STANDINGS = {
    "owed": (_l("Owed"), "wait"),
    "held": (_l("Held"), "wait"),
    "frozen": (_l("Frozen"), "off"),
    "sending": (_l("On its way"), "wait"),
    "paid": (_l("Paid out"), "done"),
    "void": (_l("Given back"), "off"),
}
MEANINGS = {
    "owed": _l("goes with the next payout"),
    "held": _l("until 14 days after delivery, or after the settlement of a campaign"),
    "frozen": _l("while the bank of a payer asks for it back"),
    "sending": _l("on its way by Stripe"),
    "paid": _l("so far"),
}
STATES = {
    "prepared": (_l("Prepared"), "need"),
    "sent": (_l("Sent"), "wait"),
    "done": (_l("Arrived"), "done"),
    "failed": (_l("Failed"), "off"),
}
APPROVAL = _l("Waits for approval")
METHODS = {"": _l("Not sent yet"), "bank": _l("Bank transfer"), "connect": _l("Stripe")}
REASONS = {
    NOTHING_LEFT: _l("What it was made of went back to its payers or is disputed."),
    DISCARDED: _l("An operator let go of it."),
}


def why(reason: str) -> Any:
    """Why a payout failed, or a part of it fell back."""
    return REASONS.get(reason, reason)


def state(row: Any) -> tuple[Any, str]:
    """Where a payout stands, for its own page: one that was asked for waits for somebody else."""
    return (APPROVAL, "wait") if row.state == "prepared" and row.wish_id else STATES[row.state]


def events(row: Any) -> list[dict[str, Any]]:
    """A payout's life, the past first."""
    told = [_event("done", _("Prepared"), row.prepared_at)]
    if row.sent_at:
        told.append(_event("done", _("Sent"), row.sent_at, row.reference))
    if row.state == "failed":
        told.append(_event("off", _("Failed"), row.ended_at, why(row.why)))
    elif row.state == "done":
        told.append(_event("done", _("Arrived"), row.ended_at))
    elif row.state == "sent" and row.method == "bank":
        told.append(_event("wait", _("Counts as arrived"), row.due_at, _("Unless the bank gives it back.")))
    elif row.state == "sent":
        told.append(_event("wait", _("On its way, transfer by transfer"), None))
    elif row.wish_id:
        told.append(_event("wait", APPROVAL, None))
    else:
        told.append(_event("need", _("Waits to be sent"), None))
    return told


def _event(state: str, title: Any, at: Any, text: Any = "") -> dict[str, Any]:
    return {"state": state, "title": title, "at": at, "text": text}
