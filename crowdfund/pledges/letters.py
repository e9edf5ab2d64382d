"""The mails about a pledge; each is queued in the transaction of its cause, once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from babel import Locale

from crowdfund import consents
from crowdfund.campaigns.rows import get as campaign_of
from crowdfund.pledges import reading, timetable
from crowdfund.pledges.rows import Pledge
from kernel import mail
from kernel.mail import Letter
from payments.refunds import NOT_BY_STRIPE, OURS, Refund

ENDED = {"cancel": "pledge_cancelled", "drop": "pledge_dropped"}


def received(pledge: Pledge) -> None:
    """The receipt: what was promised by which wording, until when it can be changed, and when a card is charged."""
    _send("pledge_received", pledge, f"{pledge.id}", **_promise(pledge))


def changed(pledge: Pledge) -> None:
    """The receipt of a pledge as it is after a change."""
    consent = reading.consent(pledge.id)
    assert consent is not None, "a change is agreed to"
    _send("pledge_changed", pledge, f"{pledge.id}:{consent.id}", **_promise(pledge))


def charging_each(pledges: Sequence[Any]) -> None:
    """The campaign is funded, and the cards are charged now; for rows of `reading.held_each`."""
    _send_each("campaign_funded", pledges, lambda row: {})


def collected_each(pledges: Sequence[Any]) -> None:
    """The cards were charged, or other ones were paid with; for rows of `reading.held_each`."""
    _send_each(
        "pledge_collected",
        pledges,
        lambda row: {"reward": row.reward, "amount_minor": row.amount_minor, "shipping_minor": row.shipping_minor},
    )


def declined(pledge: Pledge) -> None:
    """The card was declined: where to mend it and until when; again every 48 hours until then."""
    decided_at = campaign_of(pledge.campaign_id).decided_at
    assert decided_at is not None, "nothing is charged before the decision"
    next_at = timetable.next_try(pledge, decided_at)
    said = {
        "until": consents.instant(timetable.last_day(decided_at)),
        "next_try": consents.instant(next_at) if next_at else "",
        "times": pledge.reminded_count,
    }
    _send("pledge_declined", pledge, f"{pledge.id}:{pledge.reminded_count}", **said)


def ended(pledge: Pledge, verb: str) -> None:
    """A pledge that counted came to nothing: who ended it, and that nothing is charged any more."""
    campaign = campaign_of(pledge.campaign_id)
    template = ENDED.get(verb) or f"campaign_{campaign.state}"
    sums = {"goal_minor": campaign.goal_minor, "decided_minor": campaign.decided_minor or campaign.pledged_minor}
    _send(template, pledge, f"{pledge.id}", why=campaign.ended_why, **sums)


def late(pledge: Pledge, setup_id: int) -> None:
    """A card was saved too late: nothing was taken and nothing will be."""
    _send("pledge_late", pledge, f"{pledge.id}:{setup_id}")


def paid_late(pledge: Pledge, charge_id: int) -> None:
    """A payment came when the pledge had ended: it goes back by itself."""
    _send("payment_late", pledge, f"{pledge.id}:{charge_id}")


def refunded(pledge: Pledge, gone: Refund) -> None:
    """The last of a collected pledge goes back, and why; of what Stripe did not send they hear elsewhere."""
    if gone.source not in NOT_BY_STRIPE:
        campaign = campaign_of(pledge.campaign_id)
        told = {"campaign_state": campaign.state, "why": campaign.ended_why, "reason": _why(gone)}
        _send("pledge_refunded", pledge, f"{pledge.id}", amount_minor=gone.amount_minor, **told)


def part_refunded(pledge: Pledge, gone: Refund) -> None:
    """A part of a collected pledge goes back to the card, and why."""
    if gone.source not in NOT_BY_STRIPE:
        told = {"amount_minor": gone.amount_minor, "reason": _why(gone)}
        _send("pledge_part_refunded", pledge, f"{pledge.id}:{gone.id}", **told)


def _why(gone: Refund) -> str:
    """The reason as an operator gave it; what happened by a rule or elsewhere speaks for itself."""
    return gone.why if gone.source == OURS and gone.by_id is not None else ""


def _promise(pledge: Pledge) -> dict[str, Any]:
    campaign, consent = campaign_of(pledge.campaign_id), reading.consent(pledge.id)
    assert consent is not None, "nothing is promised without consent"
    assert campaign.ends_at is not None, "a campaign with pledges has an end"
    wording = consents.of(consent.wording_version, consent.locale)
    return {
        **_sums(pledge),
        "wording": consents.filled(wording, consent.total_minor, pledge.currency, campaign.ends_at),
        "agreed_at": consents.instant(consent.at),
        "ends": consents.instant(campaign.ends_at),
        "goal_minor": campaign.goal_minor,
        "address": [line for line in _address(pledge, consent.locale) if line],
    }


def _sums(pledge: Pledge) -> dict[str, Any]:
    reward = reading.reward_of(pledge)
    return {
        "reward": reward.title if reward else "",
        "amount_minor": pledge.amount_minor,
        "shipping_minor": pledge.shipping_minor,
    }


def _address(pledge: Pledge, locale: str) -> list[str]:
    country = Locale.parse(locale).territories.get(pledge.country, pledge.country)
    return [pledge.recipient, pledge.street, f"{pledge.postcode} {pledge.town}".strip(), country]


def _send(template: str, pledge: Pledge, key: str, **values: Any) -> None:
    told = {**_about(pledge, campaign_of(pledge.campaign_id)), **values}
    mail.queue(pledge.email, f"crowdfund/{template}", f"crowdfund-{template}:{key}", **told)


def _send_each(template: str, pledges: Sequence[Any], values: Callable[[Any], dict[str, Any]]) -> None:
    letters = [
        Letter(row.email, f"crowdfund-{template}:{row.id}", {**_about(row, row), **values(row)}) for row in pledges
    ]
    mail.queue_each(f"crowdfund/{template}", letters)


def _about(pledge: Any, campaign: Any) -> dict[str, Any]:
    return {
        "number": pledge.number,
        "title": campaign.title,
        "slug": campaign.slug,
        "total_minor": pledge.total_minor,
        "currency": pledge.currency,
    }
