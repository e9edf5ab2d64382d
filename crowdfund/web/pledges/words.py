"""What is said about a pledge: what comes next, in one sentence, and why a bank refused a card, in plain words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from crowdfund import goals
from crowdfund.campaigns.rows import DECIDES
from crowdfund.pledges import timetable
from kernel import clock, money
from kernel.web import instants
from kernel.web.words import language


@dataclass(frozen=True)
class Problem:
    """Why a payment failed, what to do about it, and what the button says."""

    title: Any
    text: Any
    action: Any


OTHER = _l("Pay with another card")
PROBLEMS = {
    "authentication_required": Problem(
        _l("Your bank wants you to confirm it"),
        _l("The card is fine, but your bank asks that you confirm this payment yourself. It takes a minute."),
        _l("Confirm the payment"),
    ),
    "insufficient_funds": Problem(
        _l("There was not enough on the card"),
        _l("Your bank said that the account did not cover it. Put money there in time, or pay with another card."),
        OTHER,
    ),
    "expired_card": Problem(
        _l("The card has run out"),
        _l("Its last month is over, so it can never be charged again. Pay with another card."),
        OTHER,
    ),
    "processing_error": Problem(
        _l("The bank could not answer"),
        _l("Something went wrong between the banks; it says nothing about your card."),
        _l("Pay now"),
    ),
}
REFUSED = Problem(
    _l("Your bank declined the card"),
    _l("It did not tell us why. Your bank can tell you, or you pay with another card."),
    OTHER,
)


def declined(code: str) -> Problem:
    """A refusal in plain words; what a bank says about a lost or stolen card is not told to whoever holds it."""
    return PROBLEMS.get(code, REFUSED)


def next_of(row: Any) -> Any:
    """What happens next with a pledge, in one sentence."""
    said = _SAID.get(row.state)
    return said(row) if said else ""


def _begun(row: Any) -> Any:
    if row.expires_at <= clock.now():
        return _("The time to save a card is over. Nothing is charged.")
    at = Markup('<time datetime="{}">{}</time>').format(
        row.expires_at.isoformat(timespec="minutes"), _clock(row.expires_at)
    )
    return _told(_("It counts as soon as your card is saved. We hold it for you until %(time)s."), time=at)


def _pledged(row: Any) -> Any:
    now, decides_at = clock.now(), row.ends_at + DECIDES
    values = {"total": _shown(row.total_minor), "at": instants.day(decides_at, time=True)}
    if row.campaign_state == "settling":
        return _told(_("The goal was reached. Your card is charged %(total)s in a moment."), **values)
    if now < row.ends_at:
        said = _("Nothing is charged before %(at)s, and only if the goal is reached: then it is %(total)s.")
        return _told(said, **values)
    if now < decides_at:
        return _told(_("The campaign has ended. It is decided at %(at)s; nothing is charged before."), **values)
    return _("The campaign is being decided. We will mail you.")


def _charging(row: Any) -> Any:
    return _told(_("Your bank is being asked for %(total)s. We will mail you."), total=_shown(row.total_minor))


def _errored(row: Any) -> Any:
    until = instants.day(timetable.last_day(row.decided_at), time=True) if row.decided_at else ""
    return _told(_("The payment failed. Fix it until %(until)s; after that the pledge is dropped."), until=until)


def _collected(row: Any) -> Any:
    if row.refund_asked_at:
        return _told(_("%(total)s is on its way back to your card."), total=_shown(row.total_minor))
    if row.reward is None:
        return _told(_("Paid, with thanks. %(brand)s tells you in the updates how it goes on."), brand=row.brand)
    if row.fulfilled_at:
        return _told(_("Paid, and %(brand)s has delivered the reward."), brand=row.brand)
    return _told(_("Paid. %(brand)s tells you in the updates when the reward comes."), brand=row.brand)


def _refunded(row: Any) -> Any:
    return _told(_("%(total)s went back to your card."), total=_shown(row.total_minor))


def _released(row: Any) -> Any:
    if row.campaign_state == "cancelled":
        return _("The campaign was called off. Nothing was charged, and your card is forgotten.")
    return _("The goal was not reached. Nothing was charged, and your card is forgotten.")


def _told(text: str, **values: Any) -> Markup:
    """A sentence with values that may be markup; those that are not are escaped."""
    return Markup(text) % values  # noqa: S704 - the sentence is ours


def _clock(at: datetime) -> str:
    return at.astimezone(instants.zone()).strftime("%H:%M")


def _shown(minor: int) -> str:
    return money.formatted(minor, goals.currency(), language())


_SAID: dict[str, Callable[[Any], Any]] = {
    "begun": _begun,
    "pledged": _pledged,
    "charging": _charging,
    "errored": _errored,
    "collected": _collected,
    "released": _released,
    "dropped": lambda row: _("No payment came within a week, so the pledge was dropped. Nothing was charged."),
    "cancelled": lambda row: _("You called it off. Nothing was charged, and your card is forgotten."),
    "expired": lambda row: _("No card was saved in time. Nothing was charged."),
    "refunded": _refunded,
    "disputed": lambda row: _("Your bank disputes this payment and holds the money until it has decided."),
}
