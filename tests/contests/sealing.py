"""A night that workers compete for: every leg is linked once, and no chain ever forks."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from kernel import chain_invariants, clock, db, ledger, seals
from kernel.chains import Link
from kernel.ledger import Leg, LegRow


def a_night() -> tuple[Any, ...]:
    """Three postings of one member, and the night that covers them."""
    for n in range(3):
        legs = [Leg("member:1", "purse", "points", 5, floor=True), Leg("community", "issued", "points", -5)]
        ledger.post(legs, "test", f"gift-{n}", "test:1")
    seals.start(clock.now().date(), clock.now())
    return (int(db.session.scalars(select(func.max(seals.Seal.id))).one()),)


def seal(seal_id: int) -> str:
    """What a worker does for the night, until it is over."""
    while seals.proceed(seal_id) is not None:
        db.session.commit()
    return "sealed"


def linked_once(outcomes: list[Any]) -> str | None:
    counts = [db.session.scalar(select(func.count()).select_from(model)) for model in (Link, LegRow)]
    torn = [breach for check in chain_invariants.INVARIANTS.values() for breach in check()]
    fine = outcomes == ["sealed"] * 3 and counts[0] == counts[1] and not torn
    return None if fine else f"{outcomes}, {counts}, {torn}"


RACES: dict[str, dict[str, Any]] = {
    "a night, sealed by three workers": {
        "act": "sealing:seal",
        "prepare": a_night,
        "lost": linked_once,
        "rules": (("kernel_links", "uq_kernel_links_never_forks"),),
        "mutant_on": ("postgresql",),
    },
}
