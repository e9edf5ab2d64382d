"""The night before all tests: what the migrations posted is sealed, so that no test begins with a night to seal."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select, update

from kernel import clock, db, seals


def seal_the_first(monday: datetime) -> None:
    """Seal what stands in the ledger as of the Sunday before, whatever the machine's clock says."""
    with clock.frozen(monday.replace(hour=0)), db.work():
        seals.start(clock.now().date() - timedelta(days=1), clock.now())
        seals.proceed(db.session.scalars(select(seals.Seal.id)).one())
        db.session.execute(update(seals.Seal).values(due_at=None))
