"""The form of a pledge: what it says, what it refuses, and where it leads."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select, update

from community.joining.members import Member
from crowdfund import rewards
from crowdfund.pledges import Pledge
from kernel import clock, db
from tests import builders
from tests.crowdfund import drafts, stage
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


def test_the_form_says_that_nothing_is_charged_today_and_when_the_card_would_be(kiln, ann, sign_in):
    bowl = stage.bowl(kiln)
    said = text(sign_in(ann).get(f"{page(kiln)}?reward={bowl.id}"))
    for sentence in ("Nothing is charged today", "$54.00", "9 places left", "Save my card with Stripe", "Full name"):
        assert sentence in said, sentence
    assert "I agree that this card is charged $54.00 once" in said


def test_a_reward_that_is_not_sent_asks_for_no_address(ann, sign_in):
    campaign = stage.campaign()
    bowl = stage.bowl(campaign).id
    with builders.work():
        rewards.remove(drafts.author(), bowl)
    key, client = stage.tier(campaign, "A key"), sign_in(ann)
    shown = text(client.get(f"{page(campaign)}?reward={key}"))
    assert 'name="country"' not in shown
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', shown))
    answer = client.post(page(campaign), data={**hidden, "reward": str(key), "amount": "25", "listed": "y"})
    assert answer.status_code == 303, text(answer)
    assert stage.pledge_row(newest()).reward_id == key


def test_a_pledge_goes_on_to_stripe_and_counts_when_the_card_is_saved(kiln, ann, sign_in, fill):
    bowl, client = stage.bowl(kiln), sign_in(ann)
    answer = fill(client, f"{page(kiln)}?reward={bowl.id}", "give", amount="60.50", **stage.ADDRESS)
    assert answer.status_code == 303
    assert "_stripe" in answer.headers["Location"]
    row = stage.pledge_row(newest())
    assert (row.state, row.amount_minor, row.shipping_minor, row.town, row.listed) == (
        "begun",
        6050,
        600,
        "Porto",
        True,
    )
    waiting = text(client.get(f"/pledges/{row.number}"))
    assert "Waits for your card" in waiting
    assert "Held for you until" in waiting
    stage.save(row.number)
    assert "This page looks again by itself" in text(client.get(f"/pledges/{row.number}?returned=1"))
    assert "we will mail you" in text(client.get(f"/pledges/{row.number}?returned=11"))
    builders.drain()
    counted = text(client.get(f"/pledges/{row.number}?returned=2"))
    assert "Visa •••• 4242" in counted
    assert "looks again by itself" not in counted


def test_without_a_reward_no_address_is_kept(kiln, ann, sign_in, fill):
    fill(sign_in(ann), page(kiln), "give", amount="20", listed=None)
    row = stage.pledge_row(newest())
    assert (row.reward_id, row.total_minor, row.street, row.listed) == (None, 2000, "", False)


@pytest.mark.parametrize(
    "typed", ["", "0", "-5", "1e9", "NaN", "1.5555", "9223372036854775808", "\uff11\uff10", "1,000"]
)
def test_an_amount_that_is_none_is_refused_beside_its_field(kiln, ann, sign_in, fill, typed):
    answer = fill(sign_in(ann), page(kiln), "give", amount=typed)
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in text(answer)
    assert db.session.scalar(select(Pledge.id)) is None


def test_less_than_the_reward_asks_a_missing_address_and_a_foreign_reward_are_refused(kiln, ann, sign_in, fill):
    bowl, client = stage.bowl(kiln), sign_in(ann)
    at = f"{page(kiln)}?reward={bowl.id}"
    less = fill(client, at, "give", amount="47.99", **stage.ADDRESS)
    assert (less.status_code, "at least $48.00" in text(less)) == (422, True)
    nowhere = fill(client, at, "give", street="")
    assert (nowhere.status_code, "Street and number: This is needed." in text(nowhere)) == (422, True)
    assert fill(client, at, "give", reward="999", **stage.ADDRESS).status_code == 422
    assert db.session.scalar(select(Pledge.id)) is None


def test_another_reward_brings_its_price_and_its_address_before_anything_is_pledged(kiln, ann, sign_in, fill):
    bowl, client = stage.bowl(kiln), sign_in(ann)
    form = next(f for f in forms_of(text(client.get(page(kiln)))) if f["id"] == "give")
    data = {name: value for name, value in form["fields"].items() if value is not None}
    answer = client.post(f"{page(kiln)}/sum", data={**data, "reward": str(bowl.id), "amount": "20"})
    assert answer.status_code == 200
    again = next(f for f in forms_of(text(answer)) if f["id"] == "give")
    assert again["fields"]["amount"] == "48"
    assert again["fields"]["recipient"] == "Ann Adams"
    assert "$54.00" in text(answer)
    assert db.session.scalar(select(Pledge.id)) is None


def test_what_is_agreed_to_ends_by_the_readers_own_clock(kiln, sign_in):
    far = builders.engaged("Mei Tanaka")
    with builders.work():
        db.changed(update(Member).where(Member.id == far).values(timezone="Asia/Taipei"))
    said = text(sign_in(far).get(page(kiln)))
    assert "Wed 23 December 2026, 17:00 GMT+08:00, I agree" in said
    assert "only members read it" in said


def test_a_place_that_another_took_meanwhile_is_said_at_the_form(ann, kiln, sign_in, fill):
    cup, client = stage.tier(kiln, places=1), sign_in(ann)
    at = f"{page(kiln)}?reward={cup}"
    form = next(f for f in forms_of(text(client.get(at))) if f["id"] == "give")
    stage.pledge(builders.engaged("Ben Brown"), kiln, 2_500, cup)
    late = client.post(form["action"], data={k: v for k, v in form["fields"].items() if v is not None})
    assert late.status_code == 409
    assert "all taken" in text(late)
    assert stage.taken(cup) == 1


def test_a_double_click_is_one_pledge_and_a_second_pledge_leads_to_the_first(kiln, ann, sign_in):
    client = sign_in(ann)
    forms = [next(f for f in forms_of(text(client.get(page(kiln)))) if f["id"] == "give")["fields"] for _ in range(2)]
    first, other = ({k: v for k, v in form.items() if v is not None} | {"amount": "20"} for form in forms)
    for _ in range(2):
        assert client.post(page(kiln), data=first).status_code == 303
    second = client.post(page(kiln), data=other)
    assert second.status_code == 409
    assert f"/pledges/{newest()}" in text(second)
    led = client.get(page(kiln))
    assert (led.status_code, urlsplit(led.headers["Location"]).path) == (302, f"/pledges/{newest()}")


def test_with_stripe_silent_the_place_is_held_and_the_card_saved_later(kiln, ann, sign_in, fill, sandbox):
    client = sign_in(ann)
    sandbox.fail_next("500")
    answer = fill(client, page(kiln), "give", amount="20")
    number = newest()
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/pledges/{number}")
    assert "Stripe does not answer right now" in text(client.get(f"/pledges/{number}"))
    assert stage.state(number) == "begun"
    assert "_stripe" in fill(client, f"/pledges/{number}", "/card").headers["Location"]


@pytest.mark.parametrize("away_s", [-1, 0, 1])
def test_the_end_is_the_end_by_the_servers_clock(kiln, ann, sign_in, away_s):
    client = sign_in(ann)
    form = next(f for f in forms_of(text(client.get(page(kiln)))) if f["id"] == "give")
    data = {k: v for k, v in form["fields"].items() if v is not None} | {"amount": "20"}
    ends_at = stage.row_of(kiln).ends_at
    assert ends_at is not None
    with clock.frozen(ends_at + timedelta(seconds=away_s)):
        sent = client.post(page(kiln), data=data)
        shown = client.get(page(kiln))
    assert sent.status_code == (303 if away_s < 0 else 409)
    if away_s >= 0:
        assert "takes no pledges any more" in text(sent)
        assert "takes no pledges any more" in text(shown)
        assert db.session.scalar(select(Pledge.id)) is None


def test_who_may_not_pledge_reads_why(kiln, sign_in, visitor):
    locked = sign_in(builders.member("Ben Brown")).get(page(kiln))
    assert (locked.status_code, "check-ins" in text(locked)) == (403, True)
    own = sign_in(goods.admin()).get(page(kiln))
    assert (own.status_code, "cannot pledge to it" in text(own)) == (403, True)
    assert visitor.get(page(kiln)).status_code == 404
    public = stage.campaign(title="A public kiln", visibility="public")
    answer = visitor.get(page(public))
    assert (answer.status_code, "/sign-in" in answer.headers["Location"]) == (302, True)
    assert visitor.post(page(public)).status_code in (400, 404)
