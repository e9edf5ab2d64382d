"""What must always be true of points; grouped by the database, which hands out breaches alone, at any length."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, String, and_, case, cast, func, literal, or_, select

from community.earning.allocations import OPEN, SPENT, Allocation
from community.earning.debts import LEFT, Debt
from community.earning.grants import SPENDABLE, STANDING, Grant
from community.earning.issuers import STANDING_UNIT, UNIT
from community.earning.lots import FREE, Lot
from community.living.heart_talks import HeartTalk
from community.living.reactions import Like
from kernel import db
from kernel.facts import Delivery, Fact
from kernel.ledger import Account, Entry, LegRow

GRANTED = ("points.issue", "points.take_back", "points.restore")


def grants_are_single() -> list[str]:
    """More than one grant for one rule, recipient, object and purpose."""
    what = (Grant.rule, Grant.recipient_id, Grant.object, Grant.purpose)
    rows = db.session.execute(select(*what).group_by(*what).having(func.count() > 1))
    return [f"{rule} {thing} earned member {who} twice" for rule, who, thing, _book in rows]


def grants_are_posted() -> list[str]:
    """Paid grants whose entry is not there or says another amount, and members whose entries are of no grants."""
    booked = select(func.coalesce(func.sum(LegRow.amount), 0)).join(Account, Account.id == LegRow.account_id)
    mine = and_(Account.owner == _member(Grant.recipient_id), Account.name.in_(("purse", "standing")))
    booked = booked.join(Entry, Entry.id == LegRow.entry_id).where(
        Entry.key == literal("grant-") + _text(Grant.id), mine
    )
    amount = booked.correlate(Grant).scalar_subquery()
    wrong = select(Grant.id, Grant.paid, amount).where(Grant.state.in_(("posted", "reversed")), amount != Grant.paid)
    breaches = [f"grant {row} paid {paid}, booked {has}" for row, paid, has in db.session.execute(wrong)]
    unpaid = select(Grant.id).where(Grant.state.in_(("pending", "void")), (Grant.paid > 0) | (Grant.taken_back > 0))
    breaches += [f"grant {row} was paid before its time" for row in db.session.scalars(unpaid)]
    return breaches + _entries_are_granted()


def undone_causes_are_undone() -> list[str]:
    """Grants that stand though their cause is undone, once nobody is still to hear of it."""
    if db.session.scalar(select(Delivery.id).where(Delivery.listener == "earning.grants").limit(1)):
        return []
    stands = and_(Grant.state.in_(("pending", "posted")), Grant.undone < Grant.points)
    liked = select(Like.id).where(Like.member_id == Grant.giver_id, Like.post_id == liked_post())
    unliked = select(Grant.id, Grant.object).where(stands, Grant.rule == "like", ~liked.correlate(Grant).exists())
    talks = and_(_named("talk", HeartTalk.id), HeartTalk.state != "closed")
    void = select(Grant.id, Grant.object).join(HeartTalk, talks).where(stands, Grant.rule == "heart_talk")
    refunded = [
        select(Grant.id, Grant.object).join(Fact, _refunded(*told)).where(stands, Grant.rule == "purchase")
        for told in (("order", "shop.order_refunded"), ("pledge", "crowdfund.pledge_refunded"))
    ]
    rows = [row for found in (unliked, void, *refunded) for row in db.session.execute(found)]
    return [f"grant {grant_id} stands, {thing} is undone" for grant_id, thing in rows]


def purses_are_lots() -> list[str]:
    """Purses that are not the sum of what is free of their lots."""
    free = _of_account(select(func.coalesce(func.sum(FREE), 0)).select_from(Lot), Lot.member_id)
    rows = select(Account.owner, Account.balance, free).where(Account.name == "purse", Account.unit == UNIT)
    wrong = db.session.execute(rows.where(Account.balance != free))
    breaches = [f"{who}: purse {has}, lots {sums}" for who, has, sums in wrong]
    purse = select(Account.id).where(Account.owner == _member(Lot.member_id), Account.name == "purse")
    strays = select(Lot.id).where(~purse.correlate(Lot).exists())
    return breaches + [f"lot {row} of no purse" for row in db.session.scalars(strays)]


def lots_add_up() -> list[str]:
    """Lots whose columns contradict each other or their allocations."""
    sums = {
        "held": func.sum(case((Allocation.kind == "hold", OPEN), else_=0)),
        "spent": func.sum(SPENT),
        "expired": func.sum(case((Allocation.kind == "expiry", Allocation.amount), else_=0)),
        "reversed": func.sum(case((Allocation.kind.in_(("reversal", "repayment")), Allocation.amount), else_=0)),
    }
    columns = [func.coalesce(total, 0).label(name) for name, total in sums.items()]
    told = select(Lot.id).outerjoin(Allocation, Allocation.lot_id == Lot.id).group_by(Lot.id)
    differs = or_(*(column != getattr(Lot, column.name) for column in columns))
    wrong = or_(differs, FREE < 0, Lot.held < 0, Lot.spent < 0, Lot.expired < 0, Lot.reversed < 0)
    return [f"lot {row}" for row in db.session.scalars(told.having(wrong))]


def allocations_add_up() -> list[str]:
    """Allocations that end more than they are, or of another posting's amount."""
    wrong = or_(OPEN < 0, SPENT < 0, Allocation.released < 0, Allocation.returned < 0)
    breaches = [f"allocation {row}" for row in db.session.scalars(select(Allocation.id).where(wrong))]
    purse = and_(Account.id == LegRow.account_id, Account.name == "purse", Account.unit == UNIT)
    total, left = func.sum(Allocation.amount), -_leg_of(Allocation.key, purse)
    rows = select(Allocation.key, total, left).group_by(Allocation.key).having(total != left)
    return breaches + [f"{key}: allocated {has}, left the purse {out}" for key, has, out in db.session.execute(rows)]


