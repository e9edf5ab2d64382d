"""The mails about a campaign on its way; each is queued in the transaction of its cause, once."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from community.joining import brands, roles
from community.joining.members import Member
from crowdfund.campaigns.rows import MISSED, Campaign
from crowdfund.consents import instant
from kernel import db, mail


def submitted(row: Campaign) -> None:
    """Tell who may judge it that a campaign waits: stewards and operators without interest in its brand."""
    assert row.submitted_at is not None
    readers = {*roles.holders("steward"), *roles.holders("operator")}
    judges = readers - {*roles.holders("brand_admin", row.brand_id), row.author_id}
    told = {"title": row.title, "brand": brands.get(row.brand_id).name, "campaign_id": row.id}
    for judge_id, email in addresses(judges):
        key = f"crowdfund-submitted:{row.id}:{row.version}:{row.submitted_at.timestamp():.0f}:{judge_id}"
        mail.queue(email, "crowdfund/campaign_submitted", key, **told)


def approved(row: Campaign) -> None:
    """Tell the brand's admins that their campaign lives, or when it will."""
    assert row.approved_at is not None
    told = {
        "title": row.title,
        "slug": row.slug,
        "live": row.state == "live",
        "opens_at": instant(row.opens_at) if row.opens_at else "",
        "ends_at": instant(row.ends_at) if row.ends_at else "",
        "campaign_id": row.id,
    }
    for admin_id, email in admins(row.brand_id):
        key = f"crowdfund-{row.state}:{row.id}:{row.approved_at.timestamp():.0f}:{admin_id}"
        mail.queue(email, "crowdfund/campaign_approved", key, **told)


def sent_back(row: Campaign) -> None:
    """Tell the brand's admins why their campaign came back."""
    assert row.submitted_at is not None
    told = {"title": row.title, "why": row.sent_back_why, "campaign_id": row.id}
    template = "crowdfund/campaign_missed" if row.sent_back_why == MISSED else "crowdfund/campaign_sent_back"
    for admin_id, email in admins(row.brand_id):
        key = f"crowdfund-sent-back:{row.id}:{row.submitted_at.timestamp():.0f}:{admin_id}"
        mail.queue(email, template, key, **told)


def stands(row: Campaign) -> None:
    """Tell the brand's admins that their campaign is settled, funded, failed or called off, and what came in."""
    told = {
        "title": row.title,
        "state": row.state,
        "pledged_minor": row.decided_minor or row.pledged_minor,
        "collected_minor": row.collected_minor,
        "goal_minor": row.goal_minor,
        "currency": row.currency,
        "closed": row.closed_at is not None,
        "why": row.ended_why,
        "campaign_id": row.id,
    }
    for admin_id, email in admins(row.brand_id):
        mail.queue(email, "crowdfund/campaign_stands", f"crowdfund-stands:{row.state}:{row.id}:{admin_id}", **told)


def admins(brand_id: int) -> list[tuple[int, str]]:
    """The ids and addresses of a brand's admins."""
    return addresses(roles.holders("brand_admin", brand_id))


def addresses(ids: Iterable[int]) -> list[tuple[int, str]]:
    """The addresses of members."""
    rows = select(Member.id, Member.email).where(Member.id.in_(list(ids))).order_by(Member.id)
    return [(member_id, email) for member_id, email in db.session.execute(rows)]
