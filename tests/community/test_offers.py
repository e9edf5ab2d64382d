"""Offers, trials and gifts: what they take off, how often, and what is said before they end."""

from __future__ import annotations

from datetime import timedelta

import pytest

from community.joining.dues import changing, giving, offers, paying, prices, reading, reckoning
from community.joining.dues.offers import Offer
from kernel import clock, db
from kernel.errors import Invalid
from payments import pages, subscriptions
from tests import builders, people
from tests.builders import drain, work
from tests.community import paying_members as pay
from tests.community.paying_members import letters, order, row, sound, state

pytestmark = pytest.mark.usefixtures("app")


def uses(code: str = "WELCOME") -> int:
    db.session.rollback()
    return offers.by_code(code).uses_count


def recurs() -> set[tuple[str | None, int, int]]:
    """(code, minor units a month, members) of everything that recurs."""
    return {(row.code, row.monthly_minor, row.members) for row in reading.recurring()}


def test_an_offer_makes_the_first_payment_cheaper_and_is_had_once(travel):
    ann, price = people.member("Ann Okafor"), pay.asked()
    pay.offer()
    pay.subscribed(ann, price["Member month"], " welcome ")
    assert (pay.booked(), uses()) == (600, 1)
    assert reading.mine(ann).next_minor == 1200
    travel(to=row(ann).paid_through - timedelta(days=3))
    assert letters(ann)[-1] == "offer_ends"
    travel(to=row(ann).paid_through + timedelta(hours=3))
    assert pay.booked() == 1800
    assert letters(ann).count("offer_ends") == 1
    with pytest.raises(Invalid, match="offer_had"):
        offers.usable("WELCOME", 1, ann)
    assert recurs() == {(None, 1200, 1)}
    sound()


def test_a_fixed_sum_for_every_payment_counts_in_what_recurs(travel):
    ann, price = people.member("Ann Okafor"), pay.asked()
    pay.offer("ALWAYS", percent=0, amount_minor=2400, months=None)
    pay.subscribed(ann, price["Member year"], "ALWAYS")
    assert (pay.booked(), reading.mine(ann).next_minor) == (9600, 9600)
    assert recurs() == {("ALWAYS", 800, 1)}
    travel(days=370)
    assert pay.booked() == 2 * 9600


@pytest.mark.db
def test_an_offer_of_some_months_recurs_while_the_next_payment_is_with_it(travel):
    ann, ben, price = people.member("Ann Okafor"), people.member("Ben Adler"), pay.asked()
    pay.offer("TWO", percent=25, months=2)
    pay.subscribed(ben, price["Member month"])
    pay.choose(ann, price["Member month"], "TWO")
    with work():
        pay.demo.subscribe(order(ann).id)
    clock.freeze(clock.now() + timedelta(minutes=2))  # so late do we hear that it began
    drain()
    assert (pay.booked(), reading.mine(ann).next_minor, recurs()) == (2100, 900, {("TWO", 900, 1), (None, 1200, 1)})
    travel(to=row(ann).paid_through + timedelta(hours=3))
    assert (pay.booked(), reading.mine(ann).next_minor, recurs()) == (4200, 1200, {(None, 2400, 2)})
    travel(to=row(ann).paid_through + timedelta(hours=3))
    assert pay.booked() == 6600
    sound()


def test_months_of_an_offer_run_in_the_free_days_and_every_page_says_what_stripe_takes(travel):
    ann, price = people.member("Ann Okafor"), pay.asked(trial_days=28)
    pay.offer("TWO", percent=25, months=2)
    until = reckoning.months_after(clock.now(), 2)  # from November on: the first month has 30 days
    pay.subscribed(ann, price["Member month"], "TWO")
    for taken in (900, 900, 1200):
        own, before = reading.mine(ann), pay.booked()
        assert (own.next_minor, own.offer_until) == (taken, until)
        travel(to=row(ann).paid_through + timedelta(hours=3))
        assert pay.booked() - before == taken
    sound()


def test_a_first_payment_waits_for_the_end_of_the_free_days():
    now = clock.now()
    since = reckoning.begun(now, None, 0)
    assert not reckoning.over_at(since, Offer(months=0), now + timedelta(days=40), is_first=True)
    assert reckoning.over_at(since, Offer(months=0), now + timedelta(days=40))


def test_a_code_says_why_it_is_not_to_be_had(sign_in, fill):
    ann, price = people.member("Ann Okafor"), pay.asked()
    tier = reading.db.session.get_one(paying.prices.Price, price["Patron month"]).tier_id
    pay.offer("PATRONS", tier_id=tier)
    pay.offer("SOON", valid_until=clock.now() + timedelta(days=1))
    pay.offer("LAST", uses_most=1)
    pay.subscribed(people.member("Ben Adler"), price["Member month"], "LAST")
    client = sign_in(ann)
    for code, said in {
        "NONE": "no offer with this code",
        "PATRONS": "another tier",
        "LAST": "as often as it could",
    }.items():
        answer = fill(client, "/account/dues", "/account/dues$", tier="1", every="month", code=code)
        assert (answer.status_code, said in answer.text) == (422, True), code
    clock.freeze(clock.now() + timedelta(days=2))
    assert "has ended" in fill(client, "/account/dues", "/account/dues$", tier="1", every="month", code="SOON").text
    answer = fill(client, "/account/dues", "/account/dues$", tier="1", every="year", code="")
    assert "/_stripe/" in answer.location


