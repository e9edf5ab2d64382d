"""Payables: what one charge owes one payee for one cause, from its ledger entry to the payout that pays it.

A payable is *held* until its cause is released and the day has come, then *owed*; so no sweep is needed, and nothing is
late. Frozen by a dispute, sending with a transfer at Stripe, paid, or void once all of it went back to the payer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CheckConstraint, ColumnElement, Index, Table, insert, or_, select, text, update

from kernel import clock, db, moves
from kernel.errors import Conflict
from kernel.moves import Moves
from payments import payees
from payments.payouts import rows


@dataclass(frozen=True)
class Part:
    """What one payee gets, or gives back, for one cause: gross, our commission of it, and the tax that is in it."""

    payee: str
    cause: str
    gross_minor: int
    commission_minor: int
    tax_minor: int

    @property
    def net_minor(self) -> int:
        """What is left for the payee."""
        return self.gross_minor - self.commission_minor


class Release(db.Model):
    """From when on all that is owed for a cause may be paid out."""

    __tablename__ = "payments_releases"

    id: db.Mapped[int] = db.pk()
    cause: db.Mapped[str] = db.text(80, unique=True)
    at: db.Mapped[datetime]


class Payable(db.Model):
    """What a charge owes a payee, less what of it went back before it was paid; `net_minor` is what is left to pay.

    One that `takes_back` another is negative: its payment had been paid out already when it went back to the payer.
    """

    __tablename__ = "payments_payables"
    __table_args__ = (
        db.state("open", "frozen", "sending", "paid", "void"),
        CheckConstraint(
            "net_minor = gross_minor - commission_minor - returned_gross_minor + returned_commission_minor",
            name="adds_up",
        ),
        CheckConstraint(
            "takes_back_id IS NOT NULL OR (net_minor >= 0 AND gross_minor > 0 AND commission_minor >= 0"
            " AND returned_gross_minor >= 0 AND returned_gross_minor <= gross_minor AND returned_tax_minor >= 0"
            " AND returned_commission_minor >= 0 AND returned_commission_minor <= commission_minor"
            " AND returned_tax_minor <= tax_minor)",
            name="returns_at_most_itself",
        ),
        CheckConstraint(
            "takes_back_id IS NULL OR (gross_minor < 0 AND net_minor <= 0 AND returned_gross_minor = 0"
            " AND returned_commission_minor = 0 AND returned_tax_minor = 0)",
            name="takes_back",
        ),
        CheckConstraint("state <> 'void' OR returned_gross_minor = gross_minor", name="void_when_all_went_back"),
        CheckConstraint("state NOT IN ('frozen', 'void') OR payout_id IS NULL", name="frozen_is_not_paid_out"),
        CheckConstraint("state <> 'frozen' OR frozen_at IS NOT NULL", name="frozen_since"),
        CheckConstraint("state <> 'paid' OR paid_at IS NOT NULL", name="paid_since"),
        Index(
            "uq_payments_payables_owed_once",
            *("charge_id", "payee", "cause"),
            unique=True,
            sqlite_where=text("takes_back_id IS NULL"),
            postgresql_where=text("takes_back_id IS NULL"),
        ),
        Index("ix_payments_payables_of_a_payee", "payee", "state", "cause"),
        Index("ix_payments_payables_by_id", "payee", "id"),
        Index("ix_payments_payables_of_a_cause", "cause", "id"),
    )

    id: db.Mapped[int] = db.pk()
    payee: db.Mapped[str] = db.text(60)
    charge_id: db.Mapped[int] = db.ref("payments_charges.id")
    cause: db.Mapped[str] = db.text(80)
    currency: db.Mapped[str] = db.text(3)
    gross_minor: db.Mapped[int]
    commission_minor: db.Mapped[int]
    tax_minor: db.Mapped[int]  # shown: it is inside the gross
    returned_gross_minor: db.Mapped[int] = db.mapped_column(default=0)
    returned_commission_minor: db.Mapped[int] = db.mapped_column(default=0)
    returned_tax_minor: db.Mapped[int] = db.mapped_column(default=0)
    net_minor: db.Mapped[int]
    state: db.Mapped[str] = db.text(12)
    takes_back_id: db.Mapped[int | None] = db.ref("payments_payables.id")
    payout_id: db.Mapped[int | None] = db.ref("payments_payouts.id")
    transfer_id: db.Mapped[int | None] = db.ref("payments_transfers.id")
    frozen_at: db.Mapped[datetime | None]  # its charge is disputed since then
    created_at: db.Mapped[datetime]
    paid_at: db.Mapped[datetime | None]


MOVES: Moves = moves.declare(
    Payable,
    {
        "freeze": (("open",), "frozen"),
        "thaw": (("frozen",), "open"),
        "send": (("open",), "sending"),
        "pay": (("open", "sending"), "paid"),
        "fall_back": (("sending", "paid"), "open"),
        "void": (("open", "frozen"), "void"),
    },
    born="open",
)
UNPAID = ("open", "frozen", "sending")
CHUNK = 1000  # ids that one statement names


def owe(charge_id: int, parts: Sequence[Part], currency: str) -> None:
    """Owe what a charge brought, in the transaction that posts it to the ledger. Repeating changes nothing."""
    owe_each([(charge_id, part) for part in parts], currency)


def owe_each(parts: Iterable[tuple[int, Part]], currency: str) -> None:
    """Owe what several charges brought, each with its part."""
    rows = [_values(charge_id, part) for charge_id, part in parts if part.gross_minor]
    for payee in sorted({row["payee"] for row in rows}):
        payees.known(payee)
    db.insert_each_once(Payable, rows, **_new(currency))


def release(cause: str, at: datetime) -> None:
    """Everything owed for a cause may be paid out from this instant on; the first one that was told stands."""
    db.insert_once(Release, cause=cause, at=at)


def is_released(at: datetime) -> ColumnElement[bool]:
    """The condition that a payable's day had come at an instant; what takes back waits for nothing."""
    due = select(Release.cause).where(Release.at <= at)
    return or_(Payable.takes_back_id.is_not(None), Payable.cause.in_(due))


