"""Keys of writes at the gateway: repeated while it knows them, replaced once it may have forgotten them (PAYMENTS)."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select, update

from kernel import clock, db
from payments.payouts.rows import Reversal, Transfer

LIFE = timedelta(hours=20)  # Stripe forgets a key after 24 hours


def chosen(model: type[Transfer | Reversal], row_id: int) -> int | None:
    """The number of the key to write with now, noted as tried; None when the row is no longer open.

    Above 1 an earlier write may have been done: it is looked for first.
    """
    now = clock.now()
    mine = update(model).where(model.id == row_id, model.state == "open")
    if not db.changed(mine.where(model.first_try_at.is_(None)).values(first_try_at=now)):
        old = mine.where(model.first_try_at < now - LIFE)
        db.changed(old.values(key_number=model.key_number + 1, first_try_at=now))
    return db.session.scalar(select(model.key_number).where(model.id == row_id, model.state == "open"))


def spent(model: type[Transfer | Reversal], row_id: int, number: int) -> None:
    """The gateway keeps an error under this key: the next try takes another, whatever becomes of this one."""
    another = update(model).where(model.id == row_id, model.key_number == number)
    db.apart(lambda: db.changed(another.values(key_number=number + 1)))