def test_an_offer_for_one_tier_ends_with_a_change_to_another(sign_in):
    ann, ben, price = people.member("Ann Okafor"), people.member("Ben Adler"), pay.asked()
    pay.offer("FIVE-OFF", percent=0, amount_minor=500, months=None, tier_id=prices.get(price["Member month"]).tier_id)
    pay.offer("ALL-OVER", percent=0, amount_minor=500, months=None)
    for who, code in ((ann, "FIVE-OFF"), (ben, "ALL-OVER")):
        pay.subscribed(who, price["Member month"], code)
    page = sign_in(ann).get(f"/account/dues/change?price={price['Patron month']}").text
    assert ("FIVE-OFF is not for this tier: it ends with the change" in page, "counts for it too" in page) == (
        True,
        False,
    )
    for who, taken in ((ann, 3000 - 700), (ben, 2500 - 700)):
        with work():
            quote = changing.quote(people.viewer(who), price["Patron month"])
            for _ in range(2):  # a second click changes nothing
                changing.change(people.viewer(who), price["Patron month"], quote.at)
        drain()
        assert (quote.due_minor, quote.ends_offer) == (taken, who == ann)
    assert [reading.mine(who).next_minor for who in (ann, ben)] == [3000, 2500]
    assert recurs() == {(None, 3000, 1), ("ALL-OVER", 2500, 1)}
    assert reading.mine(ann).offer is None
    assert [offers.used(order(who).id)[0].told_at is not None for who in (ann, ben)] == [True, False]
    with pytest.raises(Invalid, match="offer_had"):
        offers.usable("FIVE-OFF", prices.get(price["Member month"]).tier_id, ann)
    sound()


def test_what_was_taken_for_a_page_that_was_left_is_given_back(travel):
    ann, price = people.member("Ann Okafor"), pay.asked()
    pay.offer(uses_most=1)
    pay.choose(ann, price["Member month"], "WELCOME")
    assert uses() == 1
    pay.choose(ann, price["Patron month"], "WELCOME")  # the same use, another page
    assert uses() == 1
    travel(to=clock.now() + paying.PAGE_LASTS + pages.SHORTEST)
    assert uses() == 0
    assert subscriptions.of("community.dues", ann) is None
    sound()


def test_a_trial_is_had_once_and_announced_before_it_ends(travel):
    ann, price = people.member("Ann Okafor"), pay.asked(trial_days=14)
    pay.subscribed(ann, price["Member month"])
    assert (state(ann), pay.booked()) == (("trial", "active"), 0)
    ends = row(ann).paid_through
    assert ends == clock.now() + timedelta(days=14)
    travel(to=ends - timedelta(days=3))
    assert letters(ann) == ["welcome", "trial_ends"]
    travel(to=ends + timedelta(hours=3))
    assert (state(ann), pay.booked()) == (("paid", "active"), 1200)
    with work():
        subscriptions.wish_end(order(ann).id, "now")
    drain()
    assert order(ann).state == "ended"
    pay.choose(ann, price["Patron month"])
    assert order(ann).trial_days == 0
    sound()


def test_a_gift_stops_what_was_paid_and_ends_with_a_week_to_choose(travel):
    ann, price = people.member("Ann Okafor"), pay.asked(grace=timedelta(days=1))
    pay.subscribed(ann, price["Member month"])
    ola, until = people.viewer(builders.operator()), clock.now() + timedelta(days=60)
    with work():
        giving.give(ola, ann, until, "She carries the chairs.")
    drain()
    assert (state(ann), order(ann).ends_at is not None) == (("complimentary", "active"), True)
    travel(to=until - timedelta(days=7))
    assert (pay.booked(), letters(ann)[-2:]) == (1200, ["gift", "gift_ends"])
    travel(to=until)
    assert state(ann) == ("past_due", "active")
    with work():
        giving.give(ola, ann, None, "She still does.")
    drain()
    assert state(ann) == ("complimentary", "active")
    with work():
        giving.end(ola, ann, "She moved away.")
    drain()
    assert state(ann) == ("none", "active")
    sound()


def test_an_offer_is_one_kind_of_discount_under_a_code_of_its_own():
    pay.offer()
    for words, key in (
        ({"percent": 0}, "one_kind"),
        ({"amount_minor": 5}, "one_kind"),
        ({}, "code_taken"),
        ({"valid_until": clock.now()}, "valid_ahead"),
    ):
        with pytest.raises(Invalid, match=key):
            pay.offer(**words)
    with pytest.raises(Invalid, match="code_shape"):
        pay.offer("A code")
    assert db.session.get(Offer, 1).code == "WELCOME"
