"""Points that people compete for: a purse, a budget, a lot, the caps of one member, a clawback against a purchase."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select, update

from community.earning import debts, grants, issuers, lots, points, rules, settlements
from community.earning.grants import Earned, Grant
from community.earning.lots import Lot
from kernel import clock, db, ledger
from kernel.ledger import Account, Leg
from tests import builders, people
from tests.contests.judging import count, exactly_one

COVERED = ("kernel_accounts", "ck_kernel_accounts_covered")
ADDS_UP = ("community_lots", "ck_community_lots_adds_up")
NAMES = ("Ann Okafor", "Ben Castillo", "Carla Dias")


def member() -> int:
    """A member whose purse was never opened by anything."""
    return people.account("Ann Okafor")


# One balance, twenty redemptions of all of it.
def purse_of_ten() -> tuple[Any, ...]:
    member_id = member()
    points.issue(member_id, 10, "gift-1", "test:1")
    return (member_id,)


def redeem(member_id: int) -> str:
    key = builders.key() + f"-{id(object())}-{clock.real().timestamp()}"
    points.hold(member_id, 10, key, f"test:{key}")
    return "held"


def spent_once(outcomes: list[Any]) -> str | None:
    purse, held = (_balance(name) for name in ("purse", "held"))
    fine = purse == 0 and held == 10 and db.session.scalar(select(func.sum(Lot.held))) == 10
    return exactly_one("held")(outcomes) or (None if fine else f"purse {purse}, held {held}")


# One lot, taken three times at once, whoever guards the purse.
def take_the_lot(member_id: int) -> str:
    lots.take(member_id, 10, "held")
    return "taken"


# A budget with 5 left, three grants of 5 to three members.
def last_budget() -> tuple[Any, ...]:
    members = [people.account(name) for name in NAMES]
    spare = issuers.budget("community") - 5
    legs = [Leg("community", "budget", "points", -spare, floor=True), Leg("nobody", "spare", "points", spare)]
    ledger.post(legs, "test", "all-but-five", "test:1")
    return tuple(_granted(member_id, f"thing:{n}", 5) for n, member_id in enumerate(members))


def settle_mine(*grant_ids: int) -> str:
    """Each process settles another of the three."""
    place = db.insert_once(Account, owner="turn", name="one", unit="t", floor=False, balance=0) is None
    place += db.insert_once(Account, owner="turn", name="two", unit="t", floor=False, balance=0) is None if place else 0
    db.session.commit()
    settlements.settle(grant_ids[int(place)])
    return str(db.session.scalar(select(Grant.state).where(Grant.id == grant_ids[int(place)])))


def paid_from_five(outcomes: list[Any]) -> str | None:
    left = issuers.budget("community")
    return exactly_one("posted")(outcomes) or (None if left == 0 else f"{left} left")


# Eight grants of 10 on one day, settled by three workers at once: the 60 of the day are paid once.
def a_full_day() -> tuple[Any, ...]:
    member_id = member()
    for n in range(8):
        _granted(member_id, f"thing:{n}", 10)
    return (member_id,)


def settle_all(member_id: int) -> str:
    settlements.settle_member(member_id)
    return "settled"


def one_day_paid(outcomes: list[Any]) -> str | None:
    purse = _balance("purse")
    return None if purse == 60 and len(outcomes) == 3 else f"paid {purse}, {outcomes}"


# A clawback of 10 and two purchases of 10, one balance of 10.
def spent_or_undone() -> tuple[Any, ...]:
    member_id = member()
    grant_id = _granted(member_id, "thing:1", 10)
    settlements.settle_member(member_id)
    grants.undo("thing:1")
    return member_id, grant_id


def claw_or_spend(member_id: int, grant_id: int) -> str:
    if db.insert_once(Account, owner="turn", name="one", unit="t", floor=False, balance=0) is None:
        return redeem(member_id)
    db.session.commit()
    settlements.settle(grant_id)
    return "clawed"


def never_both(outcomes: list[Any]) -> str | None:
    purse, held, owed = (_balance(name) for name in ("purse", "held", "debt"))
    fine = purse == 0 and held == owed and held == 10 * outcomes.count("held") <= 10 and "clawed" in outcomes
    return None if fine and count(debts.Debt) == owed // 10 else f"{purse}, {held}, {owed}: {outcomes}"


def _granted(member_id: int, thing: str, worth: int) -> int:
    """A pending grant that is due now; the id of its spendable half."""
    rule = rules.in_force("checkin", clock.now())
    assert rule is not None
    grants.give(rule, Earned(member_id, thing, clock.now()))
    db.session.execute(update(Grant).where(Grant.object == thing).values(due_at=clock.now(), points=worth))
    own = (Grant.object == thing, Grant.purpose == grants.SPENDABLE)
    return int(db.session.scalars(select(Grant.id).where(*own)).one())


def _balance(name: str) -> int:
    found = select(Account.balance).where(Account.name == name, Account.unit == "points")
    return int(db.session.scalar(found) or 0)


RACES: dict[str, dict[str, Any]] = {
    "one balance, redeemed twenty times": {
        "act": "earning:redeem",
        "prepare": purse_of_ten,
        "lost": spent_once,
        "rules": (COVERED, ADDS_UP),
        "times": 7,
        # Purse and lots guard it one behind the other: each loses alone, in "one purse" and in "one lot".
        "mutant_on": (),
    },
    "one lot, allocated twice": {
        "act": "earning:take_the_lot",
        "prepare": purse_of_ten,
        "lost": exactly_one("taken"),
        "rules": (ADDS_UP,),
        # On SQLite who takes second reads that nothing is free.
        "mutant_on": ("postgresql",),
    },
    "a budget with five left, three grants": {
        "act": "earning:settle_mine",
        "prepare": last_budget,
        "lost": paid_from_five,
        "rules": (COVERED,),
    },
    "one member, settled three times": {
        "act": "earning:settle_all",
        "prepare": a_full_day,
        "lost": one_day_paid,
        "rules": (("kernel_entries", "uq_kernel_entries_key"), ("community_lots", "uq_community_lots_key")),
        "mutant_on": ("postgresql",),
    },
    "a clawback against two purchases": {
        "act": "earning:claw_or_spend",
        "prepare": spent_or_undone,
        "lost": never_both,
        "rules": (COVERED, ADDS_UP),
        # Without the lock the two wait for each other in a ring, and the database ends one of them.
        "mutant_on": (),
    },
}
