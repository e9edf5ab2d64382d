"""Crowds: hundreds of backers in a moment, copied row by row from one pledge that was made by the verbs.

The copies are whole for crowdfund and payments, at the sandbox too; for the community they are only people.
"""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import insert, select, update

from community.earning.milestones import Unlock
from community.joining.members import Member
from crowdfund.campaigns import Campaign
from crowdfund.pledges import Consent, Pledge
from crowdfund.rewards import Reward
from kernel import db, house, verify
from kernel.moves import Move
from payments import connection
from payments.customers import Customer
from payments.setups import Setup
from tests import builders
from tests.crowdfund import stage

FIRST_ID = 10_000


def join(number: str, count: int) -> list[str]:
    """So many more backers of the same campaign, reward and amount as this pledge's; their pledges' numbers."""
    pledge = stage.pledge_row(number)
    customer_id = db.session.scalars(select(Customer.gateway_id).where(Customer.payer_id == pledge.member_id)).one()
    method_id = db.session.scalars(select(Setup.method_id).where(Setup.id == pledge.setup_id)).one()
    assert method_id is not None
    ids = [FIRST_ID + pledge.id * 1_000 + i for i in range(count)]
    with builders.work():
        _copied(Member, pledge.member_id, [_person(i) for i in ids])
        unlock = db.session.scalars(select(Unlock.id).where(Unlock.member_id == pledge.member_id, _gate())).one()
        _copied(Unlock, unlock, [{"id": i, "member_id": i} for i in ids])
        _copied_where(Customer, Customer.payer_id == pledge.member_id, ids, "payer_id", customer_id)
        _copied(Setup, pledge.setup_id, [_card(i, method_id) for i in ids])
        _copied(Pledge, pledge.id, [_pledge(i) for i in ids])
        consent = db.session.scalars(select(Consent.id).where(Consent.pledge_id == pledge.id)).one()
        _copied(Consent, consent, [{"id": i, "pledge_id": i} for i in ids])
        _counted(pledge, count)
    _copied_at_stripe(customer_id, method_id, ids)
    return [_pledge(i)["number"] for i in ids]


def campaigns(campaign_id: int, count: int) -> list[int]:
    """So many more campaigns like this one, which nobody has backed; their ids."""
    ids = [FIRST_ID + i for i in range(count)]
    with builders.work():
        _copied(Campaign, campaign_id, [{"id": i, "slug": f"c{i}", "key": f"c{i}"} for i in ids])
    return ids


def broken() -> list[str]:
    """The invariants of crowdfund, payments and the kernel that do not hold."""
    db.session.rollback()
    ours = {n: f for n, f in house.current().invariants.items() if f.__module__.split(".")[0] != "community"}
    return [name for name, breaches in verify.check(ours) if breaches]


def _gate() -> Any:
    return Unlock.gate == "crowdfund.back"


def _person(i: int) -> dict[str, Any]:
    return {"id": i, "handle": f"m{i}", "key": f"m{i}", "email": f"m{i}@ninefold.test"}


def _pledge(i: int) -> dict[str, Any]:
    return {"id": i, "number": f"P{i}", "member_id": i, "key": f"crowd-{i}", "setup_id": i}


def _card(i: int, method_id: str) -> dict[str, Any]:
    return {"id": i, "subject_id": i, "payer_id": i, "session_id": None, "method_id": f"{method_id}x{i}"}


def _copied_where(model: Any, where: Any, ids: list[int], whose: str, customer_id: str) -> None:
    row_id = db.session.scalars(select(model.id).where(where)).one()
    _copied(model, row_id, [{"id": i, whose: i, "gateway_id": f"{customer_id}x{i}"} for i in ids])


def _copied(model: Any, row_id: int, changes: list[dict[str, Any]]) -> None:
    """Copies of a row with its history."""
    table = model.__table__
    row = dict(db.session.execute(select(table).where(table.c.id == row_id)).one()._mapping)
    db.session.execute(insert(table), [{**row, **change} for change in changes])
    steps = select(Move.__table__).where(Move.table_name == table.name, Move.row_id == row_id).order_by(Move.id)
    history = [dict(step._mapping) for step in db.session.execute(steps)]
    told = [{**step, "row_id": change["id"]} for change in changes for step in history]
    for step in told:
        del step["id"]
    if told:
        db.session.execute(insert(Move), told)


def _counted(pledge: Pledge, count: int) -> None:
    more = {
        "pledged_minor": Campaign.pledged_minor + pledge.amount_minor * count,
        "backers_count": Campaign.backers_count + count,
        "unended_count": Campaign.unended_count + count,
    }
    db.changed(update(Campaign).where(Campaign.id == pledge.campaign_id).values(**more))
    if pledge.reward_id is not None:
        db.changed(update(Reward).where(Reward.id == pledge.reward_id).values(taken=Reward.taken + count))


def _copied_at_stripe(customer_id: str, method_id: str, ids: list[int]) -> None:
    sandbox = connection.sandbox
    assert sandbox is not None
    with sandbox.file.writing() as rows:
        for known in (customer_id, method_id):
            row = rows.one("SELECT body FROM objects WHERE id = ?", known)
            assert row is not None
            for i in ids:
                thing = json.loads(row["body"])
                changes = {"id": f"{known}x{i}"}
                if thing.get("customer"):
                    changes["customer"] = f"{customer_id}x{i}"
                rows.put({**thing, **changes})
