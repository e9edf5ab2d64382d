"""A process killed over a saved card, at any statement or commit: the card is saved, charged or let go of once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from kernel import clock, db
from payments import attempts, connection, setups
from tests import builders
from tests.forks import Forks, every
from tests.payments import owners

pytestmark = pytest.mark.db(soak=True)


def _later(**by: float) -> None:
    clock.freeze(clock.now() + timedelta(**by))
    builders.drain()


def _books() -> tuple[int, int]:
    """(captured, refunded) at Stripe."""
    sums: Any = connection.sandbox.books().get("usd", {"captured": 0, "refunded": 0})  # type: ignore[union-attr]
    return sums["captured"], sums["refunded"]


@pytest.mark.parametrize("number", ["4242424242424242", "4000000000000341"], ids=["good", "declined"])
def test_a_worker_killed_over_an_attempt_charges_the_card_once_or_not_at_all(forks: Forks, number: str) -> None:
    owners.enrolled()
    setup_id, charge_id = owners.saved(number), owners.ask(minutes=None)
    good = number.startswith("4242")

    def act() -> None:
        owners.begin(charge_id, setup_id)
        builders.drain()

    def then() -> None:
        last = attempts.latest(charge_id)
        db.session.rollback()
        if last is None:  # killed before it had begun
            assert owners.begin(charge_id, setup_id)
        _later(minutes=10)
        _charged()
        _later(hours=30)
        _charged()

    def _charged() -> None:
        last = attempts.latest(charge_id)
        assert last is not None
        assert last.number == 1
        assert last.state == ("succeeded" if good else "declined")
        assert owners.state(charge_id) == ("paid" if good else "open")
        assert _books() == (9900 if good else 0, 0)
        assert len(connection.sandbox.captured_intents()) == good  # type: ignore[union-attr]
        owners.sound()

    every(forks, act, then, writing="UPDATE payments_attempts SET state")


def test_a_worker_killed_over_a_saved_card_has_it_once(forks: Forks) -> None:
    owners.enrolled()
    setup_id = owners.ask_card()
    owners.save(setup_id)

    def saved() -> None:
        _later(minutes=10)
        assert owners.card_state(setup_id) == "saved"
        owners.sound()

    every(forks, builders.drain, saved, writing="UPDATE payments_setups SET state")


def test_a_worker_killed_over_a_setup_that_ends_lets_go_of_it_once(forks: Forks) -> None:
    owners.enrolled()
    setup_id = owners.ask_card()
    with builders.work():
        setups.url(setup_id)

    def then() -> None:
        _later(minutes=40)
        assert owners.card_state(setup_id) == "lapsed"
        owners.sound()

    every(forks, lambda: _later(minutes=33), then, writing="UPDATE payments_setups SET state")
