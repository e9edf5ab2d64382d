"""Reviewing: somebody without interest lets a campaign live, at its time, or says why not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from crowdfund.campaigns import editing, reviewing, writing
from crowdfund.campaigns.rows import DECIDES, MISSED
from kernel import clock, db
from kernel.audits import Audit
from kernel.errors import Conflict, Forbidden, Invalid, NotFound
from kernel.facts import Fact
from tests import builders
from tests.crowdfund import drafts
from tests.shop import goods


def steward():
    return builders.viewer(builders.steward())


@pytest.mark.db
def test_what_is_approved_without_an_opening_lives_at_once(app):
    campaign = drafts.approved()
    row = drafts.row(campaign)
    assert row.state == "live"
    assert row.launched_at == clock.now()
    assert row.due_at == row.ends_at + DECIDES
    assert [version.version for version in editing.versions(campaign)] == [1]
    assert db.session.scalars(select(Fact.fields).where(Fact.name == "crowdfund.campaign_launched")).one() == {
        "campaign_id": campaign,
        "brand_id": goods.brand("Kiln"),
    }
    assert goods.mails("crowdfund/campaign_approved")
    assert db.session.scalars(select(Audit.act).where(Audit.subject == f"campaign {campaign}")).all() == [
        "crowdfund.approve"
    ]


@pytest.mark.db
def test_what_opens_later_waits_for_its_time(app):
    campaign = drafts.approved(opens_at=drafts.days(2))
    row = drafts.row(campaign)
    assert (row.state, row.due_at) == ("review", row.opens_at)
    with builders.work():
        assert not reviewing.launch(campaign)
    with clock.frozen(clock.now() + timedelta(days=2)), builders.work():
        assert reviewing.launch(campaign)
        assert not reviewing.launch(campaign)
    assert drafts.row(campaign).state == "live"


def test_what_was_never_opened_goes_back(app):
    campaign = drafts.approved(opens_at=drafts.days(2), ends_at=drafts.days(4))
    with clock.frozen(clock.now() + timedelta(days=5)), builders.work():
        assert not reviewing.launch(campaign)
    row = drafts.row(campaign)
    assert (row.state, row.sent_back_why, row.due_at) == ("draft", MISSED, None)


def test_nobody_judges_a_campaign_of_the_own_brand(app):
    campaign, admin = drafts.submitted(), goods.admin("Kiln")
    with builders.work():
        builders.roles.grant(None, admin, "steward")
    interested = builders.viewer(admin)
    assert reviewing.queue(interested) == []
    for judge in (
        lambda: reviewing.approve(interested, campaign),
        lambda: reviewing.send_back(interested, campaign, "No"),
    ):
        with builders.work(), pytest.raises(Forbidden):
            judge()
    assert drafts.row(campaign).approved_at is None


def test_the_author_judges_nothing_even_after_leaving_the_brand(app):
    campaign, admin = drafts.submitted(), goods.admin("Kiln")
    with builders.work():
        builders.roles.grant(None, admin, "steward")
        builders.roles.dismiss(builders.viewer(builders.operator()), admin, "brand_admin", goods.brand("Kiln"))
    assert reviewing.queue(builders.viewer(admin)) == []
    with builders.work(), pytest.raises(Forbidden):
        reviewing.approve(builders.viewer(admin), campaign)


def test_who_reads_no_campaigns_knows_of_none(app):
    campaign = drafts.submitted()
    for stranger in (builders.viewer(builders.engaged("Ann Adams")), drafts.author("Tea"), drafts.author()):
        assert reviewing.queue(stranger) == []
        with builders.work(), pytest.raises(NotFound):
            reviewing.approve(stranger, campaign)


def test_the_queue_shows_the_oldest_first_and_no_approved_one(app):
    first = drafts.submitted()
    with clock.frozen(clock.now() + timedelta(hours=1)):
        second = drafts.submitted("Tea", title="A tea house")
    drafts.approved(title="A third kiln", opens_at=drafts.days(2))
    assert [row.id for row, _brand in reviewing.queue(steward())] == [first, second]


def test_what_came_back_says_why_and_can_be_handed_in_again(app):
    campaign = drafts.submitted()
    with builders.work():
        reviewing.send_back(steward(), campaign, "Say where the bricks come from.")
    assert drafts.row(campaign).sent_back_why == "Say where the bricks come from."
    assert goods.mails("crowdfund/campaign_sent_back")
    with builders.work(), pytest.raises(NotFound):
        reviewing.approve(steward(), campaign)
    with builders.work():
        writing.submit(drafts.author(), campaign)
    assert drafts.row(campaign).sent_back_why == ""


@pytest.mark.db
def test_what_was_handed_in_anew_is_not_approved_unread(app):
    campaign = drafts.submitted()
    read = drafts.row(campaign).submitted_at
    with clock.frozen(clock.now() + timedelta(hours=1)):
        with builders.work():
            writing.withdraw(drafts.author(), campaign)
            writing.submit(drafts.author(), campaign)
        with builders.work(), pytest.raises(Conflict):
            reviewing.approve(steward(), campaign, read)
    assert drafts.row(campaign).approved_at is None


def test_what_would_last_too_short_by_now_is_not_approved(app):
    campaign = drafts.submitted(ends_at=drafts.days(3))
    with clock.frozen(clock.now() + timedelta(days=2, hours=1)), builders.work(), pytest.raises(Invalid, match="lasts"):
        reviewing.approve(steward(), campaign)


def test_it_is_approved_once(app):
    campaign = drafts.approved(opens_at=drafts.days(2))
    with builders.work(), pytest.raises(Conflict):
        reviewing.approve(steward(), campaign)
