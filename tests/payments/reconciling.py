"""What the tests of reconciliation share: passing time, lost notices, payments made elsewhere, and runs."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from kernel import clock, db
from payments import connection, reconciliation
from payments.gateway import Line
from payments.reconciliation import Finding, Run
from payments.sandbox import Sandbox
from tests import builders


def later(**by: float) -> None:
    clock.freeze(clock.now() + timedelta(**by))


def lose_notices(sandbox: Sandbox) -> None:
    """From now on nothing that Stripe tells arrives."""
    sandbox.notice_url = "http://127.0.0.1/nowhere"


def reconciled(cause: str = "person") -> Run:
    """Everything that happened is old enough; a run, and what it asked the inbox to do."""
    later(minutes=6)
    with db.work():
        reconciliation.ask(cause)
    builders.drain()
    later(minutes=2)
    builders.drain()
    db.session.rollback()
    return reconciliation.latest(1)[0]


def found_now() -> list[Finding]:
    db.session.rollback()
    return list(db.session.scalars(select(Finding).where(Finding.state == "open").order_by(Finding.id)))


def open_findings() -> list[tuple[str, int | None, int | None, str]]:
    return [(f.kind, f.theirs_minor, f.ours_minor, f.currency) for f in found_now()]


def elsewhere(sandbox: Sandbox, currency: str = "USD", amount: int = 5000, **metadata: str) -> str:
    """A payment made on a page that we did not open; the intent."""
    with db.outside():
        session = connection.gateway.open_session(
            key=f"elsewhere-{currency}-{metadata}",
            customer_id="",
            email="eve@ninefold.test",
            lines=[Line("Something", amount)],
            currency=currency,
            success_url="http://shop.test/paid",
            cancel_url="http://shop.test/back",
            expires_at=clock.now() + timedelta(hours=1),
            metadata=metadata,
            locale="en",
        )
        sandbox.pay(session.id)
        return connection.gateway.session(session.id).intent_id or ""
