"""Who may know of which campaign, what lists show, and where a campaign stands at each second."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crowdfund.campaigns import reading, voices
from kernel import clock
from kernel.errors import NotFound
from kernel.viewer import VISITOR
from tests import builders, people
from tests.crowdfund import drafts, stage

pytestmark = [pytest.mark.usefixtures("app"), pytest.mark.db]


def slugs(viewer, kind: str = "open", sort: str = "ending") -> list[str]:
    return [row.slug for row in reading.listed(viewer, kind, sort)]


def sees(viewer, slug: str) -> bool:
    try:
        return bool(reading.shown(viewer, slug).slug == slug)
    except NotFound:
        return False


def test_everybody_finds_what_the_table_of_visibilities_says():
    for visibility in ("public", "members", "unlocked"):
        stage.campaign(title=visibility, visibility=visibility)
    eve = builders.engaged("Eve Evans")
    builders.suspend(eve)
    viewers = {
        "visitor": VISITOR,
        "applicant": builders.viewer(people.applicant()),
        "locked": builders.viewer(builders.member("Ben Brown")),
        "engaged": builders.viewer(builders.engaged("Ann Adams")),
        "suspended": builders.viewer(eve),
    }
    known = {
        "visitor": {"public"},
        "applicant": {"public"},
        "locked": {"public", "members"},
        "engaged": {"public", "members", "unlocked"},
        "suspended": {"public", "members"},
    }
    for kind, viewer in viewers.items():
        assert set(slugs(viewer)) == known[kind], kind
        assert {slug for slug in ("public", "members", "unlocked") if sees(viewer, slug)} == known[kind], kind


def test_what_was_never_launched_is_known_to_nobody():
    drafts.draft(title="A draft", visibility="public")
    drafts.submitted(title="In review", visibility="public")
    drafts.approved(title="Later", visibility="public", opens_at=drafts.days(3))
    maker = drafts.author()
    for viewer in (VISITOR, maker, builders.viewer(builders.operator())):
        assert slugs(viewer) == slugs(viewer, "ended") == []
        assert not any(sees(viewer, slug) for slug in ("a-draft", "in-review", "later"))


def test_open_campaigns_stand_in_three_orders_and_ended_ones_by_themselves(travel):
    ann, ben = builders.engaged("Ann Adams"), builders.engaged("Ben Brown")
    first = stage.campaign(title="First", days=20)
    stage.campaign(title="Second", days=10)
    stage.campaign(title="Over", days=2)
    stage.pledge(ann, first, 7_000)
    viewer = builders.viewer(ben)
    assert slugs(viewer) == ["over", "second", "first"]
    assert slugs(viewer, sort="new") == ["over", "second", "first"]
    assert slugs(viewer, sort="most")[0] == "first"
    travel(days=2)
    assert slugs(viewer) == ["second", "first"]
    assert slugs(viewer, "ended") == ["over"]


def test_a_page_holds_one_row_more_than_fits():
    for number in range(4):
        stage.campaign(title=f"Number {number}", visibility="public")
    assert len(reading.listed(VISITOR, "open", most=3)) == 4
    assert len(reading.listed(VISITOR, "open", page=2, most=3)) == 1
    assert len(reading.public_cards(3)) == 3


def test_the_end_is_at_its_second_and_not_when_the_worker_comes():
    kiln = stage.campaign(days=2)
    row = stage.row_of(kiln)
    with clock.frozen(row.ends_at - timedelta(seconds=1)):
        assert reading.phase(row) == "open"
    with clock.frozen(row.ends_at):
        assert reading.phase(row) == "closing"
    assert reading.decides_at(row) == row.ends_at + timedelta(minutes=40)


def test_a_failed_campaign_still_shows_what_was_pledged(travel):
    ann = builders.engaged("Ann Adams")
    kiln = stage.campaign(days=2)
    stage.pledge(ann, kiln, 4_000)
    stage.settle(kiln, travel, minutes=5)
    row = reading.shown(builders.viewer(ann), "a-second-kiln")
    assert reading.phase(row) == "failed"
    assert (row.pledged_minor, reading.pledged(row)) == (0, 4_000)


def test_members_find_their_own_pledge_and_how_many_of_their_cell_back_it():
    ann, ben, cara = (builders.engaged(name) for name in ("Ann Adams", "Ben Brown", "Cara Cole"))
    kiln, other = stage.campaign(), stage.campaign(title="Another")
    number = stage.pledge(ann, kiln, 5_000, stage.bowl(kiln).id)
    stage.pledge(ben, kiln)
    stage.pledge(cara, other)
    mine = reading.shown(builders.viewer(ann), "a-second-kiln")
    assert (mine.own_number, mine.own_state, mine.own_reward, mine.near_count) == (number, "pledged", "A bowl", 2)
    assert reading.shown(builders.viewer(cara), "a-second-kiln").own_number is None
    far = builders.viewer(builders.member("Dan Dole", builders.cell("Hillside")))
    assert reading.shown(far, "a-second-kiln").near_count == 0
    stage.cancel(ann, number)
    again = reading.shown(builders.viewer(ann), "a-second-kiln")
    assert (again.own_number, again.near_count) == (None, 1)


def test_backers_are_those_who_count_and_let_their_name_stand():
    ann, ben = builders.engaged("Ann Adams"), builders.engaged("Ben Brown")
    kiln = stage.campaign()
    stage.pledge(ann, kiln)
    stage.begin(ben, kiln)
    assert [row.name for row in voices.backers(kiln)] == ["Ann Adams"]
    assert voices.of(VISITOR, kiln)["backers"] == []
    newest = voices.backers(kiln)[0].id
    assert voices.backers(kiln, before=newest) == []
