"""Causes: which fact is about which object, who earns by it, and which fact undoes it (RULES 5: Table).

How much a fact earns, and whether at all, is a rule's row. What listens inline only INSERTs, in the cause's
transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from community.earning import contents, grants, rules
from community.earning.grants import Earned
from community.earning.rules import PointRule
from kernel import house as rooms
from kernel import money
from kernel.facts import Fact


@dataclass(frozen=True)
class Source:
    """How a fact is read: `thing` names its object by the fact's fields, `author` and `minor` are names of fields.

    With an author, it is the fact's member who gives; `minor` is the money that a rule measured by unit counts, `part`
    says how much of how much is undone by now. A fact
    that is `same_as` another earns by that one's rules.
    """

    thing: str
    author: str | None = None
    minor: str | None = None
    part: tuple[str, str] | None = None
    same_as: str | None = None

    def object_of(self, fact: Any) -> str:
        """The object as grants name it, such as "order:7" or "like:3:9"."""
        return self.thing.format(member_id=fact.member_id, **fact.fields)


# A fact that earns is one line here and one row of rules; commerce is known by the names of its facts alone.
EARNING = {
    "community.checked_in": Source("checkin:{checkin_id}"),
    "community.talk_attended": Source("talk:{talk_id}"),
    "community.introduced": Source("introduction:{introduction_id}"),
    "community.liked": Source("like:{post_id}:{member_id}", author="to_id"),
    "shop.order_paid": Source("order:{order_id}", minor="merchandise_minor"),
    # Of a pledge the reward alone is bought: what is given on top of it is a gift.
    "crowdfund.pledge_collected": Source("pledge:{pledge_id}", minor="reward_minor", same_as="shop.order_paid"),
}
UNDOING = {
    "community.unliked": Source("like:{post_id}:{member_id}"),
    "community.talk_voided": Source("talk:{talk_id}"),
    "shop.order_part_refunded": Source("order:{order_id}", part=("back_minor", "total_minor")),
    "shop.order_refunded": Source("order:{order_id}"),
    "crowdfund.pledge_part_refunded": Source("pledge:{pledge_id}", part=("back_minor", "total_minor")),
    "crowdfund.pledge_refunded": Source("pledge:{pledge_id}"),
}
# While the payer's bank holds the money, nothing that it earned stands.
FREEZING = {
    "shop.order_disputed": Source("order:{order_id}"),
    "crowdfund.pledge_disputed": Source("pledge:{pledge_id}"),
}
THAWING = {
    "shop.order_undisputed": Source("order:{order_id}"),
    "crowdfund.pledge_undisputed": Source("pledge:{pledge_id}"),
}
DELIVERING = {
    "shop.order_delivered": Source("order:{order_id}"),
    "crowdfund.pledge_fulfilled": Source("pledge:{pledge_id}"),
}


def subscribe(house: rooms.House) -> None:
    """Hear the causes; a measured one is counted in units of the house's currency."""
    hear_each = earning(10 ** money.decimals(house.config.currency))
    for fact in EARNING:
        house.listen(fact, "earning.grants", lambda fact: hear_each([fact]), inline=True, hear_each=hear_each)
    for fact in UNDOING:
        house.listen(fact, "earning.grants", hear_undone)
    for fact in FREEZING:
        house.listen(fact, "earning.grants", hear_frozen)
    for fact in THAWING:
        house.listen(fact, "earning.grants", hear_thawed)
    for fact in DELIVERING:
        house.listen(fact, "earning.grants", hear_delivered)
    for fact in contents.HEARD:
        house.listen(fact, "earning.grants", contents.hear)


def earning(minor: int) -> Callable[[Sequence[Any]], None]:
    """The listener that grants what the rules give for facts of one name and instant.

    `minor` makes one unit of the currency.
    """

    def hear_each(told: Sequence[Any]) -> None:
        first = told[0]
        awake = rules.of_fact(EARNING[first.name].same_as or first.name, first.at)
        given = [(rule, earned_by(rule, fact, minor)) for fact in told for rule in awake]
        grants.give_each([(rule, earned) for rule, earned in given if earned is not None])

    return hear_each


def earned_by(rule: PointRule, fact: Any, minor: int) -> Earned | None:
    """Who earns what by a rule because of a fact; None for what is worth nothing; pure, as replays ask it too."""
    source = EARNING[fact.name]
    by_author = rule.earner == "author"
    earner = int(fact.fields[source.author or ""]) if by_author else fact.member_id
    giver = fact.member_id if by_author else None
    assert earner is not None
    units = int(fact.fields[source.minor or ""]) // minor if rule.measure == "unit" else 1
    if units <= 0 or giver == earner:
        return None
    return Earned(earner, source.object_of(fact), fact.at, units, giver)


def hear_undone(fact: Fact) -> None:
    """A cause is gone, and takes with it what it earned: a like, a talk, an order, a pledge."""
    grants.undo(*undone_by(fact))


def undone_by(fact: Any) -> tuple[str, int, int]:
    """The object that a fact undoes, and which part of what whole of it; pure."""
    source = UNDOING[fact.name]
    part, whole = (int(fact.fields[name]) for name in source.part) if source.part else (1, 1)
    return source.object_of(fact), part, whole


def frozen_by(fact: Any) -> str | None:
    """The object that a fact freezes or thaws; None for a fact that does neither; pure."""
    source = FREEZING.get(fact.name) or THAWING.get(fact.name)
    return source.object_of(fact) if source is not None else None


def hear_frozen(fact: Fact) -> None:
    """A payer's bank holds the money of a purchase: what it earned does not stand meanwhile."""
    grants.hide([FREEZING[fact.name].object_of(fact)])


def hear_thawed(fact: Fact) -> None:
    """The bank has decided: what is left of the purchase earns as before."""
    grants.restore([THAWING[fact.name].object_of(fact)])


def hear_delivered(fact: Fact) -> None:
    """From the delivery on, or the day on which a campaign's rewards were sent, the delay of a purchase runs."""
    grants.deliver(DELIVERING[fact.name].object_of(fact), fact.at)
