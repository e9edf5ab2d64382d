"""Tallies: what a campaign counts of its pledges, kept by the one UPDATE that also asks whether it still may."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, and_, bindparam, case, select, update

from crowdfund.campaigns.rows import Campaign
from kernel import clock, db
from kernel.errors import Conflict


class Closed(Conflict):
    """A campaign takes nothing any more (409)."""


def begun(campaign_id: int) -> None:
    """One more pledge that has not ended. Raises Conflict unless the campaign is live and not over."""
    if not _moved(campaign_id, *_open(), unended_count=Campaign.unended_count + 1):
        raise Conflict("crowdfund.closed")


def pledged(campaign_id: int, amount_minor: int) -> None:
    """A begun pledge counts from now on. Raises Conflict once the campaign is decided or cancelled."""
    more = {"pledged_minor": Campaign.pledged_minor + amount_minor, "backers_count": Campaign.backers_count + 1}
    if not _moved(campaign_id, Campaign.state == "live", **more):
        raise Conflict("crowdfund.closed")


def changed(campaign_id: int, by_minor: int) -> None:
    """A pledge is worth so much more or less. Raises Conflict unless the campaign is live and not over."""
    if not _moved(campaign_id, *_open(), pledged_minor=Campaign.pledged_minor + by_minor):
        raise Conflict("crowdfund.closed")


def still_open(campaign_id: int) -> None:
    """Raise Conflict unless the campaign is live and not over; it stays so until this transaction ends."""
    changed(campaign_id, 0)


def given_up(campaign_id: int) -> None:
    """A pledge ended before it counted."""
    _ended(campaign_id)


def taken_back(campaign_id: int, amount_minor: int) -> None:
    """A pledge that counted ended without its money."""
    _ended(
        campaign_id,
        pledged_minor=Campaign.pledged_minor - amount_minor,
        backers_count=Campaign.backers_count - 1,
    )


def collected(campaign_id: int, amount_minor: int, count: int = 1) -> None:
    """The money of so many pledges is there. Raises Closed unless the campaign is being settled."""
    told = {"campaign_id": campaign_id, "more_minor": amount_minor, "fewer": count, "now": clock.now()}
    if not db.changed_each(_COLLECTED, **told):
        raise Closed("crowdfund.closed")


def given_back(campaign_id: int, amount_minor: int) -> None:
    """The money of a collected pledge went back."""
    less: dict[str, Any] = {
        "pledged_minor": Campaign.pledged_minor - amount_minor,
        "collected_minor": Campaign.collected_minor - amount_minor,
        "backers_count": Campaign.backers_count - 1,
    }
    assert _moved(campaign_id, **less), f"no campaign {campaign_id}"


def taken_again(campaign_id: int, amount_minor: int) -> None:
    """The money of a pledge that was disputed is there again."""
    more: dict[str, Any] = {
        "pledged_minor": Campaign.pledged_minor + amount_minor,
        "collected_minor": Campaign.collected_minor + amount_minor,
        "backers_count": Campaign.backers_count + 1,
    }
    assert _moved(campaign_id, **more), f"no campaign {campaign_id}"


def state_held(campaign_id: int) -> str:
    """The campaign's state, which nobody changes before this transaction ends."""
    row = select(Campaign.state).where(Campaign.id == campaign_id).with_for_update(read=True)
    return db.session.scalars(row).one()


def _ended(campaign_id: int, **less: Any) -> None:
    assert _moved(campaign_id, **less, **_fewer(1, clock.now())), f"no campaign {campaign_id}"


def _fewer(count: Any, now: Any) -> dict[str, Any]:
    """So many pledges less that have not ended; with the last one a campaign that is being settled can be closed."""
    last = and_(Campaign.unended_count == count, Campaign.state == "settling")
    return {"unended_count": Campaign.unended_count - count, "due_at": case((last, now), else_=Campaign.due_at)}


def _open() -> tuple[Any, ...]:
    return Campaign.state == "live", Campaign.ends_at > clock.now()


def _moved(campaign_id: int, *guard: Any, **values: Any) -> bool:
    # The table, not the entity: nothing of it is in anybody's hands that would have to be told.
    return db.changed(update(Campaign.__table__).where(Campaign.id == campaign_id, *guard).values(**values))  # type: ignore[arg-type]


# Built once: a settlement says it for every set.
_COLLECTED = (
    update(Campaign.__table__)  # type: ignore[arg-type]
    .where(Campaign.id == bindparam("campaign_id"), Campaign.state == "settling")
    .values(collected_minor=Campaign.collected_minor + bindparam("more_minor", type_=BigInteger))
    .values(**_fewer(bindparam("fewer", type_=BigInteger), bindparam("now", type_=db.UtcDateTime())))
    .returning(Campaign.id)
)
