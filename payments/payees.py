"""Payees: whom we owe, by a plain name such as "brand:7"; what is owed to one is moved by whoever holds its row."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import CheckConstraint, bindparam, select

from kernel import clock, db, house
from kernel.due import Due
from kernel.viewer import Viewer


class Payee(Due, db.Model):
    """Somebody whom we owe; due on the first of every month, when what is owed is gathered into payouts.

    `account_id` is the connected account at Stripe, if there is one; `may_receive` what Stripe last said about it.
    """

    __tablename__ = "payments_payees"
    __table_args__ = (
        CheckConstraint("NOT may_receive OR account_id IS NOT NULL", name="receives_by_an_account"),
        Due.index("payments_payees"),
    )

    id: db.Mapped[int] = db.pk()
    name: db.Mapped[str] = db.text(60, unique=True)
    account_id: db.Mapped[str | None] = db.text(120, unique=True)
    told_all: db.Mapped[bool]
    may_receive: db.Mapped[bool]
    created_at: db.Mapped[datetime]
    connected_at: db.Mapped[datetime | None]


_KNOWN = select(Payee.id).where(Payee.name == bindparam("name"))


def known(name: str) -> None:
    """Make sure that a payee's row is there, so that it can be held."""
    if not db.asked(_KNOWN, name=name):
        now = clock.now()
        db.insert_once(
            Payee, name=name, told_all=False, may_receive=False, created_at=now, due_at=next_month(now), attempts=0
        )


def held(name: str) -> Payee:
    """The payee as it stands now; whatever is owed to it, nobody else moves before this transaction ends."""
    known(name)
    row = select(Payee).where(Payee.name == name).with_for_update()
    return db.session.scalars(row.execution_options(populate_existing=True)).one()


def hold(names: Iterable[str]) -> None:
    """Hold several payees, in one order everywhere, so that nobody waits in a ring."""
    for name in sorted(set(names)):
        held(name)


def get(name: str) -> Payee:
    """The payee as it stands in the database now."""
    row = select(Payee).where(Payee.name == name)
    return db.session.scalars(row.execution_options(populate_existing=True)).one()


def find(*where: Any) -> Payee | None:
    """The payee of which this is true, if there is one."""
    return db.session.scalar(select(Payee).where(*where).execution_options(populate_existing=True))


def next_month(at: datetime) -> datetime:
    """The next first of a month, 00:00 UTC."""
    later = at.astimezone(UTC)
    year, month = (later.year + 1, 1) if later.month == 12 else (later.year, later.month + 1)
    return datetime(year, month, 1, tzinfo=UTC)


def names(payees: Iterable[str]) -> dict[str, str]:
    """What payees are called; by their plain name where nobody knows them any more."""
    wanted, kinds = set(payees), house.current().payees
    found = {name: name for name in wanted}
    for kind, known_kind in kinds.items():
        numbers = [int(name.partition(":")[2]) for name in wanted if name.partition(":")[0] == kind]
        found |= {f"{kind}:{number}": called for number, called in known_kind.names(numbers).items()}
    return found


def people(name: str) -> dict[int, str]:
    """The ids and addresses of those who read a payee's statement."""
    kind, _, number = name.partition(":")
    known_kind = house.current().payees.get(kind)
    return known_kind.people(int(number)) if known_kind else {}


def may_read(viewer: Viewer, name: str) -> bool:
    """Whether somebody may read a payee's statement: its own people and operators."""
    return viewer.has("operator") or name in of(viewer)


def of(viewer: Viewer) -> list[str]:
    """The payees whose people somebody belongs to."""
    kinds = house.current().payees.items()
    return [f"{kind}:{number}" for kind, known_kind in kinds for number in viewer.scopes(known_kind.role)]
