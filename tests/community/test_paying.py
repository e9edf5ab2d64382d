"""Dues are chosen, paid on Stripe's page, renewed, missed, closed to reading and made good again (RULES 14)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from community.joining import dues, members, memberships
from community.joining.dues import changing, paying, reading, settings, tiers
from kernel import clock, db
from kernel.errors import Conflict, Invalid, NotFound
from payments import charges, connection, customers, demo, disputes, refunds, subscriptions
from payments.gateway import Dispute as Claim
from payments.subscriptions import Subscription
from tests import builders, people
from tests.builders import drain, work
from tests.community import paying_members as pay
from tests.community.paying_members import letters, order, row, sound, state

pytestmark = pytest.mark.usefixtures("app")


def card_of(member_id: int) -> str:
    with work():
        return connection.sandbox.card_on_file(customers.known(member_id))


def missed(member_id: int, travel, times: int = 9) -> None:
    """The next renewal is refused by the bank, and so are all further tries."""
    connection.sandbox.decline_next(card_of(member_id), "insufficient_funds", times)
    travel(to=row(member_id).paid_through + timedelta(hours=3))


def another_card(member_id: int, number: str = "4242424242424242") -> None:
    with work():
        url = changing.portal(people.viewer(member_id))
    connection.sandbox.use_card(url.rpartition("/")[2], number)
    drain()


@pytest.mark.db
def test_dues_are_paid_renewed_missed_closed_and_made_good_again(travel, sandbox, sign_in):
    ann, price = people.member("Ann Okafor"), pay.asked()
    assert state(ann) == ("none", "active")
    pay.subscribed(ann, price["Member month"])
    assert state(ann) == ("paid", "active")
    first = row(ann).paid_through
    assert timedelta(days=28) <= first - clock.now() <= timedelta(days=31)
    assert (pay.booked(), letters(ann)) == (1200, ["welcome", "receipt"])
    travel(to=first + timedelta(hours=3))
    assert (state(ann), pay.booked()) == (("paid", "active"), 2400)
    missed(ann, travel)
    assert state(ann) == ("past_due", "active")
    owing = row(ann).past_due_at
    client = sign_in(ann)
    assert "Everything stays open until" in client.get("/feed").text
    travel(to=owing + dues.FULL_ACCESS - timedelta(minutes=1))
    assert state(ann) == ("past_due", "active")
    travel(to=owing + dues.FULL_ACCESS)
    assert state(ann) == ("read_only", "past_due")
    assert letters(ann)[-2:] == ["failed", "read_only"]
    assert "Pay with another card" in sign_in(ann).get("/account/dues").text
    another_card(ann)
    assert (state(ann), pay.booked()) == (("paid", "active"), 3600)
    assert letters(ann)[-2:] == ["restored", "receipt"] or letters(ann)[-2:] == ["receipt", "restored"]
    sound()


def test_where_stripe_gives_up_dues_have_ended_and_choosing_again_opens_everything(travel):
    ann, price = people.member("Ann Okafor"), pay.asked()
    pay.subscribed(ann, price["Member month"])
    missed(ann, travel, times=30)
    travel(days=40)
    assert state(ann) == ("ended", "past_due")
    assert order(ann).state == "ended"
    assert letters(ann)[-1] == "ended"
    pay.subscribed(ann, price["Member year"])
    assert state(ann) == ("paid", "active")
    sound()


def test_stopping_ends_with_the_period_and_is_taken_back_by_one_click(travel, sign_in, fill):
    ann, price = people.member("Ann Okafor"), pay.asked()
    pay.subscribed(ann, price["Member month"])
    until, client = row(ann).paid_through, sign_in(ann)
    assert fill(client, "/account/dues", "/account/dues/stop").status_code == 303
    assert (state(ann)[0], order(ann).ends_at) == ("paid", until)
    page = client.get("/account/dues").text
    assert "Ends on" in page
    assert "Nothing is charged after that" in page
    assert fill(client, "/account/dues", "/account/dues/keep").status_code == 303
    assert order(ann).ends_at is None
    fill(client, "/account/dues", "/account/dues/stop")
    travel(to=until - timedelta(minutes=1))
    assert state(ann) == ("paid", "active")
    travel(to=until + timedelta(hours=3))
    assert (state(ann), pay.booked()) == (("ended", "past_due"), 1200)
    sound()


def test_a_change_takes_what_it_showed_and_moves_nothing_when_the_bank_refuses(travel, sign_in):
    ann, price = people.member("Ann Okafor"), pay.asked()
    pay.subscribed(ann, price["Member month"])
    travel(days=10)
    with work():
        quote = changing.quote(people.viewer(ann), price["Patron month"])
    assert 1000 < quote.due_minor < 1400  # two thirds of 18.00
    before = pay.booked()
    connection.sandbox.decline_next(card_of(ann), "insufficient_funds", 1)
    with pytest.raises(Conflict, match="change_declined"), work():
        changing.change(people.viewer(ann), price["Patron month"], quote.at)
    assert (pay.booked(), order(ann).status) == (before, "active")
    another_card(ann)
    travel(minutes=1)
    with work():
        quote = changing.quote(people.viewer(ann), price["Patron month"])
        changing.change(people.viewer(ann), price["Patron month"], quote.at)
    assert pay.booked() - before == quote.due_minor  # before Stripe tells of it
    assert "Ninefold dues, Patron" in sign_in(ann).get("/account/dues").text
    drain()
    assert pay.booked() - before == quote.due_minor
    with pytest.raises(Conflict, match="quote_old"), work():
        changing.change(people.viewer(ann), price["Member month"], quote.at - timedelta(hours=1))
    with work():
        quote = changing.quote(people.viewer(ann), price["Member month"])
        changing.change(people.viewer(ann), price["Member month"], quote.at)
    own = reading.mine(ann)
    assert (own.credit_minor, own.next_minor) == (-quote.due_minor, max(0, 1200 + quote.due_minor))
    sound()


def test_who_pays_keeps_the_old_price_and_the_next_pays_the_new_one():
    ann, price = people.member("Ann Okafor"), pay.asked()
    pay.subscribed(ann, price["Member month"])
    tier = tiers.choosable()[0].tier
    with work():
        tiers.change(people.viewer(builders.operator()), tier.id, "Member", tier.gives, 1, (1500, 15000))
    ben = people.member("Ben Adler")
    pay.subscribed(ben, tiers.choosable()[0].month.id)
    assert pay.booked() == 1200 + 1500
    with pytest.raises(NotFound), work():  # the closed price is no choice any more
        paying.choose(people.viewer(people.member("Dee Marlow")), price["Member month"], "")
    sound()


def test_money_that_goes_back_takes_its_time_with_it(travel):
    ann, price = people.member("Ann Okafor"), pay.asked(grace=timedelta(days=1))
    pay.subscribed(ann, price["Member month"])
    charge = charges.of(dues.PURPOSE, ann)
    travel(days=2)
    with work():
        refunds.ask(charge.id, 400, "a part", None)
        refunds.ask(charge.id, 800, "the rest", None)
    with work():
        refunds.send(refunds.of_charge(charge.id)[0].id)
    assert (state(ann), pay.booked()) == (("paid", "active"), 800)  # the rest is promised, and has not gone yet
    assert letters(ann)[-1] == "returned"
    travel(minutes=1)
    assert (state(ann), pay.booked(), order(ann).state) == (("past_due", "active"), 0, "ended")
    travel(days=7, minutes=1)
    assert state(ann) == ("ended", "past_due")
    sound()


def test_a_dispute_withholds_the_time_until_it_is_decided(travel, sign_in):
    ann, price = people.member("Ann Okafor"), pay.asked(grace=timedelta(days=1))
    pay.subscribed(ann, price["Member month"])
    until = row(ann).paid_through
    travel(days=2)
    paid_by = charges.of(dues.PURPOSE, ann).intent_id
    with work(), db.outside():
        at_stripe = connection.batch.intent(paid_by).charge_id
    claim = connection.sandbox.dispute(at_stripe)
    drain()
    assert (state(ann), letters(ann)[-1]) == (("past_due", "active"), "disputed")
    page = sign_in(ann).get("/account/dues").text
    assert all(f"Your bank {word} a payment of your dues" in page for word in ("disputes", "asks"))
    connection.sandbox.decide_dispute(claim, won=True)
    travel(minutes=20)
    assert (state(ann), row(ann).paid_through) == (("paid", "active"), until)
    travel(to=until + timedelta(hours=3))
    late = Claim("dp_2", "needs_response", "general", paid_by, "ch_1", 1200, "usd", None, clock.now())
    with work():
        disputes.observed(late)  # about a month that is over: that a card is refused is another matter
    missed(ann, travel)
    assert (state(ann), letters(ann)[-1]) == (("past_due", "active"), "failed")
    page = sign_in(ann).get("/account/dues").text
    assert all(word in page for word in ("Pay with another card", "Your dues are not paid"))
    sound()


def test_a_dispute_that_is_won_gives_no_time_back_for_which_all_the_money_went_back(travel):
    ann, price = people.member("Ann Okafor"), pay.asked(grace=timedelta(days=1))
    pay.subscribed(ann, price["Member month"])
    charge = charges.of(dues.PURPOSE, ann)
    with work():
        refunds.ask(charge.id, 1200, "given back", None)
    travel(minutes=1)
    claim = Claim("dp_1", "needs_response", "general", charge.intent_id, "ch_1", 1200, "usd", None, clock.now())
    for status in ("needs_response", "won"):
        with work():
            disputes.observed(replace(claim, status=status))
    travel(minutes=1)
    assert (order(ann).paid_through, order(ann).state) == (None, "ended")
    sound()


def test_one_subscription_a_member_and_the_page_of_the_same_choice_again():
    ann, price = people.member("Ann Okafor"), pay.asked()
    first = pay.choose(ann, price["Member month"])
    assert pay.choose(ann, price["Member month"]) == first
    second = pay.choose(ann, price["Patron year"])
    assert second != first
    db.session.rollback()
    assert db.session.get_one(Subscription, first).state == "lapsed"
    with work():
        pay.demo.subscribe(second)
    drain()
    with pytest.raises(Conflict, match="subscribed"), work():
        paying.choose(people.viewer(ann), price["Member month"], "")
    with pytest.raises(Conflict), work():
        subscriptions.ask(
            dues.PURPOSE, ann, ann, email="", what="", price_id="", coupon_id="", trial_days=0, expires_at=clock.now()
        )


def test_what_is_paid_on_an_open_page_after_the_membership_ended_goes_back(travel):
    ann, price = people.member("Ann Okafor"), pay.asked()
    row_id = pay.choose(ann, price["Member month"])
    travel(minutes=1)
    with work():
        memberships.leave(ann, by=None)
    with work():
        demo.subscribe(row_id)
    drain()
    travel(minutes=1)
    assert (state(ann), order(ann).status, pay.booked()) == (("ended", "removed"), "canceled", 0)
    sound()


def test_what_was_paid_before_a_membership_ended_is_kept(travel):
    ann, price = people.member("Ann Okafor"), pay.asked()
    pay.subscribed(ann, price["Member month"])
    travel(minutes=1)
    with work():
        memberships.leave(ann, by=None)
    travel(minutes=1)
    assert (order(ann).status, pay.booked()) == ("canceled", 1200)
    sound()


def test_where_dues_are_not_asked_any_more_nothing_is_taken_again(travel):
    ann, price = people.member("Ann Okafor"), pay.asked()
    ben = people.member("Ben Adler")
    pay.subscribed(ann, price["Member month"])
    until = row(ann).paid_through
    with work():
        ola = people.viewer(builders.operator())
        settings.change(ola, asked=False, grace_until=None, trial_days=0, choose_days=14)
    drain()
    assert order(ann).ends_at == until
    travel(to=until + timedelta(days=2))
    assert (state(ann), state(ben), pay.booked()) == (("none", "active"), ("none", "active"), 1200)
    sound()


def test_dues_begin_with_days_to_choose_for_all_who_are_here(travel):
    ann, ola = people.member("Ann Okafor"), people.viewer(builders.operator())
    with pytest.raises(Invalid, match="grace_ahead"), work():
        settings.change(ola, asked=True, grace_until=clock.now(), trial_days=0, choose_days=14)
    pay.asked(grace=timedelta(days=10))
    travel(days=10)
    assert (state(ann), letters(ann)) == (("past_due", "active"), ["choose"])
    late = people.member("Ben Adler")
    travel(days=7)
    assert (state(ann), state(late)) == (("read_only", "past_due"), ("none", "active"))
    assert members.get(ann).state == "past_due"
    with work():
        settings.change(ola, asked=True, grace_until=clock.now() + timedelta(days=3), trial_days=0, choose_days=14)
    drain()
    assert state(ann) == ("none", "active")
    sound()
