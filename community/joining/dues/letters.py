"""Letters about dues: each once, queued in the transaction of what it tells."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from community.joining import members
from community.joining.dues.rows import FULL_ACCESS
from kernel import clock, mail
from payments.refunds import NOT_BY_STRIPE, OURS, Refund

if TYPE_CHECKING:
    from community.joining.dues.standings import Facts, Standing


def moved(member_id: int, was: str, to: Standing, facts: Facts) -> None:
    """Tell a member what a move of their dues means to them."""
    now = clock.now()
    if to.state == "past_due":
        template = "dues_disputed" if facts.contested else "dues_failed" if facts.live else "dues_choose"
        send(member_id, template, now, read_only_on=now + FULL_ACCESS)
    elif to.state == "read_only":
        send(member_id, "dues_read_only", now, contested=facts.contested)
    elif to.state == "ended" and facts.here:
        send(member_id, "dues_ended", now)
    elif to.state in ("paid", "trial", "complimentary") and was in ("past_due", "read_only"):
        send(member_id, "dues_restored", now, read_along=was == "read_only")


def welcome(member_id: int, tier: str, until: datetime | None, is_trial: bool) -> None:
    """Dues have begun."""
    send(member_id, "dues_welcome", clock.now(), tier=tier, until=until or "", trial=is_trial)


def receipt(member_id: int, charge_id: int, amount_minor: int, until: datetime) -> None:
    """So much was paid, in minor units, and until when nothing is owed; once a charge."""
    send(member_id, "dues_receipt", charge_id, amount_minor=amount_minor, until=until)


def returned(member_id: int, gone: Refund, what: str, is_whole: bool) -> None:
    """So much of a payment came back, in minor units, and why, as an operator gave the reason; once a refund.

    What Stripe did not send the payer hears of elsewhere.
    """
    if gone.source in NOT_BY_STRIPE:
        return
    why = gone.why if gone.source == OURS and gone.by_id is not None else ""
    send(member_id, "dues_returned", gone.id, what=what, amount_minor=gone.amount_minor, why=why, whole=is_whole)


def trial_ends(member_id: int, until: datetime, amount_minor: int) -> None:
    """A trial ends in three days, and what is taken then, in minor units."""
    send(member_id, "dues_trial_ends", until, until=until, amount_minor=amount_minor)


def offer_ends(member_id: int, until: datetime, code: str, amount_minor: int) -> None:
    """The next payment is the first without the offer."""
    send(member_id, "dues_offer_ends", until, until=until, code=code, amount_minor=amount_minor)


def gift_ends(member_id: int, until: datetime) -> None:
    """Complimentary membership ends in a week."""
    send(member_id, "dues_gift_ends", until, until=until)


def given(member_id: int, until: datetime | None) -> None:
    """Nothing is to be paid, until a day or for good."""
    send(member_id, "dues_gift", clock.now(), until=until or "")


def send(member_id: int, template: str, once: datetime | int, **values: Any) -> None:
    """Queue a letter once for a member, a template and what it is about; instants go as days of the member's zone."""
    to, about = members.get(member_id), once if isinstance(once, int) else int(once.timestamp())
    key, zone = f"{template}:{member_id}:{about}", ZoneInfo(to.timezone)
    for name, value in values.items():
        if isinstance(value, datetime):
            values[name] = value.astimezone(zone).date().isoformat()
    mail.queue(to.email, f"community/{template}", key=key, name=to.name, **values)
