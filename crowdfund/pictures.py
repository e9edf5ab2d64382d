"""Pictures of campaigns: what a brand admin puts into a story or on its front (RULES 0)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from crowdfund.campaigns.rows import Campaign, held, owned, seen_by
from kernel import db, pictures
from kernel.errors import Conflict
from kernel.pictures import Picture, Upload
from kernel.viewer import Viewer

PURPOSE = "campaign"
MOST = 40  # a campaign


class StoryPicture(db.Model):
    """A picture that belongs to a campaign; the story names it by its number."""

    __tablename__ = "crowdfund_pictures"

    id: db.Mapped[int] = db.pk()
    campaign_id: db.Mapped[int] = db.ref("crowdfund_campaigns.id")
    number: db.Mapped[str] = db.text(8, unique=True)


@dataclass(frozen=True)
class Placed:
    """A picture as a story names it and pages show it."""

    number: str
    src: str
    src_small: str
    width: int
    height: int
    alt: str


def add(viewer: Viewer, campaign_id: int, upload: Upload) -> str:
    """Take in a picture for a campaign of the viewer's brand; its number. Raises what a refused picture raises."""
    _room(owned(viewer, campaign_id).id)
    prepared = pictures.read(upload)
    held(viewer, campaign_id)  # asked again: the reading took its time, outside
    _room(campaign_id)
    number = pictures.keep(prepared, viewer.id, PURPOSE)
    db.session.add(StoryPicture(campaign_id=campaign_id, number=number))
    db.session.flush()
    return number


def of(campaign_id: int) -> tuple[Placed, ...]:
    """The pictures of a campaign in the order in which they came, ready for its texts."""
    rows = select(Picture).join(StoryPicture, StoryPicture.number == Picture.number)
    rows = rows.where(StoryPicture.campaign_id == campaign_id).order_by(StoryPicture.id)
    return tuple(placed(row) for row in db.session.scalars(rows))


def placed(row: Picture) -> Placed:
    """A picture's row as a story uses it."""
    shown = pictures.shown(row.number, row.width, row.height, row.alt)
    return Placed(row.number, shown.src, shown.src_small, shown.width, shown.height, shown.alt)


def may_see(viewer: Viewer, picture: Picture) -> bool:
    """Whether a person may see a campaign's picture: who sees the campaign, its brand's admins, and its reviewers."""
    owner = select(Campaign).join(StoryPicture, StoryPicture.campaign_id == Campaign.id)
    row = db.session.scalar(owner.where(StoryPicture.number == picture.number))
    if row is None:
        return False
    if viewer.has("brand_admin", row.brand_id) or (row.state == "review" and viewer.holds("steward", "operator")):
        return True
    return db.session.scalar(select(Campaign.id).where(Campaign.id == row.id, seen_by(viewer))) is not None


def _room(campaign_id: int) -> None:
    there = select(func.count()).select_from(StoryPicture).where(StoryPicture.campaign_id == campaign_id)
    if (db.session.scalar(there) or 0) >= MOST:
        raise Conflict("crowdfund.pictures_full", most=MOST)
