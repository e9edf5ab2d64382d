"""The pages of pledges: what a backer reads at each step, what can be done there, and what others never see."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from community.joining import memberships
from crowdfund.pledges import Pledge
from kernel import db
from payments import checkouts, demo
from tests import builders
from tests.crowdfund import stage
from tests.filling import forms_of
from tests.shop import goods

pytestmark = pytest.mark.usefixtures("app")


def text(answer) -> str:
    return answer.get_data(as_text=True)


def slug(campaign_id: int) -> str:
    return stage.row_of(campaign_id).slug


def page(campaign_id: int) -> str:
    return f"/campaigns/{slug(campaign_id)}/pledge"


def newest() -> str:
    db.session.rollback()
    return db.session.scalars(select(Pledge.number).order_by(Pledge.id.desc()).limit(1)).one()


@pytest.fixture
def kiln() -> int:
    return stage.campaign()


@pytest.fixture
def ann() -> int:
    return builders.engaged("Ann Adams")


def test_a_pledge_is_changed_and_cancelled_while_the_campaign_runs(kiln, ann, sign_in, fill):
    bowl, client = stage.bowl(kiln), sign_in(ann)
    number = stage.pledge(ann, kiln, 2_000)
    changed = fill(client, f"/pledges/{number}/change", "give", reward=str(bowl.id), amount="50")
    assert changed.status_code == 422  # the bowl is sent, and nobody said where
    at = f"/pledges/{number}/change"
    form = next(f for f in forms_of(text(changed)) if f["id"] == "give")
    data = {k: v for k, v in form["fields"].items() if v is not None} | stage.ADDRESS
    data |= {"shipping_minor": "600"}
    assert client.post(form["action"], data=data).status_code == 303
    assert (stage.taken(bowl.id), stage.pledge_row(number).total_minor) == (1, 5600)
    assert "Rua das Flores 118" in text(client.get(f"/pledges/{number}"))
    assert fill(client, f"/pledges/{number}", "/cancellation").status_code == 303
    assert (stage.state(number), stage.taken(bowl.id)) == ("cancelled", 0)
    gone = client.get(at, follow_redirects=True)
    assert "no longer be changed" in text(gone)
    assert "Pledge again" in text(gone)


def test_a_stale_tab_is_told_once_what_happened(kiln, ann, sign_in, travel):
    number, client = stage.pledge(ann, kiln), sign_in(ann)
    token = {"csrf_token": forms_of(text(client.get(f"/pledges/{number}")))[0]["fields"]["csrf_token"]}
    stage.settle(kiln, travel)
    for act in ("cancellation", "payment"):
        assert client.post(f"/pledges/{number}/{act}", data=token).status_code == 409
    assert client.post(f"/pledges/{number}/card", data=token).status_code == 303
    assert client.post(f"/pledges/{number}", data=token).status_code in (409, 422)


def test_each_state_says_what_comes_next(kiln, ann, sign_in, travel):
    number, client = stage.pledge(ann, kiln, 12_000), sign_in(ann)
    assert "Nothing is charged before" in text(client.get(f"/pledges/{number}"))
    ends_at = stage.row_of(kiln).ends_at
    assert ends_at is not None
    travel(to=ends_at + timedelta(minutes=10))
    assert "The campaign has ended. It is decided at" in text(client.get(f"/pledges/{number}"))
    stage.settle(kiln, travel)
    paid = text(client.get(f"/pledges/{number}"))
    assert "The goal was reached" in paid
    assert "Paid, with thanks" in paid


def test_a_missed_goal_is_told_with_the_card_forgotten(kiln, ann, sign_in, travel):
    number = stage.pledge(ann, kiln)
    stage.settle(kiln, travel)
    said = text(sign_in(ann).get(f"/pledges/{number}"))
    assert "The goal was not reached. Nothing was charged, and your card is forgotten." in said


@pytest.mark.parametrize(
    ("card", "says", "button"),
    [
        (stage.DECLINES, "Your bank declined the card", "Pay with another card"),
        (stage.ASKS, "Your bank wants you to confirm it", "Confirm the payment"),
    ],
)
def test_a_refused_card_is_explained_and_mended_on_a_page_of_its_own(
    kiln, ann, sign_in, fill, travel, card, says, button
):
    number, client = stage.pledge(ann, kiln, 12_000, card=card), sign_in(ann)
    stage.settle(kiln, travel, minutes=5)
    assert stage.state(number) == "errored"
    said = text(client.get(f"/pledges/{number}"))
    assert says in said
    assert button in said
    assert "Fix the payment" in text(client.get("/pledges"))
    answer = fill(client, f"/pledges/{number}", "/payment")
    assert (answer.status_code, "_stripe" in answer.headers["Location"]) == (303, True)
    with builders.work():
        charge_id = stage.charge_of(number).id
        assert checkouts.url(charge_id, lasts=timedelta(minutes=31))
        demo.pay(charge_id)
    assert "looks again by itself" in text(client.get(f"/pledges/{number}?returned=1"))
    builders.drain()
    assert "Paid, with thanks" in text(client.get(f"/pledges/{number}?returned=2"))


def test_an_unmended_pledge_is_dropped_in_plain_words(kiln, ann, sign_in, travel):
    number = stage.pledge(ann, kiln, 12_000, card=stage.DECLINES)
    stage.settle(kiln, travel, days=8)
    said = text(sign_in(ann).get(f"/pledges/{number}"))
    assert "the pledge was dropped. Nothing was charged" in said
    assert "Fix the payment" not in text(sign_in(ann).get("/pledges"))


def test_ones_own_pledge_is_always_reached_and_nobody_elses_ever(kiln, ann, sign_in, visitor):
    number = stage.pledge(ann, kiln)
    strangers = [sign_in(builders.engaged("Ben Brown")), sign_in(goods.admin()), sign_in(builders.operator()), visitor]
    for stranger in strangers:
        assert stranger.get(f"/pledges/{number}").status_code == 404
        assert stranger.get(f"/pledges/{number}/change").status_code == 404
    assert "/sign-in" in visitor.get("/pledges").headers["Location"]
    builders.suspend(ann)
    client = sign_in(ann)
    assert stage.row_of(kiln).title in text(client.get("/pledges"))
    said = text(client.get(f"/pledges/{number}"))
    assert "Cancel the pledge" in said
    assert "Change it" not in said


def test_my_pledges_stand_with_what_needs_me_first(kiln, ann, sign_in):
    client = sign_in(ann)
    assert "No pledges yet" in text(client.get("/pledges"))
    counted = stage.pledge(ann, kiln)
    other = stage.campaign(title="A second wheel")
    stage.pledge(ann, other)
    third = stage.campaign(title="A third shelf")
    begun = stage.begin(ann, third)
    said = text(client.get("/pledges"))
    assert said.index(begun) < said.index(counted)
    assert client.get("/pledges?page=2").status_code == 200
    for wrong in ("0", "-1", "x", "9" * 30, "\u0663"):
        assert client.get("/pledges", query_string={"page": wrong}).status_code == 200


def test_home_says_first_that_a_payment_waits_to_be_mended(kiln, ann, sign_in, travel):
    stage.pledge(ann, kiln, 12_000, card=stage.DECLINES)
    client = sign_in(ann)
    assert "Fix the payment of your pledge" not in text(client.get("/"))
    stage.settle(kiln, travel, minutes=5)
    assert "Fix the payment of your pledge" in text(client.get("/"))
    stage.fix(ann, newest())
    assert "Fix the payment of your pledge" not in text(client.get("/"))
    assert 'href="/pledges"' in text(client.get("/account"))


@pytest.mark.parametrize("count", [10, 1000])
def test_the_pages_of_pledges_ask_six_things(kiln, ann, sign_in, queries, count):
    number = stage.pledge(ann, kiln, 4_800, stage.bowl(kiln).id)
    stage.repeat(number, count)
    client, ben = sign_in(ann), sign_in(builders.engaged("Ben Brown"))
    asked = (client, "/pledges"), (client, f"/pledges/{number}"), (client, f"/pledges/{number}/change")
    for who, path in (*asked, (ben, page(kiln)), (client, "/")):
        with queries() as seen:
            assert who.get(path).status_code == 200
        assert len(seen) <= 6, (path, seen)


def test_whoever_left_still_reaches_the_own_pledges_and_may_call_them_off(kiln, ann, sign_in, fill):
    number = stage.pledge(ann, kiln)
    with builders.work():
        memberships.leave(ann, None)
    client = sign_in(ann)
    assert f"/pledges/{number}" in text(client.get("/pledges"))
    assert f"/campaigns/{stage.row_of(kiln).slug}" not in text(client.get(f"/pledges/{number}"))
    assert client.get(f"/pledges/{number}/change").status_code == 403
    assert fill(client, f"/pledges/{number}", "/cancellation").status_code == 303
    assert stage.state(number) == "cancelled"
