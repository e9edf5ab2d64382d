"""Editing: what a live campaign may still change is its texts, and every former one stays to be read (RULES 9)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update

from crowdfund.campaigns import writing
from crowdfund.campaigns.rows import Campaign, CampaignText, get
from kernel import audits, clock, db
from kernel.errors import Conflict, Invalid
from kernel.viewer import Viewer


def edit_texts(viewer: Viewer, campaign_id: int, version: int, **said: Any) -> int:
    """Change texts of the viewer's live campaign over the version that was seen; the new version.

    Title, one sentence, story, risks and budget may change, the budget's sum may not. Saying the same changes nothing.
    """
    row = writing.owned(viewer, campaign_id)
    assert set(said) <= set(writing.TEXTS), f"a live campaign does not change its {set(said) - set(writing.TEXTS)}"
    if row.state != "live":
        raise Conflict("crowdfund.not_live")
    before = {name: getattr(row, name) for name in writing.TEXTS}
    after = {**before, **said}
    writing.hold(campaign_id, after)
    for field, key, values in writing.lacking_words(after, campaign_id, row.goal_minor):
        raise Invalid(key, field=field, **values)
    if after == before:
        return row.version
    seen = (Campaign.id == campaign_id, Campaign.state == "live", Campaign.version == version)
    raised = {"version": version + 1, "text_version": Campaign.text_version + 1}
    if not db.changed(update(Campaign).where(*seen).values(**after, **raised)):
        raise Conflict("crowdfund.saved_elsewhere")
    number = get(campaign_id).text_version
    db.session.add(CampaignText(campaign_id=campaign_id, version=number, by_id=viewer.id, at=clock.now(), **after))
    audits.record(viewer.id, "crowdfund.edit_texts", f"campaign {campaign_id}", text_version=number - 1)
    return version + 1


def versions(campaign_id: int) -> list[CampaignText]:
    """Everything that a campaign said since its launch, the newest first; the first one reads as it stands now."""
    rows = select(CampaignText).where(CampaignText.campaign_id == campaign_id)
    return list(db.session.scalars(rows.order_by(CampaignText.version.desc())))
