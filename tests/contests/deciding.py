"""Wishes that operators decide at the same instant."""

from __future__ import annotations

from typing import Any

from kernel import approvals, clock, db, house, ledger, moves
from kernel.approvals import Act, Approval
from kernel.ledger import Leg
from kernel.viewer import Viewer
from tests.contests.judging import exactly_one

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
}
