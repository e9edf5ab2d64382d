"""Making a pledge: who may, up to which second, what it holds, and from when on it counts (RULES 9)."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from community.joining import brands
from crowdfund import consents
from crowdfund.pledges import Consent, making, reading
from kernel import clock, db
from kernel.errors import Conflict, Forbidden, Invalid, Locked, NotFound, Refusal, SoldOut, Unavailable
from payments import setups
from payments.sandbox.refusals import Refusal as StripeRefusal
from tests import builders
from tests.crowdfund import drafts, stage
from tests.crowdfund.stage import begin, bowl, broken, cancel, change, mails, pledge, save, state, sums, taken

ANN = "ann-adams@ninefold.test"


@pytest.fixture
def ann(app) -> int:
    return builders.engaged("Ann Adams")


@pytest.fixture
def kiln(app) -> int:
    return stage.campaign()


def refused(*args, **kwargs) -> str:
    with pytest.raises(Refusal) as refusal:
        begin(*args, **kwargs)
    return refusal.value.key


@pytest.mark.db
def test_a_pledge_counts_once_its_card_is_saved_and_nothing_is_charged(ann, kiln, sandbox):
    before = stage.money()
    number = begin(ann, kiln, 5_000, bowl(kiln).id)
    assert (state(number), sums(kiln), taken(bowl(kiln).id)) == ("begun", (0, 0, 0, 1), 1)
    save(number)
    builders.drain()
    assert (state(number), sums(kiln), taken(bowl(kiln).id)) == ("pledged", (5_000, 0, 1, 1), 1)
    row = stage.pledge_row(number)
    assert (row.amount_minor, row.shipping_minor, row.total_minor) == (5_000, 600, 5_600)
    assert mails("crowdfund/pledge_received") == [ANN]
    assert stage.money() == before
    assert broken() == []


def test_the_consent_keeps_wording_total_and_time(ann, kiln):
    number = begin(ann, kiln, 5_000, bowl(kiln).id)
    given = db.session.scalars(select(Consent)).one()
    assert (given.wording_version, given.locale, given.total_minor) == (max(consents.WORDING), "en", 5_600)
    assert given.at == clock.now()
    assert reading.consent(stage.pledge_row(number).id) is given


def test_whoever_read_an_older_wording_reads_again(ann, kiln):
    with pytest.raises(Conflict, match="wording_changed"), builders.work():
        making.begin(builders.viewer(ann), kiln, stage.wish(wording_version=0), builders.key())


@pytest.mark.db
def test_the_same_click_makes_one_pledge(ann, kiln):
    first = begin(ann, kiln, key="once")
    assert begin(ann, kiln, key="once") == first
    assert sums(kiln)[3] == 1


@pytest.mark.db
def test_a_second_pledge_to_one_campaign_leads_to_the_first(ann, kiln):
    first = begin(ann, kiln)
    with pytest.raises(Conflict) as refusal:
        begin(ann, kiln, 7_000, bowl(kiln).id)
    assert (refusal.value.key, refusal.value.values) == ("crowdfund.already_pledged", {"number": first})
    assert taken(bowl(kiln).id) == 0
    assert sums(kiln) == (0, 0, 0, 1)


def test_the_locked_hear_what_is_missing(kiln):
    with pytest.raises(Locked) as refusal:
        begin(builders.member("Hugo Helfer"), kiln)
    assert refusal.value.missing


def test_the_suspended_may_not_begin_but_may_cancel(ann, kiln):
    number = pledge(ann, kiln)
    builders.suspend(ann)
    assert refused(ann, kiln) == "kernel.state_suspended"
    cancel(ann, number)
    assert state(number) == "cancelled"


def test_nobody_pledges_to_their_own_brand(ann, kiln):
    with builders.work():
        brands.name_admin(builders.viewer(builders.operator()), stage.row_of(kiln).brand_id, ann)
    with pytest.raises(Forbidden, match="own_brand"):
        begin(ann, kiln)


def test_what_never_lived_cannot_be_backed(ann):
    with pytest.raises(NotFound):
        begin(ann, drafts.submitted())
    with pytest.raises(NotFound):
        begin(ann, 4711)


@pytest.mark.parametrize(
    ("amount_minor", "key"),
    [
        (99, "crowdfund.pledge_bounds"),
        (1_000_001, "crowdfund.pledge_bounds"),
        (0, "crowdfund.pledge_bounds"),
        (-5_000, "crowdfund.pledge_bounds"),
        (2**62, "crowdfund.pledge_bounds"),
        (4_799, "crowdfund.less_than_reward"),
    ],
)
def test_an_amount_is_within_bounds_and_covers_its_reward(ann, kiln, amount_minor, key):
    assert refused(ann, kiln, amount_minor, bowl(kiln).id) == key


def test_a_reward_of_another_campaign_is_none_of_this_one(ann, kiln):
    other = stage.campaign(title="A third kiln")
    assert refused(ann, kiln, 5_000, bowl(other).id) == "crowdfund.no_such_reward"


def test_what_is_sent_needs_an_address_and_what_is_not_keeps_none(ann, kiln):
    wanted = stage.wish(5_000, bowl(kiln).id, town=" ")
    with pytest.raises(Invalid) as refusal, builders.work():
        making.begin(builders.viewer(ann), kiln, wanted, builders.key())
    assert refusal.value.field == "town"
    assert stage.pledge_row(begin(ann, kiln, 5_000)).street == ""


def test_a_shipping_that_the_form_did_not_show_is_not_agreed_to(ann, kiln):
    wanted = stage.wish(5_000, bowl(kiln).id, shipping_minor=500)
    with pytest.raises(Conflict, match="reward_changed"), builders.work():
        making.begin(builders.viewer(ann), kiln, wanted, builders.key())


@pytest.mark.db
def test_the_last_place_is_taken_once_and_freed_by_who_never_saves_a_card(ann, kiln, travel):
    bob, last = builders.engaged("Bob Brown"), stage.tier(kiln, places=1)
    number = begin(ann, kiln, 2_500, last)
    with pytest.raises(SoldOut):
        begin(bob, kiln, 2_500, last)
    assert sums(kiln)[3] == 1
    travel(minutes=33)
    assert (state(number), taken(last), sums(kiln)) == ("expired", 0, (0, 0, 0, 0))
    assert begin(bob, kiln, 2_500, last)
    assert broken() == []


@pytest.mark.db
def test_a_change_swaps_places_and_sums_and_is_agreed_to_anew(ann, kiln):
    cup = stage.tier(kiln, places=2)
    number = pledge(ann, kiln, 5_000, bowl(kiln).id)
    change(ann, number, 9_000, cup)
    assert (taken(bowl(kiln).id), taken(cup), sums(kiln)) == (0, 1, (9_000, 0, 1, 1))
    row = stage.pledge_row(number)
    assert (row.total_minor, row.street) == (9_000, "")
    assert [c.total_minor for c in db.session.scalars(select(Consent).order_by(Consent.id))] == [5_600, 9_000]
    change(ann, number, 3_000)
    assert (taken(cup), sums(kiln)) == (0, (3_000, 0, 1, 1))
    assert mails("crowdfund/pledge_changed") == [ANN, ANN]
    assert broken() == []


def test_a_change_to_what_is_sold_out_changes_nothing(ann, kiln):
    last = stage.tier(kiln, places=1)
    pledge(builders.engaged("Bob Brown"), kiln, 2_500, last)
    number = pledge(ann, kiln, 5_000, bowl(kiln).id)
    with pytest.raises(SoldOut):
        change(ann, number, 5_000, last)
    assert (taken(bowl(kiln).id), stage.pledge_row(number).reward_id) == (1, bowl(kiln).id)
    assert broken() == []


def test_only_what_counts_can_be_changed(ann, kiln):
    number = begin(ann, kiln)
    with pytest.raises(Conflict, match="not_changeable"):
        change(ann, number, 6_000)


def test_others_pledges_are_not_there(ann, kiln):
    number, bob = pledge(ann, kiln), builders.engaged("Bob Brown")
    with pytest.raises(NotFound):
        change(bob, number, 6_000)
    with pytest.raises(NotFound):
        cancel(bob, number)


@pytest.mark.db
def test_cancelling_frees_everything_and_forgets_the_card(ann, kiln):
    number = pledge(ann, kiln, 5_000, bowl(kiln).id)
    cancel(ann, number)
    builders.drain()
    assert (state(number), taken(bowl(kiln).id), sums(kiln)) == ("cancelled", 0, (0, 0, 0, 0))
    assert setups.of("crowdfund.pledge", stage.pledge_row(number).id).state == "forgotten"
    assert mails("crowdfund/pledge_cancelled") == [ANN]
    again = pledge(ann, kiln, 4_800, bowl(kiln).id)
    assert (state(again), sums(kiln)) == ("pledged", (4_800, 0, 1, 1))
    assert broken() == []


def test_cancelling_a_begun_one_closes_stripes_page_first(ann, kiln, sandbox):
    number = begin(ann, kiln)
    with builders.work():
        assert setups.url(stage.pledge_row(number).setup_id)
        session_id = setups.get(stage.pledge_row(number).setup_id).session_id
    cancel(ann, number)
    assert state(number) == "cancelled"
    with pytest.raises(StripeRefusal, match="expired"):
        sandbox.pay(session_id)
    builders.drain()
    assert (state(number), broken()) == ("cancelled", [])


def test_while_stripe_is_silent_the_cancellation_is_kept_for_the_worker(ann, kiln, sandbox, travel):
    number = begin(ann, kiln)
    with builders.work():
        assert setups.url(stage.pledge_row(number).setup_id)
    sandbox.fail_next("500", times=10)
    with pytest.raises(Unavailable):
        cancel(ann, number)
    assert state(number) == "begun"
    travel(minutes=40)
    assert state(number) == "cancelled"
    assert broken() == []


def test_who_was_faster_with_the_card_than_with_the_cancellation_has_cancelled(ann, kiln):
    number = begin(ann, kiln, 5_000, bowl(kiln).id)
    save(number)
    cancel(ann, number)
    builders.drain()
    assert (state(number), taken(bowl(kiln).id), sums(kiln)) == ("cancelled", 0, (0, 0, 0, 0))
    assert broken() == []
