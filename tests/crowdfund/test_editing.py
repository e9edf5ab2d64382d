"""Editing: a live campaign changes its words in public, and every former one stays to be read."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from crowdfund.campaigns import editing
from kernel import db
from kernel.audits import Audit
from kernel.errors import Conflict, Invalid, NotFound
from tests import builders
from tests.crowdfund import drafts


def edit(campaign: int, version: int = 2, **said) -> int:
    with builders.work():
        return editing.edit_texts(drafts.author(), campaign, version, **said)


@pytest.mark.db
def test_every_version_stays_to_be_read(app):
    campaign = drafts.approved()
    assert edit(campaign, risks=drafts.RISKS + "And the rain.") == 3
    assert edit(campaign, 3, title="A second, larger kiln") == 4
    row = drafts.row(campaign)
    assert (row.text_version, row.slug, row.title) == (3, "a-second-kiln", "A second, larger kiln")
    said = [(text.version, text.title, "rain" in text.risks) for text in editing.versions(campaign)]
    assert said == [(3, "A second, larger kiln", True), (2, "A second kiln", True), (1, "A second kiln", False)]
    acts = db.session.scalars(select(Audit.act).where(Audit.subject == f"campaign {campaign}")).all()
    assert acts.count("crowdfund.edit_texts") == 2


def test_saying_the_same_makes_no_version(app):
    campaign = drafts.approved()
    assert edit(campaign, dek=drafts.row(campaign).dek) == 2
    assert drafts.row(campaign).text_version == 1


@pytest.mark.parametrize(
    "said",
    [{"title": ""}, {"story": "Gone."}, {"risks": ""}, {"budget": []}, {"budget": [["Bricks", 1]]},
     {"story": drafts.STORY + "![x](abcdefgh)"}],
)  # fmt: skip
def test_a_live_campaign_stays_whole(app, said):
    campaign = drafts.approved()
    with pytest.raises(Invalid):
        edit(campaign, **said)
    assert drafts.row(campaign).text_version == 1


def test_the_budget_may_be_parted_anew_within_the_same_sum(app):
    campaign = drafts.approved()
    edit(campaign, budget=[["Bricks", 999_999], ["Nails", 1]])
    assert drafts.row(campaign).budget == [["Bricks", 999_999], ["Nails", 1]]


def test_who_edits_over_a_newer_version_is_told(app):
    campaign = drafts.approved()
    edit(campaign, dek="One.")
    with pytest.raises(Conflict, match="saved_elsewhere"):
        edit(campaign, dek="Two.")


def test_only_a_live_campaign_is_edited_and_only_by_its_brand(app):
    waiting, live = drafts.submitted(), drafts.approved(title="Another kiln")
    with pytest.raises(Conflict, match="not_live"):
        edit(waiting, dek="One.")
    with builders.work(), pytest.raises(NotFound):
        editing.edit_texts(drafts.author("Tea"), live, 2, dek="Tea.")


def test_what_is_frozen_is_not_even_a_text(app):
    campaign = drafts.approved()
    for frozen in ("goal_minor", "ends_at", "opens_at", "visibility", "accepts_short", "currency"):
        with pytest.raises(AssertionError):
            edit(campaign, **{frozen: 1})
