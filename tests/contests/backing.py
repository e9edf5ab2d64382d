"""Places, pledges and decisions that people and workers compete for in campaigns."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from crowdfund import rewards, settlement
from crowdfund.campaigns import Campaign, reviewing
from crowdfund.pledges import PURPOSE, Pledge, charging, making, paying, sweeping
from kernel import clock, db
from kernel.facts import Fact
from kernel.moves import Move
from payments import charges, pace, rounds, setups
from payments.attempts import Attempt
from payments.refunds import Refund
from tests import builders
from tests.contests.judging import count, exactly_one
from tests.crowdfund import drafts, stage

AMOUNT = 12_000
BEFORE = timedelta(days=31)


# One place of a reward, three who take it.
def one_place() -> tuple[Any, ...]:
    campaign_id = stage.campaign()
    return (stage.tier(campaign_id, "The one key", places=1),)


def take_it(reward_id: int) -> str:
    rewards.take(reward_id)
    return "taken"


def never_more_than_places(outcomes: list[Any]) -> str | None:
    row = db.session.execute(select(rewards.Reward.taken).where(rewards.Reward.places == 1)).one()
    return exactly_one("taken")(outcomes) or (None if row.taken == 1 else f"{row.taken} of 1")


# One member, three pledges to one campaign: from three tabs, and by one click.
def one_backer() -> tuple[Any, ...]:
    return stage.campaign(), builders.engaged("Ann Okafor")


def pledge_anew(campaign_id: int, member_id: int) -> str:
    making.begin(builders.viewer(member_id), campaign_id, stage.wish(AMOUNT), f"tab {os.getpid()}")
    return "begun"


def click(campaign_id: int, member_id: int) -> str:
    return "pledge " + making.begin(builders.viewer(member_id), campaign_id, stage.wish(AMOUNT), "the same key")


def one_pledge(outcomes: list[Any]) -> str | None:
    answers = {o for o in outcomes if str(o).startswith(("begun", "pledge "))}
    return None if count(Pledge) == 1 and len(answers) == 1 else f"{count(Pledge)} pledges, answers {outcomes}"


# A saved card, told three times.
def one_begun() -> tuple[Any, ...]:
    number = stage.begin(builders.engaged("Ann Okafor"), stage.campaign(), AMOUNT)
    pledge_id = stage.pledge_row(number).id
    setup = setups.of(PURPOSE, pledge_id)
    assert setup is not None
    return pledge_id, setup.id


def save_it(pledge_id: int, setup_id: int) -> str:
    return "taken" if making.card_saved(pledge_id, setup_id) else "refused"


def counted_once(outcomes: list[Any]) -> str | None:
    pledged, backers = db.session.execute(select(Campaign.pledged_minor, Campaign.backers_count)).one()
    return None if (pledged, backers) == (AMOUNT, 1) else f"{pledged} of {backers} backers, {outcomes}"


# Three who judge one campaign.
def one_to_judge() -> tuple[Any, ...]:
    return drafts.submitted(), builders.steward()


def approve_it(campaign_id: int, steward_id: int) -> str:
    reviewing.approve(builders.viewer(steward_id), campaign_id)
    return "approved"


# Three workers decide one campaign, charge one pledge, and take its money.
def one_over() -> tuple[Any, ...]:
    with clock.frozen(clock.now() - BEFORE):
        campaign_id = stage.campaign()
        stage.pledge(builders.engaged("Ann Okafor"), campaign_id, AMOUNT)
    db.session.rollback()
    return (campaign_id,)


def decide_it(campaign_id: int) -> str:
    settlement.sweep(campaign_id)
    return "swept"


def decided_once(outcomes: list[Any]) -> str | None:
    settled = count(Move, Move.table_name == "crowdfund_campaigns", Move.verb == "settle")
    told = count(Fact, Fact.name == "crowdfund.campaign_decided")
    return None if settled == told == 1 else f"settled {settled} times, told {told} times: {outcomes}"


def one_to_charge() -> tuple[Any, ...]:
    (campaign_id,) = one_over()
    with builders.work():
        settlement.sweep(campaign_id)
    return (db.session.scalars(select(Pledge.id)).one(),)


def charge_it(pledge_id: int) -> str:
    sweeping.sweep(pledge_id)
    return "swept"


def charged_once(outcomes: list[Any]) -> str | None:
    begun = count(Move, Move.table_name == "crowdfund_pledges", Move.verb == "charge")
    return None if begun == count(Attempt) == 1 else f"{begun} moves, {count(Attempt)} attempts: {outcomes}"


def one_charging() -> tuple[Any, ...]:
    (pledge_id,) = one_to_charge()
    with builders.work():
        sweeping.sweep(pledge_id)
    charge = charges.of(PURPOSE, pledge_id)
    assert charge is not None
    return pledge_id, charge.id


def pay_it(pledge_id: int, charge_id: int) -> str:
    return "taken" if paying.paid(pledge_id, charge_id) else "refused"


def collected_once(outcomes: list[Any]) -> str | None:
    collected = db.session.scalar(select(Campaign.collected_minor))
    return None if collected == AMOUNT and set(outcomes) == {"taken"} else f"collected {collected}: {outcomes}"


# A round of saved cards, sent and taken by three workers.
def one_round() -> tuple[Any, ...]:
    with clock.frozen(clock.now() - BEFORE):
        campaign_id = stage.campaign(2 * AMOUNT)
        stage.pledge(builders.engaged("Ann Okafor"), campaign_id, AMOUNT)
        stage.pledge(builders.engaged("Ben Castillo"), campaign_id, AMOUNT)
    with builders.work():
        settlement.sweep(campaign_id)
        charging.charge_each(list(db.session.scalars(select(Pledge.id))))
        pace.turn()  # so that its slots are there
    return (list(db.session.scalars(select(Attempt.id).order_by(Attempt.id))),)


def send_them(attempt_ids: list[int]) -> str:
    return f"sent {len(rounds.send_each(attempt_ids))}"


def collected_both(outcomes: list[Any]) -> str | None:
    collected, unended = db.session.execute(select(Campaign.collected_minor, Campaign.unended_count)).one()
    sent = sorted(outcomes) == ["sent 0", "sent 0", "sent 2"]
    return None if sent and (collected, unended) == (2 * AMOUNT, 0) else f"collected {collected}: {outcomes}"


# A cancelled campaign gives back what it had collected.
def one_to_return() -> tuple[Any, ...]:
    pledge_id, charge_id = one_charging()
    db.session.rollback()  # the worker writes on a connection of its own
    builders.drain()
    campaign_id = db.session.scalars(select(Campaign.id)).one()
    assert charges.get(charge_id).state == "paid"
    stage.call_off(campaign_id)
    return (pledge_id,)


def returned_once(outcomes: list[Any]) -> str | None:
    return None if count(Refund) == 1 else f"{count(Refund)} refunds: {outcomes}"


ATTEMPTS = (
    ("payments_attempts", "uq_payments_attempts_one_open_a_charge"),
    ("payments_attempts", "uq_payments_attempts_charge_id_number"),
    ("payments_charges", "uq_payments_charges_one_open_a_subject"),
)
COUNTED = (("crowdfund_campaigns", "ck_crowdfund_campaigns_collects_what_was_pledged"),)
UNENDED = ("crowdfund_pledges", "uq_crowdfund_pledges_one_unended")

RACES: dict[str, dict[str, Any]] = {
    "one place of a reward, taken by three": {
        "act": "backing:take_it",
        "prepare": one_place,
        "lost": never_more_than_places,
        "rules": (("crowdfund_rewards", "ck_crowdfund_rewards_places_left"),),
    },
    "one backer, three tabs": {
        "act": "backing:pledge_anew",
        "prepare": one_backer,
        "lost": one_pledge,
        "rules": (UNENDED,),
        "guard_is_a_rule": True,
    },
    "one click on pledge, three times": {
        "act": "backing:click",
        "prepare": one_backer,
        "lost": one_pledge,
        "rules": (UNENDED, ("crowdfund_pledges", "uq_crowdfund_pledges_made_once")),
        "guard_is_a_rule": True,
        "mutant_on": ("postgresql",),
    },
    "one saved card, told three times": {"act": "backing:save_it", "prepare": one_begun, "lost": counted_once},
    "one campaign, judged by three": {
        "act": "backing:approve_it",
        "prepare": one_to_judge,
        "lost": exactly_one("approved"),
        "mutant_on": ("postgresql",),
    },
    "one campaign, decided by three": {
        "act": "backing:decide_it",
        "prepare": one_over,
        "lost": decided_once,
        "mutant_on": ("postgresql",),
    },
    "one pledge, charged by three": {
        "act": "backing:charge_it",
        "prepare": one_to_charge,
        "lost": charged_once,
        "rules": ATTEMPTS,
        "mutant_on": ("postgresql",),
    },
    "one pledge, paid for three times": {
        "act": "backing:pay_it",
        "prepare": one_charging,
        "lost": collected_once,
        "rules": COUNTED,
    },
    "one round of saved cards, sent by three": {
        "act": "backing:send_them",
        "prepare": one_round,
        "lost": collected_both,
        "rules": COUNTED,
        "mutant_on": ("postgresql",),
    },
    "one collected pledge, given back by three": {
        "act": "backing:charge_it",
        "prepare": one_to_return,
        "lost": returned_once,
        "mutant_on": (),  # guarded twice: whoever comes later waits for the pledge's row, and then finds no rest
    },
}
