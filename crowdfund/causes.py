"""What brands are owed for by campaigns, as a person reads it."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Select, select

from crowdfund.campaigns.rows import Campaign
from kernel import db
from kernel.house import Cause
from kernel.viewer import Viewer

TABLE = Campaign.__tablename__


def find(viewer: Viewer, ids: Iterable[int]) -> dict[int, Cause]:
    """The campaigns with these ids: their titles, and where this person may follow their money."""
    rows = select(Campaign.id, Campaign.title, Campaign.brand_id).where(Campaign.id.in_(list(ids)))
    return {
        row.id: Cause(row.title, f"/desk/campaigns/{row.id}/settlement" if _may_look(viewer, row.brand_id) else None)
        for row in db.session.execute(rows)
    }


def named() -> Select[int, str]:
    """The id and title of every campaign that was launched: it may pay for points."""
    return select(Campaign.id, Campaign.title.label("name")).where(Campaign.launched_at.is_not(None))


def _may_look(viewer: Viewer, brand_id: int) -> bool:
    return viewer.has("operator") or viewer.has("brand_admin", brand_id)
