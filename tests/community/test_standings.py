"""How dues stand is a pure function of what was paid, given and asked (RULES 14)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from community.earning import pauses
from community.earning.pauses import Pause
from community.joining.dues.standings import Facts, stands

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
DAY = timedelta(days=1)
NEVER = Facts("none", None, None)
PAID = replace(NEVER, state="paid", began=True, live=True, paid_through=NOW + DAY)
LATE = replace(PAID, state="past_due", paid_through=None)
CASES = {
    "nobody owes where nothing is asked": (replace(NEVER, asked=False), "none"),
    "a grace": (replace(NEVER, grace_until=NOW + DAY), "none"),
    "a grace that is over": (replace(NEVER, grace_until=NOW - DAY), "past_due"),
    "paid": (PAID, "paid"),
    "a card refused in the grace": (replace(LATE, grace_until=NOW + DAY, past_due_at=NOW), "past_due"),
    "an hour after the period, while Stripe charges": (replace(PAID, paid_through=NOW - DAY / 24), "paid"),
    "refused within that hour": (replace(PAID, paid_through=NOW - DAY / 24, behind=True), "past_due"),
    "no word for half a day": (replace(PAID, paid_through=NOW - DAY / 2), "past_due"),
    "a trial": (replace(NEVER, live=True, began=True, trial_ends_at=NOW + DAY), "trial"),
    "past due for six days": (
        replace(PAID, state="past_due", past_due_at=NOW - 6 * DAY, paid_through=None),
        "past_due",
    ),
    "past due for a week": (replace(LATE, past_due_at=NOW - 7 * DAY), "read_only"),
    "Stripe gives up in that week": (
        replace(PAID, state="past_due", past_due_at=NOW - 3 * DAY, live=False, paid_through=None),
        "past_due",
    ),
    "and after it": (replace(PAID, state="read_only", live=False, paid_through=NOW - 9 * DAY), "ended"),
    "a bank takes it back for good while everybody may choose": (
        replace(LATE, past_due_at=NOW - DAY, live=False, grace_until=NOW + DAY),
        "none",
    ),
    "stopped, and the period is over": (replace(PAID, live=False, stopped=True, paid_through=NOW), "ended"),
    "ended by hand with time left": (replace(PAID, live=False), "paid"),
    "given for good": (replace(PAID, given=True), "complimentary"),
    "given, and over": (replace(NEVER, state="complimentary"), "past_due"),
    "gone": (replace(PAID, here=False), "ended"),
    "gone without ever paying": (replace(NEVER, here=False), "none"),
}


@pytest.mark.parametrize("case", CASES)
def test_dues_stand_as_the_rule_says(case):
    facts, state = CASES[case]
    to = stands(facts, NOW)
    assert to.state == state
    assert to.next_at is None or to.next_at > NOW, "what was looked at is not due again at once"


def test_duties_rest_from_the_first_day_past_due_until_it_is_paid():
    at = [NOW + days * DAY for days in range(30)]
    dues = [("paid", "past_due", at[1]), ("past_due", "read_only", at[8]), ("read_only", "paid", at[10])]
    member = [("active", "past_due", at[8]), ("past_due", "active", at[10]), ("active", "suspended", at[9])]
    assert pauses.of_dues(dues) == [Pause(at[1], at[10])]
    assert pauses.joined([*pauses.of_moves(member[:2]), *pauses.of_dues(dues)]) == [Pause(at[1], at[10])]
    assert pauses.joined([Pause(at[2]), Pause(at[1], at[3]), Pause(at[5], at[6])]) == [Pause(at[1])]
    assert pauses.joined([Pause(at[1], at[2]), Pause(at[4], at[6])]) == [Pause(at[1], at[2]), Pause(at[4], at[6])]