def reduce(charge_id: int, parts: Sequence[Part]) -> None:
    """So much of a charge goes back to the payer, in the transaction that posts the same to the ledger.

    What is not paid yet becomes less, also in a prepared payout; what is paid or on its way is taken back. Raises
    Conflict when it is more than what is left.
    """
    payees.hold(part.payee for part in parts)
    for part in parts:
        if part.gross_minor:
            _reduce(_of(charge_id, part.payee, part.cause), part)


def reduce_all(charge_id: int) -> None:
    """All that is left of a charge goes back to the payer. Repeating changes nothing."""
    payees.hold(_payees_of(charge_id))
    for row in of_charge(charge_id):
        if row.takes_back_id is None and row.state != "void":
            _reduce(row, left(row))


def freeze(charge_id: int) -> None:
    """Nothing of a disputed charge is paid out from now on; what is prepared goes without it."""
    payees.hold(_payees_of(charge_id))
    mine = (Payable.charge_id == charge_id, Payable.takes_back_id.is_(None))
    db.changed(update(Payable).where(*mine, Payable.frozen_at.is_(None)).values(frozen_at=clock.now()))
    for row in of_charge(charge_id):
        if row.takes_back_id is None and row.state == "open" and row.payout_id is not None:
            _taken_off(row)
    moved("freeze", *mine)


def thaw(charge_id: int) -> None:
    """The dispute about a charge is over: what is left of it is held or owed as before."""
    payees.hold(_payees_of(charge_id))
    moved("thaw", Payable.charge_id == charge_id, frozen_at=None)
    db.changed(update(Payable).where(Payable.charge_id == charge_id).values(frozen_at=None))


def of_charge(charge_id: int) -> list[Payable]:
    """What a charge owes, as it stands now, in the order in which it was born."""
    mine = select(Payable).where(Payable.charge_id == charge_id).order_by(Payable.id)
    return list(db.session.scalars(mine.execution_options(populate_existing=True)))


def left(row: Payable) -> Part:
    """What of a payable has not gone back to the payer yet, whether or not it was paid out."""
    taken = select(Payable.gross_minor, Payable.commission_minor, Payable.tax_minor)
    found = db.session.execute(taken.where(Payable.takes_back_id == row.id)).all()
    return Part(
        row.payee,
        row.cause,
        row.gross_minor - row.returned_gross_minor + sum(taken.gross_minor for taken in found),
        row.commission_minor - row.returned_commission_minor + sum(taken.commission_minor for taken in found),
        row.tax_minor - row.returned_tax_minor + sum(taken.tax_minor for taken in found),
    )


