"""Reviewing: somebody without interest in the brand reads a campaign and lets it live, or says why not (RULES 9)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_, select, update

from community.joining.brands import Brand
from crowdfund.campaigns import letters, writing
from crowdfund.campaigns.rows import DECIDES, MISSED, Campaign, CampaignText, get
from kernel import audits, clock, db, facts, moves
from kernel.errors import Conflict, Forbidden, Invalid, NotFound
from kernel.viewer import Viewer

WHY_MOST = 1_000


def reads(viewer: Viewer) -> bool:
    """Whether somebody reads campaigns before they live: stewards and operators."""
    return viewer.holds("steward", "operator")


def is_interested(viewer: Viewer, row: Campaign) -> bool:
    """Whether somebody wrote the campaign or is an admin of its brand, and so may not judge it."""
    return row.author_id == viewer.id or viewer.has("brand_admin", row.brand_id)


def queue(viewer: Viewer) -> list[tuple[Campaign, str]]:
    """The campaigns that wait for this person's judgement, with their brand's name, the oldest first."""
    if not reads(viewer):
        return []
    rows = select(Campaign, Brand.name).join(Brand, Brand.id == Campaign.brand_id).where(_waiting())
    others = rows.where(Campaign.author_id != viewer.id, Campaign.brand_id.not_in(viewer.scopes("brand_admin")))
    return [(row, name) for row, name in db.session.execute(others.order_by(Campaign.submitted_at, Campaign.id))]


def find(viewer: Viewer, campaign_id: int) -> Campaign:
    """A campaign in review. NotFound for who reads none; Forbidden for who has an interest in its brand."""
    row = db.session.get(Campaign, campaign_id, populate_existing=True) if reads(viewer) else None
    if row is None or row.state != "review":
        raise NotFound
    if is_interested(viewer, row):
        raise Forbidden("crowdfund.own_campaign")
    return row


def approve(viewer: Viewer, campaign_id: int, submitted_at: datetime | None = None) -> None:
    """Let a campaign live: at its opening, or at once when that is empty or past.

    `submitted_at` names the handing in that was read. Raises Conflict when it was approved before or handed in anew,
    Invalid when it would last less than a day or more than 60.
    """
    row, now = find(viewer, campaign_id), clock.now()
    if not writing.lasts(row.ends_at, row.opens_at, now):
        raise Invalid("crowdfund.lasts", field="ends_at")
    opens_at = max(row.opens_at or now, now)
    given = {"approved_at": now, "approved_by_id": viewer.id, "due_at": opens_at}
    # The brand may take it back, write on and hand it in again between the reading and this.
    same = and_(Campaign.id == campaign_id, _waiting(), Campaign.submitted_at == (submitted_at or row.submitted_at))
    if not db.changed(update(Campaign).where(same).values(**given)):
        raise Conflict("kernel.moved_on")
    audits.record(viewer.id, "crowdfund.approve", f"campaign {campaign_id}", title=row.title, version=row.version)
    if opens_at <= now:
        launch(campaign_id)
    else:
        letters.approved(get(campaign_id))


def send_back(viewer: Viewer, campaign_id: int, why: str) -> None:
    """Give a campaign back to its brand with the reason, also one that only waits for its opening."""
    row = find(viewer, campaign_id)
    if not why.strip() or len(why) > WHY_MOST:
        raise Invalid("kernel.form", field="why")
    audits.record(viewer.id, "crowdfund.send_back", f"campaign {campaign_id}", why=why[:500], title=row.title)
    _return(campaign_id, why, viewer.id)


def launch(campaign_id: int) -> bool:
    """Let an approved campaign live from now on; False when that is done, or is not to be any more.

    One whose whole time passed while nobody opened it goes back to its brand.
    """
    row, now = get(campaign_id), clock.now()
    if row.state != "review" or row.approved_at is None or (row.opens_at and row.opens_at > now):
        return False
    assert row.ends_at is not None, "nothing without an end is approved"
    if row.ends_at <= now:
        _return(campaign_id, MISSED, None)
        return False
    if not moves.tried(Campaign, campaign_id, "launch", None, launched_at=now, due_at=row.ends_at + DECIDES):
        return False
    said = {name: getattr(row, name) for name in writing.TEXTS}
    db.insert_once(CampaignText, campaign_id=campaign_id, version=1, by_id=row.author_id, at=now, **said)
    facts.record("crowdfund.campaign_launched", None, campaign_id=campaign_id, brand_id=row.brand_id)
    letters.approved(get(campaign_id))
    return True


def _return(campaign_id: int, why: str, by: int | None) -> None:
    back = {"approved_at": None, "approved_by_id": None, "due_at": None}
    moves.move(Campaign, campaign_id, "send_back", by, sent_back_why=why, **back)
    letters.sent_back(get(campaign_id))


def _waiting() -> ColumnElement[bool]:
    return and_(Campaign.state == "review", Campaign.approved_at.is_(None))
