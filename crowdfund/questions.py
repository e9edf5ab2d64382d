"""Questions: what members ask a campaign in front of all, and the brand's answer."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint

from kernel import db


class Question(db.Model):
    """One question; others read it once it is answered."""

    __tablename__ = "crowdfund_questions"
    __table_args__ = (
        UniqueConstraint("asker_id", "key", name="uq_crowdfund_questions_asked_once"),
        CheckConstraint("(answered_at IS NULL) = (answer = '')", name="answered_or_not"),
        Index("ix_crowdfund_questions_of_a_campaign", "campaign_id", "answered_at"),
    )

    id: db.Mapped[int] = db.pk()
    campaign_id: db.Mapped[int] = db.ref("crowdfund_campaigns.id", index=False)
    asker_id: db.Mapped[int] = db.ref("community_members.id", index=False)
    key: db.Mapped[str] = db.text(40)
    text: db.Mapped[str] = db.text(600)
    asked_at: db.Mapped[datetime]
    answer: db.Mapped[str] = db.text(2_000, default="")
    answered_by_id: db.Mapped[int | None] = db.ref("community_members.id", index=False)
    answered_at: db.Mapped[datetime | None]