def lots_are_booked() -> list[str]:
    """Lots that say another amount than the posting that brought them; opening ones stand for what was before."""
    purse = and_(Account.id == LegRow.account_id, Account.name == "purse", Account.unit == UNIT)
    came = _leg_of(Lot.key, purse)
    rows = select(Lot.id, Lot.amount, came).where(~Lot.key.startswith("opening-"), came != Lot.amount)
    return [f"lot {row}: {has}, booked {said}" for row, has, said in db.session.execute(rows)]


def debts_are_owed() -> list[str]:
    """Accounts of debt that are not the sum of what is left of debts, debtors with points to spend, torn debts."""
    left = _of_account(select(func.coalesce(func.sum(LEFT), 0)).select_from(Debt), Debt.member_id)
    rows = select(Account.owner, Account.balance, left).where(Account.name == "debt", Account.unit == UNIT)
    wrong = db.session.execute(rows.where(Account.balance != left))
    breaches = [f"{who}: owes {has}, debts {sums}" for who, has, sums in wrong]
    torn = or_(LEFT < 0, Debt.repaid < 0, Debt.forgiven < 0, Debt.lapsed < 0)
    breaches += [f"debt {row}" for row in db.session.scalars(select(Debt.id).where(torn))]
    other = Account.__table__.alias()
    rich = select(Account.owner).join(other, other.c.owner == Account.owner)
    both = (Account.name == "debt", Account.balance > 0, other.c.name == "purse", other.c.balance > 0)
    return breaches + [
        f"{who} owes and can spend" for who in db.session.scalars(rich.where(*both, other.c.unit == UNIT))
    ]


def budgets_hold() -> list[str]:
    """Issuers that gave more than they had, and lots of issuers that never had a budget."""
    over = select(Account.owner).where(Account.name == "budget", or_(Account.balance < 0, ~Account.floor))
    breaches = [f"{issuer} gave too much" for issuer in db.session.scalars(over)]
    known = select(Account.id).where(Account.name == "budget", Account.owner == Lot.issuer, Account.unit == UNIT)
    strays = select(Lot.issuer).where(~known.exists(), ~Lot.key.startswith("opening-")).distinct()
    return breaches + [f"{issuer} has no budget" for issuer in db.session.scalars(strays)]


