"""Updates: published once, corrected in the open, mailed to every backer by the worker."""

from __future__ import annotations

import pytest

from crowdfund import updates
from kernel import db
from kernel.errors import Conflict, Invalid, NotFound
from tests import builders
from tests.crowdfund import drafts, stage
from tests.shop import goods


def publish(campaign: int, title: str = "The bricks are here", body: str = "On Monday.", key: str = "k") -> int:
    with builders.work():
        return updates.publish(drafts.author(), campaign, title, body, key)


@pytest.mark.db
def test_a_double_click_publishes_once(app):
    campaign = drafts.approved()
    assert publish(campaign) == publish(campaign)
    assert len(updates.of(campaign)) == 1


@pytest.mark.db
def test_what_an_update_said_before_stays(app):
    campaign = drafts.approved()
    update = publish(campaign)
    with builders.work():
        updates.edit(drafts.author(), update, 1, "The bricks are here", "On Tuesday.")
        updates.edit(drafts.author(), update, 2, "The bricks are here", "On Tuesday.")
    with builders.work(), pytest.raises(Conflict, match="saved_elsewhere"):
        updates.edit(drafts.author(), update, 1, "The bricks are here", "On Sunday.")
    db.session.rollback()
    row = updates.get(update)
    assert (row.body, row.version, row.edited_at is not None) == ("On Tuesday.", 2, True)
    assert [(version.version, version.body) for version in updates.versions(update)] == [(1, "On Monday.")]


def test_there_are_none_before_the_launch_and_none_from_others(app):
    campaign, live = drafts.submitted(), drafts.approved(title="Another kiln")
    with pytest.raises(Conflict, match="not_launched"):
        publish(campaign)
    with builders.work(), pytest.raises(NotFound):
        updates.publish(drafts.author("Tea"), live, "Tea", "Tea.", "k")
    update = publish(live)
    with builders.work(), pytest.raises(NotFound):
        updates.edit(drafts.author("Tea"), update, 1, "Tea", "Tea.")


@pytest.mark.parametrize(
    ("title", "body"), [("", "On Monday."), ("x" * 121, "On Monday."), ("Bricks", " "), ("Bricks", "x" * 8_001),
                        ("Bricks", "![x](abcdefgh)")],
)  # fmt: skip
def test_an_update_has_its_lengths_and_its_own_pictures(app, title, body):
    campaign = drafts.approved()
    with pytest.raises(Invalid):
        publish(campaign, title, body)


def test_every_backer_gets_one_mail_in_batches(app, monkeypatch):
    monkeypatch.setattr(updates, "BATCH", 2)
    campaign = stage.campaign()
    backers = [builders.engaged(name) for name in ("Ann Adams", "Zoe Zimmer", "Eve Eastman")]
    for backer in backers:
        stage.pledge(backer, campaign)
    builders.drain()
    publish(campaign)
    with builders.work():
        assert updates.of(campaign)[0].due_at is not None
    builders.drain()
    wanted = sorted(builders.viewer(backer).email for backer in backers)
    assert sorted(goods.mails("crowdfund/update_published")) == wanted
    db.session.rollback()
    assert updates.of(campaign)[0].due_at is None
