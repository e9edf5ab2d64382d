"""Payables: born with the ledger entry, held until their day, less by what goes back, frozen by a dispute."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kernel import clock
from kernel.errors import Conflict
from payments import payables
from payments.payables import Part
from tests import builders
from tests.payments import owed
from tests.payments.owed import NET, PAYEE, sold, sums

pytestmark = pytest.mark.usefixtures("app")


def test_what_a_charge_brought_is_held_until_its_day_and_owed_from_then_on():
    charge_id = sold(released=False)
    assert sums() == {"held": NET}
    with builders.work():
        payables.owe(charge_id, [Part(PAYEE, "things:1", 10_000, 500, 0)], "USD")  # told twice
        payables.release("things:1", clock.now() + timedelta(days=14))
        payables.release("things:1", clock.now())  # the first word stands
    assert sums() == {"held": NET}
    owed.later(days=14)
    assert sums() == {"owed": NET}


def test_what_goes_back_before_it_is_paid_is_owed_no_more():
    charge_id = sold()
    owed.back(charge_id, 4_000)
    assert owed.of(charge_id) == [("open", NET - 4_000)]
    with pytest.raises(Conflict), builders.work():
        payables.reduce(charge_id, [Part(PAYEE, "things:1", 6_001, 0, 0)])
    owed.back(charge_id)
    assert owed.of(charge_id) == [("void", 0)]
    with builders.work():
        payables.reduce_all(charge_id)
    assert owed.of(charge_id) == [("void", 0)]


def test_a_dispute_freezes_what_its_charge_owes_and_its_end_thaws_what_is_left():
    charge_id, other = sold(), sold("things:2")
    with builders.work():
        payables.freeze(charge_id)
        payables.freeze(charge_id)
    assert sums() == {"frozen": NET, "owed": NET}
    owed.back(charge_id, 1_000)
    with builders.work():
        payables.thaw(charge_id)
    assert owed.of(charge_id) == [("open", NET - 1_000)]
    with builders.work():
        payables.freeze(other)
    owed.back(other)
    assert owed.of(other) == [("void", 0)]