def standing_is_granted() -> list[str]:
    """Members whose standing is not what their standing grants paid and what was not taken back of it."""
    paid = _of_account(
        select(func.coalesce(func.sum(Grant.paid - Grant.taken_back), 0)).where(Grant.purpose == STANDING),
        Grant.recipient_id,
    )
    granted = _granted(STANDING_UNIT, "standing")
    rows = select(Account.owner, granted, paid).where(Account.name == "standing", Account.unit == STANDING_UNIT)
    return [
        f"{who}: standing {has}, granted {sums}" for who, has, sums in db.session.execute(rows.where(granted != paid))
    ]


def _entries_are_granted() -> list[str]:
    """Members whose entries of grants are not what their grants paid and what was not taken back of it."""
    paid = _of_account(
        select(func.coalesce(func.sum(Grant.paid - Grant.taken_back), 0)).where(Grant.purpose == SPENDABLE),
        Grant.recipient_id,
    )
    owing = select(func.coalesce(func.sum(Debt.amount - Debt.forgiven), 0)).where(Debt.grant_id.is_not(None))
    owed = _of_account(owing, Debt.member_id)
    booked = _granted(UNIT, "purse")
    rows = select(Account.owner, booked, paid, owed).where(Account.name == "purse", Account.unit == UNIT)
    wrong = db.session.execute(rows.where(booked - owed != paid))
    return [f"{who}: entries of grants {has}, owed {debt}, grants {sums}" for who, has, sums, debt in wrong]


def _granted(unit: str, name: str) -> Any:
    """What the entries of grants moved on the account at hand."""
    sums = select(func.coalesce(func.sum(LegRow.amount), 0)).join(Entry, Entry.id == LegRow.entry_id)
    own = (LegRow.account_id == Account.id, Entry.reason.in_(GRANTED), Account.name == name, Account.unit == unit)
    return sums.where(*own).correlate(Account).scalar_subquery()


def _leg_of(key: Any, account: Any) -> Any:
    """What the entry with a row's key moved on the account."""
    legs = select(func.coalesce(func.sum(LegRow.amount), 0)).join(Account, account)
    legs = legs.join(Entry, Entry.id == LegRow.entry_id).where(Entry.key == key)
    return legs.correlate(key.class_).scalar_subquery()


def _of_account(sums: Any, member_id: Any) -> Any:
    """A sum over the rows of an account's member, found by their index."""
    number = case((Account.owner.startswith("member:"), cast(func.substr(Account.owner, 8), BigInteger)), else_=None)
    return sums.where(member_id == number).correlate(Account).scalar_subquery()


def liked_post() -> Any:
    """The post of a like's grant, "like:<post>:<giver>", found by the index of likes."""
    length = func.length(Grant.object) - func.length(_text(Grant.giver_id)) - 6
    post = cast(func.substr(Grant.object, 6, length), BigInteger)
    return case((Grant.object.startswith("like:"), post), else_=None)


def _refunded(kind: str, fact: str) -> Any:
    """That a grant's purchase of this kind, an order or a pledge, was given back."""
    return and_(_named(kind, Fact.fields[f"{kind}_id"].as_integer()), Fact.name == fact)


def _named(kind: str, *numbers: Any) -> Any:
    """That a grant's object is called so."""
    name: Any = literal(kind)
    for number in numbers:
        name = name + ":" + _text(number)
    return Grant.object == name


def _member(number: Any) -> Any:
    return literal("member:") + _text(number)


def _text(number: Any) -> Any:
    return cast(number, String)


INVARIANTS = {
    "at most one grant a rule, recipient and object": grants_are_single,
    "posted grants have their ledger entries and the other way round": grants_are_posted,
    "an undone cause has an undone grant": undone_causes_are_undone,
    "a purse is what is free of its lots": purses_are_lots,
    "a lot is what its allocations left of it": lots_add_up,
    "an allocation is what left the purse": allocations_add_up,
    "a lot is what its posting brought": lots_are_booked,
    "debts are accounts of their own, and debtors spend nothing": debts_are_owed,
    "no issuer gives more than its budget": budgets_hold,
    "standing is what was granted for good": standing_is_granted,
}
