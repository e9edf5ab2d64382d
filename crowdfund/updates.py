"""Updates: what a campaign tells its backers; an edit is a new version, the old ones stay (RULES 9)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint

from kernel import db


class Update(db.Model):
    """One update as it reads now."""

    __tablename__ = "crowdfund_updates"
    __table_args__ = (
        Index("ix_crowdfund_updates_of_a_campaign", "campaign_id", "id"),
        UniqueConstraint("by_id", "key", name="uq_crowdfund_updates_written_once"),
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
