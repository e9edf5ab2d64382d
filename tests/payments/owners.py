"""An owner of charges for tests, and what tests do to its charges."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from kernel import clock, db, house, verify
from kernel.ledger import Leg, post
from payments import charges, checkouts, demo


@dataclass
class Owner:
    """Owns what is paid for in these tests: notes what it is told and takes or refuses as told."""

    takes: bool = True
    heard: list[str] = field(default_factory=list)

    def on_paid(self, subject_id: int, charge_id: int) -> bool:
        self.heard.append("paid")
        if self.takes:
            amount = charges.get(charge_id).amount_minor
            _book(f"paid-{charge_id}", amount)
        return self.takes

    def on_lapsed(self, subject_id: int) -> None:
        self.heard.append("lapsed")

    def on_refunded(self, subject_id: int, charge_id: int, amount_minor: int) -> None:
        self.heard.append(f"refunded {amount_minor}")
        _book(f"back-{charge_id}-{len(self.heard)}", -amount_minor)


def _book(key: str, amount: int) -> None:
    if amount:
        post([Leg("gateway", "charges", "USD", amount), Leg("owner", "sales", "USD", -amount)], "test", key, "test")


def ask(subject_id: int = 1, amount: int = 9900, minutes: float | None = 31) -> int:
    with db.work():
        ends = clock.now() + timedelta(minutes=minutes) if minutes else None
        return charges.ask(
            "test", subject_id, 7, [("A thing", amount)], email="ann@ninefold.test", expires_at=ends, what="A thing"
        )


def url(charge_id: int) -> str | None:
    with db.work():
        return checkouts.url(charge_id)


def pay(charge_id: int) -> None:
    with db.work():
        demo.pay(charge_id)


def state(charge_id: int) -> str:
    db.session.rollback()
    return charges.get(charge_id).state


def sound() -> None:
    db.session.rollback()
    broken = {name: found for name, found in verify.check(house.current().invariants) if found}
    assert not broken
