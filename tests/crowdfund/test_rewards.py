"""Rewards: tiers change until somebody chose them; then only their places grow."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from crowdfund import rewards
from kernel import db
from kernel.audits import Audit
from kernel.errors import Conflict, Invalid, NotFound, SoldOut
from tests import builders
from tests.crowdfund import drafts, stage


def only(campaign: int) -> rewards.Reward:
    db.session.rollback()
    return rewards.of(campaign)[0]


@pytest.mark.db
def test_adding_the_same_title_again_finds_the_first(app):
    campaign = drafts.draft()
    with builders.work():
        again = rewards.add(drafts.author(), campaign, "A bowl", 4_800)
    assert again == only(campaign).id


def test_a_month_is_kept_by_its_first_day(app):
    campaign = drafts.draft()
    with builders.work():
        reward = rewards.add(drafts.author(), campaign, "A cup", 3_000, estimated_on=date(2027, 5, 17))
    assert rewards.get(reward).estimated_on == date(2027, 5, 1)


@pytest.mark.parametrize(
    "said",
    [{"price_minor": 99}, {"price_minor": 1_000_001}, {"places": 0}, {"places": 100_001}, {"title": " "},
     {"title": "x" * 81}, {"text": "x" * 601}, {"shipping_minor": 500}, {"ships": True, "shipping_minor": -1}],
)  # fmt: skip
def test_what_is_no_reward_is_refused(app, said):
    campaign = drafts.draft()
    with builders.work(), pytest.raises(Invalid):
        rewards.add(drafts.author(), campaign, **{"title": "A cup", "price_minor": 3_000, **said})


def test_no_two_rewards_share_a_title(app):
    campaign = drafts.draft()
    with builders.work():
        cup = rewards.add(drafts.author(), campaign, "A cup", 3_000)
    with builders.work(), pytest.raises(Invalid, match="reward_named"):
        rewards.change(drafts.author(), cup, "A bowl", 3_000)


def test_a_campaign_has_at_most_twenty(app):
    campaign = drafts.draft()
    with builders.work():
        for number in range(rewards.MOST - 1):
            rewards.add(drafts.author(), campaign, f"Cup {number}", 3_000)
    with builders.work(), pytest.raises(Conflict):
        rewards.add(drafts.author(), campaign, "One more", 3_000)


@pytest.mark.db
def test_a_chosen_reward_is_frozen_even_when_it_was_given_back(app):
    campaign = drafts.approved()
    reward = only(campaign).id
    with builders.work():
        rewards.take(reward)
        rewards.free(reward)
    with builders.work(), pytest.raises(Conflict, match="frozen"):
        rewards.change(drafts.author(), reward, "A bowl", 100)
    with builders.work(), pytest.raises(Conflict, match="frozen"):
        rewards.remove(drafts.author(), reward)
    assert only(campaign).price_minor == 4_800


@pytest.mark.db
def test_places_are_taken_to_the_last_one_and_added_in_public(app):
    campaign = drafts.approved()
    reward = only(campaign).id
    with builders.work():
        for _place in range(9):
            rewards.take(reward)
    with builders.work(), pytest.raises(SoldOut):
        rewards.take(reward)
    with builders.work():
        rewards.add_places(drafts.author(), reward, 3)
        rewards.take(reward)
    assert (only(campaign).places, only(campaign).taken) == (12, 10)
    audit = db.session.scalars(select(Audit).where(Audit.act == "crowdfund.add_places")).one()
    assert audit.before == {"places": 9}


def test_places_only_grow_and_only_where_they_are_counted(app):
    campaign = drafts.approved()
    with builders.work():
        endless = rewards.add(drafts.author(), campaign, "Thanks", 100)
    bowl = stage.bowl(campaign).id
    for reward, count in ((bowl, 0), (bowl, -3), (endless, 3), (bowl, 100_000)):
        with builders.work(), pytest.raises(Invalid):
            rewards.add_places(drafts.author(), reward, count)


def test_nothing_changes_while_somebody_judges_or_from_another_brand(app):
    campaign = drafts.submitted()
    reward = only(campaign).id
    with builders.work(), pytest.raises(Conflict, match="rewards_shut"):
        rewards.change(drafts.author(), reward, "A bowl", 100)
    with builders.work(), pytest.raises(NotFound):
        rewards.add(drafts.author("Tea"), campaign, "Tea", 500)
    with builders.work(), pytest.raises(NotFound):
        rewards.remove(drafts.author("Tea"), reward)
