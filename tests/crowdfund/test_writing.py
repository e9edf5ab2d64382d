"""Writing: drafts are kept as they are typed, and handed in when they lack nothing."""

from __future__ import annotations

import pytest

from crowdfund.campaigns import writing
from kernel.errors import Conflict, Invalid, NotFound
from tests import builders
from tests.crowdfund import drafts
from tests.shop import goods

pytestmark = pytest.mark.usefixtures("app")


@pytest.mark.db
def test_a_draft_is_begun_once_however_often_the_button_was_pressed(app):
    author, brand = drafts.author(), goods.brand("Kiln")
    with builders.work():
        first = writing.begin(author, brand, "k1", "A second kiln")
        assert writing.begin(author, brand, "k1", "A second kiln") == first
        other = writing.begin(author, brand, "k2", "A second kiln")
    assert drafts.row(first).slug == "a-second-kiln"
    assert drafts.row(other).slug.startswith("a-second-kiln-")


def test_nobody_writes_for_another_brand(app):
    campaign, rival = drafts.draft(), drafts.author("Tea")
    with builders.work(), pytest.raises(NotFound):
        writing.begin(rival, goods.brand("Kiln"), "k", "A tea house")
    for verb in (writing.owned, writing.submit, writing.withdraw, writing.discard):
        with builders.work(), pytest.raises(NotFound):
            verb(rival, campaign)
    with builders.work(), pytest.raises(NotFound):
        writing.save(rival, campaign, 2, title="Tea")


@pytest.mark.db
def test_a_draft_may_be_unfinished(app):
    author = drafts.author()
    with builders.work():
        campaign = writing.begin(author, goods.brand("Kiln"), "k", "A second kiln")
        assert writing.save(author, campaign, 1, story="So far", goal_minor=0, budget=[["", 0]]) == 2
    assert drafts.row(campaign).story == "So far"


def test_who_saves_over_a_newer_version_is_told_and_changes_nothing(app):
    author, campaign = drafts.author(), drafts.draft()
    with builders.work():
        writing.save(author, campaign, 2, dek="From the workshop")
    with builders.work(), pytest.raises(Conflict, match="saved_elsewhere"):
        writing.save(author, campaign, 2, dek="From the sofa")
    assert drafts.row(campaign).dek == "From the workshop"


@pytest.mark.parametrize(
    ("field", "value"),
    [("title", "x" * 121), ("story", "x" * 12_001), ("plate", "no-such-drawing"), ("cover_number", "abcdefgh"),
     ("visibility", "friends"), ("goal_minor", -1), ("goal_minor", 100_000_001), ("budget", [["x" * 81, 1]]),
     ("budget", [["Bricks", 1]] * 21)],
)  # fmt: skip
def test_a_draft_holds_lengths_and_kinds(app, field, value):
    campaign = drafts.draft()
    with builders.work(), pytest.raises(Invalid):
        writing.save(drafts.author(), campaign, 2, **{field: value})


@pytest.mark.parametrize(
    ("said", "field"),
    [({"title": ""}, "title"), ({"dek": ""}, "dek"), ({"story": "Short."}, "story"), ({"risks": "None."}, "risks"),
     ({"story": drafts.STORY + "![A kiln](abcdefgh)"}, "story"), ({"budget": []}, "budget"),
     ({"budget": [["Bricks", 999_999]]}, "budget"), ({"budget": [["", 1_000_000]]}, "budget"),
     ({"goal_minor": 0}, "budget"), ({"plate": ""}, "plate"), ({"alt": ""}, "alt"), ({"ends_at": None}, "ends_at")],
)  # fmt: skip
def test_only_what_lacks_nothing_is_handed_in(app, said, field):
    campaign = drafts.draft(**said)
    with builders.work(), pytest.raises(Invalid) as refused:
        writing.submit(drafts.author(), campaign)
    assert refused.value.field == field
    assert drafts.row(campaign).state == "draft"


@pytest.mark.parametrize(("opens", "ends", "whole"), [
    (None, 1, True), (None, 60, True), (None, 0.9, False), (None, 60.1, False), (5, 65, True), (5, 5.5, False),
    (-5, 0.5, False), (-5, 55, True),
])  # fmt: skip
def test_a_campaign_lasts_from_one_day_to_sixty(app, opens, ends, whole):
    campaign = drafts.draft(opens_at=drafts.days(opens) if opens else None, ends_at=drafts.days(ends))
    assert (not writing.lacking(drafts.row(campaign))) is whole


@pytest.mark.db
def test_what_was_handed_in_is_told_to_its_judges_and_stands_still(app):
    builders.steward()
    campaign = drafts.submitted()
    assert drafts.row(campaign).state == "review"
    assert goods.mails("crowdfund/campaign_submitted")
    with builders.work(), pytest.raises(Conflict, match="not_draft"):
        writing.save(drafts.author(), campaign, 2, dek="Another")
    with builders.work():
        writing.withdraw(drafts.author(), campaign)
    assert drafts.row(campaign).state == "draft"


def test_an_interested_steward_hears_of_no_queue(app):
    with builders.work():
        builders.roles.grant(None, goods.admin("Kiln"), "steward")
    drafts.submitted()
    admins = {builders.viewer(goods.admin("Kiln")).email}
    assert not admins & set(goods.mails("crowdfund/campaign_submitted"))


def test_a_draft_can_be_thrown_away_and_nothing_else(app):
    thrown, waiting = drafts.draft(), drafts.submitted(title="Another kiln")
    with builders.work():
        writing.discard(drafts.author(), thrown)
    assert drafts.row(thrown).state == "cancelled"
    with builders.work(), pytest.raises(Conflict):
        writing.discard(drafts.author(), waiting)
