"""Wishes that operators decide at the same instant."""

from __future__ import annotations

from typing import Any

from kernel import approvals, clock, db, house, ledger, moves
from kernel.approvals import Act, Approval
from kernel.ledger import Entry, Leg
from kernel.viewer import Viewer
from tests import builders
from tests.contests.judging import count, exactly_one

OTHER = Viewer(member_id=2, state="active", roles=frozenset({("operator", None)}))


def wish() -> tuple[Any, ...]:
    row = Approval(act="test.act", subject="thing 1", why="It is large.", values={}, state="asked", alone=False)
    row.note, row.asked_by_id, row.asked_at = "", 1, clock.now()
    db.session.add(row)
    db.session.flush()
    moves.begun(Approval, row.id, "asked", 1)
    return (row.id,)


def approve(wish_id: int) -> str:
    house.current().acts["test.act"] = Act("A test", _do, lambda values: "", lambda values: "")
    approvals.approve(OTHER, wish_id)
    return "approved"


# A wish whose day has passed, taken up by three workers at once: what was wished for happens once.
def lone_wish() -> tuple[Any, ...]:
    boss = builders.operator()
    (wish_id,) = wish()
    row = db.session.get_one(Approval, wish_id)
    row.alone, row.asked_by_id, row.due_at = True, boss, clock.now()
    db.session.flush()
    return (wish_id,)


def come_due(wish_id: int) -> str:
    house.current().acts["test.act"] = Act("A test", _do, lambda values: "", lambda values: "")
    approvals.come_due(wish_id)
    return "came"


def happened_once(outcomes: list[Any]) -> str | None:
    gifts = count(Entry, Entry.reason == "gift")
    return None if gifts == 1 else f"it happened {gifts} times: {outcomes}"


def _do(row: Approval) -> None:
    legs = [Leg("member:1", "purse", "points", 10, floor=True), Leg("community", "issued", "points", -10)]
    ledger.post(legs, "gift", f"gift-{clock.real().timestamp()}-{id(row)}", "test")


RACES: dict[str, dict[str, Any]] = {
    "one wish, approved by three": {
        "act": "deciding:approve",
        "prepare": wish,
        "lost": exactly_one("approved"),
        "mutant_on": ("postgresql",),
    },
    "one wish whose day has passed, by three workers": {
        "act": "deciding:come_due",
        "prepare": lone_wish,
        "lost": happened_once,
        # Two guards one behind the other: the row is held, and its move is made by who finds it waiting.
        "mutant_on": (),
    },
}
