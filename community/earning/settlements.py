"""Settlements: what is due to one member is paid or taken back together, in one transaction of the worker (RULES 5)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from community.earning import caps, clawbacks, debts, issuers, lots, patterns, points
from community.earning.caps import Tally
from community.earning.grants import SPENDABLE, STANDING, Grant
from community.earning.issuers import STANDING_UNIT, UNIT
from kernel import clock, db, ledger, moves
from kernel.errors import NotCovered
from kernel.ledger import Leg

BATCH = 100  # so that one item of the worker stays short


def settle(grant_id: int) -> datetime | None:
    """The worker's part: settle a due grant, and with it what else is due to its recipient; when it is due again."""
    settle_member(db.session.scalars(select(Grant.recipient_id).where(Grant.id == grant_id)).one())
    return db.session.scalar(select(Grant.due_at).where(Grant.id == grant_id))  # it may stand beyond the batch


def settle_member(member_id: int) -> int:
    """Settle what is due to a member, in the order of its causes; how many grants were looked at.

    Under the member's lock: a second settlement of the same member waits, and finds nothing left to do. Who undoes or
    hides a cause takes no such lock, and waits for the rows: what was read of a grant is true until it is settled.
    """
    points.lock(member_id)
    due = (Grant.recipient_id == member_id, Grant.due_at <= clock.now(), Grant.parked_at.is_(None))
    found = select(Grant).where(*due).order_by(Grant.created_at, Grant.id).limit(BATCH)
    rows = list(db.session.scalars(found.with_for_update().execution_options(populate_existing=True)))
    tally = Tally(member_id, [row for row in rows if row.state == "pending"])
    for row in rows:
        if not _settled(row, tally):
            # Nothing was moved: the grant waits, without a day, until its issuer's budget is filled up.
            waits = update(Grant).where(Grant.id == row.id)
            db.changed(waits.values(due_at=None, short_at=clock.now()))
    debts.repay(member_id)
    patterns.look(member_id, rows)
    return len(rows)


def _settled(row: Grant, tally: Tally) -> bool:
    """Pay a pending grant, level a paid one; False when the issuer's budget does not cover it."""
    try:
        with db.session.begin_nested():
            if row.state == "pending":
                _pay(row, tally)
            else:
                clawbacks.level(row)
    except NotCovered:
        return False
    return True


def _pay(row: Grant, tally: Tally) -> None:
    asked = row.points - row.undone
    worth = tally.worth(row, asked)
    earned_on = caps.day_of(row.created_at, row.zone)
    values: dict[str, Any] = {"due_at": None, "short_at": None, "asked": asked, "paid": worth, "earned_on": earned_on}
    if not moves.tried(Grant, row.id, "post", **values):
        return
    if worth:
        key = f"grant-{row.id}"
        ledger.post(paying(row, worth), "points.issue", key, row.object)
        if row.purpose == SPENDABLE:
            lots.put(row.recipient_id, worth, key, row.issuer, row.id)
    tally.paid(row, worth)


def paying(row: Grant, amount: int) -> list[Leg]:
    """The legs by which a grant is paid: spendable points from a budget, standing from nobody's."""
    who = f"member:{row.recipient_id}"
    if row.purpose == STANDING:
        return [
            Leg(who, "standing", STANDING_UNIT, amount, floor=True),
            Leg(row.issuer, "standing_given", STANDING_UNIT, -amount),
        ]
    return [*issuers.drawing(row.issuer, amount), Leg(who, "purse", UNIT, amount, floor=True)]
