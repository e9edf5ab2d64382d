"""What a member may and may not whose dues were not paid for a week: reads, keeps their own, pays (RULES 0, 14)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from community.earning import records
from community.joining import members, memberships, roles
from kernel import clock
from payments.demo import GOOD
from tests import builders, people
from tests.builders import drain, work
from tests.community import paying_members as pay
from tests.crowdfund import stage
from tests.security import town
from tests.security.forms_table import ADDRESS, WORDS
from tests.security.town import Keys
from tests.shop import goods


def reads_along(member_id: int) -> None:
    """Dues are asked, and this member has not chosen for longer than a week."""
    pay.asked(grace=timedelta(minutes=1))
    for days in (1, 8):
        clock.freeze(clock.now() + timedelta(days=days))
        drain()
    assert pay.state(member_id) == ("read_only", "past_due")


@pytest.fixture
def keys(app) -> Keys:
    return Keys(app)


def test_reads_everything_writes_and_buys_nothing_and_is_whole_again_by_paying(keys):
    ann, bowl = builders.engaged("Ann Adams"), goods.product()
    number, kiln = builders.post(ann), stage.campaign()
    pledge = stage.pledge(ann, kiln)
    goods.put(ann, bowl)
    reads_along(ann)
    client, before = keys.client(builders.viewer(ann)), town.rows()
    profile = f"/members/{builders.handle_of(ann)}"
    reading = ("/", "/feed", f"/posts/{number}", "/cells/harbour", profile, "/shop", "/campaigns", "/path",
               f"/shop/products/{goods.slug(bowl)}", "/points", "/shop/orders", "/pledges", "/account")  # fmt: skip
    for path in reading:
        answer = client.get(path)
        assert (answer.status_code, "/account/dues" in answer.text) == (200, True), path
    told = {"csrf_token": keys.token, "key": builders.key()}
    week = {"source_kind": "book", "source_title": "A book", "source_author": "Somebody", "text": WORDS * 2,
            "week": "2026-49"}  # fmt: skip
    for path, data in (
        ("/posts", {"title": "A kiln", "body": WORDS}),
        (f"/posts/{number}/comments", {"body": "Well said."}),
        ("/cells/harbour/check-ins", week),
        (f"/shop/products/{goods.slug(bowl)}/cart", {"variant": str(bowl), "quantity": "1"}),
        ("/shop/orders", ADDRESS),
    ):
        assert client.post(path, data={**data, **told}).status_code == 403, path
    assert town.differing(before) == []
    stage.cancel(ann, pledge)
    assert stage.state(pledge) == "cancelled"
    pauses = records.record_of(ann, clock.now()).pauses
    assert len(pauses) == 1
    assert pauses[0].end is None
    prices = {f"{one.tier.name} month": one.month.id for one in pay.tiers.every()}
    pay.subscribed(ann, prices["Member month"], card=GOOD)
    assert pay.state(ann) == ("paid", "active")
    assert records.record_of(ann, clock.now()).pauses[0].end == clock.now()
    assert client.post("/posts", data={"title": "A kiln", "body": WORDS, **told}).status_code == 302
    pay.sound()


def test_a_suspension_and_dues_do_not_lift_each_other(app):
    ann, ola = people.member("Ann Okafor"), people.viewer(builders.operator())
    reads_along(ann)
    prices = {f"{one.tier.name} month": one.month.id for one in pay.tiers.every()}
    chosen = pay.choose(ann, prices["Member month"])
    with work():
        memberships.suspend(ola, ann, "Three letters, and no answer.")
    pay.pays(chosen)  # Stripe's page was open already
    assert pay.state(ann) == ("paid", "suspended")
    with work():
        memberships.reinstate(ola, ann)
    assert pay.state(ann) == ("paid", "active")
    ben = people.member("Ben Adler")
    with work():
        memberships.suspend(ola, ben, "Three letters, and no answer.")
    for days in (15, 8):
        clock.freeze(clock.now() + timedelta(days=days))
        drain()
    assert pay.state(ben) == ("read_only", "suspended")
    with work():
        memberships.reinstate(ola, ben)
    assert pay.state(ben) == ("read_only", "past_due")
    pay.sound()


def test_who_leaves_pays_nothing_any_more_and_an_office_is_kept_while_reading_along(app):
    sol, ann = people.steward(), people.member("Ann Okafor")
    reads_along(sol)
    assert sol in roles.holders("steward")
    assert builders.viewer(sol).holds("steward")
    prices = {f"{one.tier.name} month": one.month.id for one in pay.tiers.every()}
    pay.subscribed(ann, prices["Member month"])
    with work():
        memberships.leave(ann, by=ann)
    drain()
    assert (pay.order(ann).state, members.get(ann).state) == ("ended", "removed")
    pay.sound()
