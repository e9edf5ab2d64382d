"""The demo's strays: what the provider took without us, and how reconciliation finds it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from kernel import clock, db
from kernel.demo import Stage
from kernel.house import Scene
from payments import connection, reconciliation
from payments.gateway import Line

MARKET, CLASS = "Two mugs at the spring market", "Sunday pottery class"


def story(stage: Stage) -> Iterable[Scene]:
    """Two payments by links that somebody made at Stripe: one is returned there, one still waits to be explained."""
    if connection.sandbox is None:
        return
    taken: list[str] = []
    first = stage.ends_at - timedelta(days=2)
    yield Scene(first, lambda: taken.append(_took(MARKET, 4_800)))
    yield Scene(first + timedelta(hours=1), _reconcile)
    yield Scene(first + timedelta(hours=5), lambda: _returned(taken[0]))
    yield Scene(first + timedelta(hours=6), _reconcile)
    yield Scene(stage.ends_at - timedelta(hours=20), lambda: taken.append(_took(CLASS, 2_500)))
    yield Scene(stage.ends_at - timedelta(hours=1), _reconcile)


def _took(what: str, amount_minor: int) -> str:
    """A payment on a page that is none of ours; the provider's name of what it took."""
    assert connection.sandbox is not None
    with db.outside():
        session = connection.gateway.open_session(
            key=f"stray-{what}",
            customer_id="",
            email="market@ninefold.test",
            lines=[Line(what, amount_minor)],
            currency="USD",
            success_url="https://ninefold.test/",
            cancel_url="https://ninefold.test/",
            expires_at=clock.now() + timedelta(hours=1),
            metadata={},
            locale="en",
        )
        connection.sandbox.pay(session.id)
        intent_id = connection.gateway.session(session.id).intent_id or ""
        return connection.gateway.intent(intent_id).charge_id or ""


def _returned(name: str) -> None:
    assert connection.sandbox is not None
    with db.outside():
        connection.sandbox.refund_by_hand(name)


def _reconcile() -> None:
    reconciliation.ask("hour", slot=f"{clock.now():%Y-%m-%dT%H}")
