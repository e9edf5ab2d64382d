"""Causes: which fact earns which grant, and which fact undoes it (RULES 5: Table).

What listens inline only INSERTs, in the cause's transaction.
"""

from __future__ import annotations

from collections.abc import Callable

from community.earning import grants
from community.earning.grants import CHECKIN, INTRODUCTION, LIKE, PURCHASE, TALK
from kernel import house as rooms
from kernel import money
from kernel.facts import Fact


def subscribe(house: rooms.House) -> None:
    """Hear the causes; purchases are worth a point a unit of the house's currency."""
    minor = 10 ** money.decimals(house.config.currency)
    granting = {
        "community.checked_in": hear_checkin,
        "community.talk_attended": hear_attended,
        "community.introduced": hear_introduced,
        "community.liked": hear_liked,
        "shop.order_paid": paying(minor, "merchandise_minor", _order),
        "crowdfund.pledge_collected": paying(minor, "reward_minor", _pledge),
    }
    for fact, hear in granting.items():
        house.listen(fact, "earning.grants", hear, inline=True)
    undoing = {
        "community.unliked": hear_unliked,
        "community.talk_voided": hear_voided,
        "shop.order_delivered": hear_delivered,
        "shop.order_refunded": hear_refunded,
        "crowdfund.pledge_fulfilled": hear_fulfilled,
        "crowdfund.pledge_refunded": hear_given_back,
    }
    for fact, hear in undoing.items():
        house.listen(fact, "earning.grants", hear)


def hear_checkin(fact: Fact) -> None:
    """10 points for a week's check-in."""
    grants.earned(CHECKIN, _who(fact), f"checkin:{fact.fields['checkin_id']}", fact.at)


def hear_attended(fact: Fact) -> None:
    """20 points for each who was present."""
    grants.earned(TALK, _who(fact), f"talk:{fact.fields['talk_id']}", fact.at)


def hear_introduced(fact: Fact) -> None:
    """50 points for an introduction, once a person."""
    grants.earned(INTRODUCTION, _who(fact), f"introduction:{fact.fields['introduction_id']}", fact.at)


def hear_liked(fact: Fact) -> None:
    """1 point to the author for each post and giver; liking oneself earns nothing."""
    if fact.fields["to_id"] != fact.member_id:
        grants.earned(LIKE, int(fact.fields["to_id"]), _like(fact), fact.at)


def hear_unliked(fact: Fact) -> None:
    """A like taken back takes its point along."""
    grants.undo(_like(fact))


def hear_voided(fact: Fact) -> None:
    """A void talk earned nobody anything."""
    grants.undo(f"talk:{fact.fields['talk_id']}")


def paying(minor: int, field: str, thing: Callable[[Fact], str]) -> Callable[[Fact], None]:
    """The listener that grants 1 point a currency unit of merchandise paid in money; `minor` makes one unit.

    The fact's `field` says how much was paid for merchandise: an order's goods, or the reward of a pledge. Nothing is
    due before the goods are delivered.
    """

    def hear_paid(fact: Fact) -> None:
        worth = int(fact.fields[field]) // minor * PURCHASE.points
        if worth > 0:
            grants.grant(PURCHASE, _who(fact), thing(fact), worth, None)

    return hear_paid


def hear_delivered(fact: Fact) -> None:
    """From the delivery on the 14 days run."""
    grants.deliver(_order(fact), fact.at)


def hear_refunded(fact: Fact) -> None:
    """A refunded order earned nothing."""
    grants.undo(_order(fact))


def hear_fulfilled(fact: Fact) -> None:
    """From the day on which a campaign's rewards were sent the 14 days run."""
    grants.deliver(_pledge(fact), fact.at)


def hear_given_back(fact: Fact) -> None:
    """A pledge that went back earned nothing."""
    grants.undo(_pledge(fact))


def _who(fact: Fact) -> int:
    assert fact.member_id is not None
    return fact.member_id


def _like(fact: Fact) -> str:
    return f"like:{fact.fields['post_id']}:{fact.member_id}"


def _order(fact: Fact) -> str:
    return f"order:{fact.fields['order_id']}"


def _pledge(fact: Fact) -> str:
    return f"pledge:{fact.fields['pledge_id']}"