def moved(verb: str, *where: Any, by: int | None = None, **values: Any) -> int:
    """Make one move with every payable that is there and may, each logged; how many. Their payees are held."""
    table, now, count = cast(Table, Payable.__table__), clock.now(), 0
    sources, target = MOVES[verb]
    for source in sources:
        some = update(table).where(table.c.state == source, *where).values(state=target, **values)
        log = {"table_name": table.name, "verb": verb, "from_state": source, "to_state": target, "by_id": by, "at": now}
        ids = db.session.scalars(some.returning(table.c.id)).all()
        if ids:
            db.session.execute(insert(moves.Move), [{**log, "row_id": row_id} for row_id in ids])
        count += len(ids)
    return count


def _reduce(row: Payable, part: Part) -> None:
    rest = left(row)
    within = 0 < part.gross_minor <= rest.gross_minor and 0 <= part.commission_minor <= rest.commission_minor
    if not within or not 0 <= part.tax_minor <= rest.tax_minor:
        raise Conflict("payments.nothing_to_refund")
    if row.state in ("sending", "paid"):
        taken = Part(part.payee, part.cause, -part.gross_minor, -part.commission_minor, -part.tax_minor)
        back_id = db.insert_once(Payable, **_values(row.charge_id, taken), **_new(row.currency), takes_back_id=row.id)
        assert back_id is not None, "what takes back is never there before"
        if row.transfer_id is not None:
            _fetch(row.transfer_id, back_id, part.net_minor)
        return
    whole = row.returned_gross_minor + part.gross_minor == row.gross_minor
    returned: dict[str, Any] = {
        "returned_gross_minor": Payable.returned_gross_minor + part.gross_minor,
        "returned_commission_minor": Payable.returned_commission_minor + part.commission_minor,
        "returned_tax_minor": Payable.returned_tax_minor + part.tax_minor,
        "net_minor": Payable.net_minor - part.net_minor,
    }
    if whole:
        if row.payout_id is not None:
            _taken_off(row)
        assert moved("void", Payable.id == row.id, **returned), "its payee is held"
        return
    db.changed(update(Payable).where(Payable.id == row.id).values(returned))
    if row.payout_id is not None and not rows.lessen(row.payout_id, part.net_minor, 0):
        let_go(Payable.payout_id == row.payout_id)


def _fetch(transfer_id: int, back_id: int, net_minor: int) -> None:
    """What the transfer still holds of it is fetched from the payee's account; the rest comes off the next payout."""
    from payments.dividing import divide  # which divides rows of this table

    held = min(rows.rest(transfer_id), net_minor)
    part_id = divide(back_id, held) if 0 < held < net_minor else back_id
    if rows.take_back(transfer_id, part_id, held):
        moved("send", Payable.id == part_id, transfer_id=transfer_id)


def _taken_off(row: Payable) -> None:
    """Take a payable off the payout that is prepared with it."""
    assert row.payout_id is not None, "it is prepared"
    let_go(Payable.id == row.id)
    if not rows.lessen(row.payout_id, row.net_minor, 1):
        let_go(Payable.payout_id == row.payout_id)


def let_go(*where: Any) -> None:
    """Payables that were gathered belong to no payout any more."""
    db.changed(update(Payable).where(*where).values(payout_id=None, transfer_id=None))


def fall_back(*where: Any) -> int:
    """What was sent did not arrive: it is owed as before, or frozen if its charge was disputed meanwhile; how many."""
    ids = db.session.scalars(select(Payable.id).where(*where, Payable.state.in_(("sending", "paid")))).all()
    for some in (ids[at : at + CHUNK] for at in range(0, len(ids), CHUNK)):
        moved("fall_back", Payable.id.in_(some), payout_id=None, transfer_id=None, paid_at=None)
        moved("freeze", Payable.id.in_(some), Payable.frozen_at.is_not(None))
    return len(ids)


def _values(charge_id: int, part: Part) -> dict[str, Any]:
    sums = {"gross_minor": part.gross_minor, "commission_minor": part.commission_minor, "tax_minor": part.tax_minor}
    return {"payee": part.payee, "cause": part.cause, "charge_id": charge_id, **sums, "net_minor": part.net_minor}


def _new(currency: str) -> dict[str, Any]:
    return {"currency": currency, "state": "open", "created_at": clock.now()}


def _of(charge_id: int, payee: str, cause: str) -> Payable:
    mine = (Payable.charge_id == charge_id, Payable.payee == payee, Payable.cause == cause)
    row = select(Payable).where(*mine, Payable.takes_back_id.is_(None))
    return db.session.scalars(row.execution_options(populate_existing=True)).one()


def _payees_of(charge_id: int) -> list[str]:
    return list(db.session.scalars(select(Payable.payee).where(Payable.charge_id == charge_id).distinct()))
