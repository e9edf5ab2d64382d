"""An owner of charges and saved cards for tests, and what tests do to them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from kernel import clock, db, house, verify
from kernel.house import CardPurpose, Purpose
from kernel.ledger import Leg, post
from payments import attempts, charges, checkouts, demo, setups
from tests import builders


@dataclass
class Owner:
    """Owns what is paid for in these tests: notes what it is told and takes or refuses as told."""

    takes: bool = True
    keeps: bool = True
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

    def on_refund_void(self, subject_id: int, charge_id: int) -> None:
        self.heard.append("void")

    def on_disputed(self, subject_id: int, charge_id: int) -> None:
        self.heard.append("disputed")

    def on_dispute_closed(self, subject_id: int, charge_id: int, lost_minor: int) -> None:
        self.heard.append(f"decided, {lost_minor} lost")

    def on_declined(self, subject_id: int, charge_id: int, code: str, retries: bool) -> None:
        self.heard.append(f"declined {code}, {'try again' if retries else 'final'}")

    def on_saved(self, subject_id: int, setup_id: int) -> bool:
        self.heard.append("saved")
        return self.keeps

    def on_card_lapsed(self, subject_id: int) -> None:
        self.heard.append("no card")


def enrolled() -> Owner:
    """An owner of charges and of cards for the purpose `test` in the running house."""
    made, rooms = Owner(), house.current()
    page = "/test/{}".format
    rooms.purposes["test"] = Purpose(
        "test",
        made.on_paid,
        made.on_lapsed,
        made.on_refunded,
        page,
        on_declined=made.on_declined,
        on_refund_void=made.on_refund_void,
        on_disputed=made.on_disputed,
        on_dispute_closed=made.on_dispute_closed,
    )
    rooms.card_purposes["test"] = CardPurpose("test", made.on_saved, made.on_card_lapsed, page)
    return made


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


def ask_card(subject_id: int = 1, minutes: float = 31, payer_id: int = 7) -> int:
    with db.work():
        ends = clock.now() + timedelta(minutes=minutes)
        return setups.ask(
            "test", subject_id, payer_id, email="ann@ninefold.test", expires_at=ends, what="A card for later"
        )


def save(setup_id: int, card: str = demo.GOOD) -> None:
    with db.work():
        demo.save(setup_id, card)


def saved(card: str = demo.GOOD, subject_id: int = 1) -> int:
    """A setup whose card is saved; the worker has heard of it."""
    setup_id = ask_card(subject_id)
    save(setup_id, card)
    builders.drain()
    return setup_id


def begin(charge_id: int, setup_id: int) -> int:
    """An attempt that the worker has not seen yet; 0 when it was refused."""
    with db.work():
        begun = attempts.begin(charge_id, setup_id)
        latest = attempts.latest(charge_id)
    return latest.id if begun and latest else 0


def card_state(setup_id: int) -> str:
    db.session.rollback()
    return setups.get(setup_id).state


def state(charge_id: int) -> str:
    db.session.rollback()
    return charges.get(charge_id).state


def sound() -> None:
    db.session.rollback()
    broken = {name: found for name, found in verify.check(house.current().invariants) if found}
    assert not broken
