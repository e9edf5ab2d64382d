"""Pictures of campaigns: what a brand admin puts into a story or on its front (RULES 0)."""

from __future__ import annotations

from kernel import db


class StoryPicture(db.Model):
    """A picture that belongs to a campaign; the story names it by its number."""

    __tablename__ = "crowdfund_pictures"

    id: db.Mapped[int] = db.pk()
    campaign_id: db.Mapped[int] = db.ref("crowdfund_campaigns.id")
    number: db.Mapped[str] = db.text(8, unique=True)
