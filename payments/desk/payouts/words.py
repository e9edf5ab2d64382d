"""Where payables and payouts stand, in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from kernel import clock, money
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


def events(row: Any, taken_back: Sequence[Any]) -> list[dict[str, Any]]:
    """A payout's life and what of it went back to its payers since, as it happened; what is to come stands last."""
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
    told += [_went_back(row, one) for one in taken_back]
    now = clock.now()
    return sorted(told, key=lambda event: event["at"] or now)


def _went_back(row: Any, one: Any) -> dict[str, Any]:
    """What was taken back of it, or will be, and why."""
    done = one.state == "paid"
    titles = (_("Taken back"), _("Being taken back")) if one.by_stripe else (_("Set off"), _("To be set off"))
    amount = money.formatted(one.amount_minor, row.currency, str(get_locale() or "en"))
    said = {"amount": amount, "num": one.count}
    why = ngettext(
        "%(amount)s: %(num)d payment went back to its payer.",
        "%(amount)s: %(num)d payments went back to their payers.",
        **said,
    )
    how = _("From the account that had it, by Stripe.") if one.by_stripe else _("From a later payout.")
    return _event("done" if done else "wait", titles[0] if done else titles[1], one.at, f"{why} {how}")


def _event(state: str, title: Any, at: Any, text: Any = "") -> dict[str, Any]:
    return {"state": state, "title": title, "at": at, "text": text}
