"""Updates: what a campaign tells its backers; an edit is a new version, the old ones stay (RULES 9)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint, select, update

from community.joining import brands
from crowdfund import pictures
from crowdfund.campaigns import writing
from crowdfund.campaigns.rows import Campaign
from crowdfund.campaigns.rows import get as campaign_of
from crowdfund.pledges.rows import COUNTED, Pledge
from kernel import audits, clock, db, mail, texts
from kernel.due import Due
from kernel.errors import Conflict, Invalid, NotFound
from kernel.viewer import Viewer

BATCH = 200  # mails that one step of the worker queues
BACKERS = (*COUNTED, "released")  # of a campaign that failed too: they hear how it goes on
TITLE_MOST, BODY_MOST = 120, 8_000


class Update(Due, db.Model):
    """One update as it reads now; due until every backer has mail, `told_to_id` says how far that came."""

    __tablename__ = "crowdfund_updates"
    __table_args__ = (
        Index("ix_crowdfund_updates_of_a_campaign", "campaign_id", "id"),
        UniqueConstraint("by_id", "key", name="uq_crowdfund_updates_written_once"),
        Due.index("crowdfund_updates"),
    )

    id: db.Mapped[int] = db.pk()
    number: db.Mapped[str] = db.text(8, unique=True)
    campaign_id: db.Mapped[int] = db.ref("crowdfund_campaigns.id", index=False)
    by_id: db.Mapped[int] = db.ref("community_members.id", index=False)
    key: db.Mapped[str] = db.text(40)
    title: db.Mapped[str] = db.text(120)
    body: db.Mapped[str] = db.text(8_000)
    version: db.Mapped[int] = db.mapped_column(default=1)
    published_at: db.Mapped[datetime]
    edited_at: db.Mapped[datetime | None]
    told_to_id: db.Mapped[int] = db.mapped_column(default=0)


class UpdateVersion(db.Model):
    """An update as it read before an edit, by whom and until when."""

    __tablename__ = "crowdfund_update_versions"
    __table_args__ = (UniqueConstraint("update_id", "version"),)

    id: db.Mapped[int] = db.pk()
    update_id: db.Mapped[int] = db.ref("crowdfund_updates.id", index=False)
    version: db.Mapped[int]
    title: db.Mapped[str] = db.text(120)
    body: db.Mapped[str] = db.text(8_000)
    by_id: db.Mapped[int] = db.ref("community_members.id", index=False)
    at: db.Mapped[datetime]


def publish(viewer: Viewer, campaign_id: int, title: str, body: str, key: str) -> int:
    """Publish an update of the viewer's launched campaign, also after its end; its id, the same one for the same key.

    Backers get a mail each, from the worker.
    """
    row = writing.owned(viewer, campaign_id)
    if row.launched_at is None:
        raise Conflict("crowdfund.not_launched")
    _check(campaign_id, title, body)
    now = clock.now()
    said = {"title": title, "body": body, "campaign_id": campaign_id, "by_id": viewer.id, "key": key}
    made = db.insert_once(Update, **said, number=texts.number(), published_at=now, due_at=now, attempts=0)
    if made is not None:
        return made
    return db.session.scalars(select(Update.id).where(Update.by_id == viewer.id, Update.key == key)).one()


def edit(viewer: Viewer, update_id: int, version: int, title: str, body: str) -> None:
    """Change an update over the version that was seen; the former one stays. Saying the same changes nothing."""
    before = get(update_id)
    writing.owned(viewer, before.campaign_id)
    former = {"title": before.title, "body": before.body}
    _check(before.campaign_id, title, body)
    if former == {"title": title, "body": body}:
        return
    now = clock.now()
    seen = update(Update).where(Update.id == update_id, Update.version == version)
    if not db.changed(seen.values(title=title, body=body, version=version + 1, edited_at=now)):
        raise Conflict("crowdfund.saved_elsewhere")
    db.session.add(UpdateVersion(update_id=update_id, version=version, by_id=viewer.id, at=now, **former))
    audits.record(viewer.id, "crowdfund.edit_update", f"update {update_id}", version=version)


def tell(update_id: int) -> datetime | None:
    """Queue the mails to the next backers of an update, so many at a time; due again at once until all have theirs."""
    row = db.session.get_one(Update, update_id, populate_existing=True)
    campaign = campaign_of(row.campaign_id)
    backers = select(Pledge.id, Pledge.member_id, Pledge.email).where(
        Pledge.campaign_id == row.campaign_id, Pledge.state.in_(BACKERS), Pledge.id > row.told_to_id
    )
    told = {"campaign": campaign.title, "slug": campaign.slug, "title": row.title, "number": row.number}
    told["brand"] = brands.get(campaign.brand_id).name
    batch = db.session.execute(backers.order_by(Pledge.id).limit(BATCH)).all()
    for _pledge_id, member_id, email in batch:
        mail.queue(email, "crowdfund/update_published", f"crowdfund-update:{update_id}:{member_id}", **told)
    row.told_to_id = batch[-1].id if batch else row.told_to_id
    db.session.flush()
    return clock.now() if len(batch) == BATCH else None


def of(campaign_id: int) -> list[Update]:
    """The updates of a campaign, the newest first."""
    rows = select(Update).where(Update.campaign_id == campaign_id).order_by(Update.id.desc())
    return list(db.session.scalars(rows.execution_options(populate_existing=True)))


def versions(update_id: int) -> list[UpdateVersion]:
    """What an update said before, the latest first."""
    rows = select(UpdateVersion).where(UpdateVersion.update_id == update_id)
    return list(db.session.scalars(rows.order_by(UpdateVersion.version.desc())))


def get(update_id: int) -> Update:
    """The update as it stands now. Raises NotFound."""
    row = db.session.get(Update, update_id, populate_existing=True)
    if row is None:
        raise NotFound
    return row


def owned(viewer: Viewer, campaign_id: int, update_id: int) -> tuple[Update, Campaign]:
    """An update of a campaign of the viewer's brand, with it; NotFound for everybody else and every other one."""
    campaign, row = writing.owned(viewer, campaign_id), get(update_id)
    if row.campaign_id != campaign_id:
        raise NotFound
    return row, campaign


def _check(campaign_id: int, title: str, body: str) -> None:
    if not title.strip() or len(title) > TITLE_MOST:
        raise Invalid("kernel.form", field="title")
    if not body.strip() or len(body) > BODY_MOST:
        raise Invalid("kernel.form", field="body")
    unknown = texts.pictured(body) - {picture.number for picture in pictures.of(campaign_id)}
    if unknown:
        raise Invalid("crowdfund.picture_unknown", field="body", number=min(unknown))
