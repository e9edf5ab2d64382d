"""A pledge's life as its page tells it: what was, what is now and what comes next."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from crowdfund.campaigns.rows import DECIDES
from crowdfund.pledges import timetable
from crowdfund.web.pledges.words import declined
from kernel import clock, money
from kernel.web.words import language

# state -> (word, the tag's kind)
STATES = {
    "begun": (_l("Waits for your card"), "need"),
    "pledged": (_l("Pledged"), "wait"),
    "charging": (_l("Being charged"), "wait"),
    "errored": (_l("Payment failed"), "need"),
    "collected": (_l("Paid"), "done"),
    "dropped": (_l("Dropped"), "off"),
    "cancelled": (_l("Cancelled"), "off"),
    "released": (_l("Released"), "off"),
    "expired": (_l("Expired"), "off"),
    "refunded": (_l("Refunded"), "off"),
    "disputed": (_l("Disputed"), "need"),
}


def events(row: Any, tried: list[Any]) -> list[dict[str, Any]]:
    """The rows of the timeline, the past first."""
    told = [_event("done", _("Pledge begun"), row.begun_at)]
    if row.state == "begun":
        return [*told, _event("need", _("Save your card"), row.expires_at, _("Until then it is held for you."))]
    if row.state == "expired":
        return [*told, _event("off", _("No card was saved in time"), row.ended_at)]
    if row.pledged_at:
        told.append(_event("done", _("Card saved"), row.pledged_at, _card(row)))
    if row.state == "cancelled":
        return [*told, _event("off", _("Cancelled"), row.ended_at, _("Nothing was charged."))]
    ended, money_moved = _ended(row), [_tried(one) for one in tried if one.state != "succeeded"]
    told += sorted((*ended, *money_moved), key=lambda event: event["at"]) if money_moved else ended
    return told + _now(row)


def _ended(row: Any) -> list[dict[str, Any]]:
    """How the campaign ended, or when it does."""
    if row.decided_at is not None:
        reached = row.decided_minor is not None and row.decided_minor >= row.goal_minor
        word = _("The goal was reached") if reached else _("The goal was not reached")
        told = [_event("done" if reached else "off", word, row.decided_at)]
        if reached and row.campaign_state == "failed":
            word = _("Too little of it could be collected")
            told.append(_event("off", word, row.closed_at, _("Everybody gets their money back.")))
        return told
    if row.campaign_state == "cancelled":
        return [_event("off", _("The campaign was called off"), row.ended_at, row.ended_why or None)]
    ended = clock.now() >= row.ends_at
    return [
        _event("done" if ended else "now", _("The campaign ended") if ended else _("The campaign ends"), row.ends_at),
        _event("now" if ended else "off", _("It is decided"), row.ends_at + DECIDES),
    ]


def _tried(one: Any) -> dict[str, Any]:
    if one.state == "open":
        return _event("now", _("Your bank is asked"), one.created_at)
    return _event("off", declined(one.decline or one.error).title, one.ended_at, _("Try %(num)s", num=one.number))


def _now(row: Any) -> list[dict[str, Any]]:
    total = money.formatted(row.total_minor, row.currency, language())
    if row.state == "errored" and row.decided_at is not None:
        again = timetable.next_try(row, row.decided_at)
        tries = [_event("off", _("We try the same card again"), again)] if again else []
        return [*tries, _event("need", _("The last day to fix it"), timetable.last_day(row.decided_at))]
    if row.state == "dropped":
        return [_event("off", _("Dropped"), row.ended_at, _("Nothing was charged, and the place is free again."))]
    if row.state == "released":
        return [_event("off", _("Released"), row.ended_at, _("Nothing was charged, and your card is forgotten."))]
    if row.collected_at is None:
        return []
    told = [_event("done", _("Paid"), row.collected_at, total)]
    if row.state == "refunded":
        return [*told, _event("done", _("Refunded"), row.ended_at, _("%(total)s went back in full.", total=total))]
    if row.back_minor:
        back = money.formatted(row.back_minor, row.currency, language())
        told.append(_event("done", _("%(amount)s of it came back", amount=back), row.back_at))
    if row.state == "disputed":
        return [
            *told,
            _event("now", _("Your bank disputes the payment"), None, _("It decides, and we go on from there.")),
        ]
    if row.refund_asked_at:
        return [*told, _event("now", _("Refund on its way"), row.refund_asked_at)]
    if row.fulfilled_at and row.reward is not None:
        told.append(_event("done", _("%(brand)s has delivered the reward", brand=row.brand), row.fulfilled_at))
    return told


def _card(row: Any) -> str | None:
    if not row.card_last4:
        return None
    return f"{row.card_brand.capitalize()} \N{BULLET}\N{BULLET}\N{BULLET}\N{BULLET} {row.card_last4}".strip()


def _event(state: str, title: Any, at: Any, text: Any = None) -> dict[str, Any]:
    return {"state": state, "title": title, "at": at, "text": text}
