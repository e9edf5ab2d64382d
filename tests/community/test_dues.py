"""The pages of dues: what members and operators do on them, and what strangers find there."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from community.joining.dues import offers, paying, settings, tiers
from kernel import clock, db
from kernel.audits import Audit
from kernel.errors import Forbidden
from payments import connection
from tests import people
from tests.builders import drain, suspend
from tests.community import paying_members as pay
from tests.community.paying_members import order, row, sound, state

AHEAD = "2027-01-01T10:00"


def audited() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(Audit.act).where(Audit.act.startswith("dues.")).order_by(Audit.id)))


def test_an_operator_makes_tiers_and_offers_asks_for_dues_and_gives_them(sign_in, fill):
    ola, ann = people.operator(), people.member("Ann Okafor")
    client, days = sign_in(ola), {"trial_days": "0", "choose_days": "14"}
    early = fill(client, "/desk/dues", "/desk/dues/settings", asked="y", grace_until=AHEAD, **days)
    assert (early.status_code, "Open a tier first" in early.text) == (422, True)
    tier = {"name": "Member", "gives": "Everything, for one person.", "month": "12", "year": "120", "place": "1"}
    assert fill(client, "/desk/dues/tiers", "/desk/dues/tiers$", **tier).status_code == 303
    assert fill(client, "/desk/dues/tiers", "/desk/dues/tiers$", **tier).status_code == 422
    dear = {**tier, "month": "15", "year": "150"}
    assert fill(client, "/desk/dues/tiers/1", "/desk/dues/tiers/1$", **dear).status_code == 303
    assert [one.month.amount_minor for one in tiers.every()] == [1500]
    fill(client, "/desk/dues/tiers/1", "/closing$")
    db.session.rollback()
    assert tiers.choosable() == []
    fill(client, "/desk/dues/tiers/1", "/opening$")
    words = {"code": "spring", "percent": "20", "span": "months", "months": "3", "uses": "", "amount": ""}
    assert fill(client, "/desk/dues/offers", "/desk/dues/offers$", **words).status_code == 303
    db.session.rollback()
    assert (offers.by_code("SPRING").months, offers.by_code("SPRING").uses_most) == (3, None)
    fill(client, "/desk/dues/offers", "/closing$")
    db.session.rollback()
    assert offers.by_code("SPRING").closed_at == clock.now()
    assert fill(client, "/desk/dues", "/settings$", asked="y", grace_until=AHEAD, **days).status_code == 303
    db.session.rollback()
    assert settings.are_asked()
    gift = {"email": "ann@ninefold.test", "why": "She carries the chairs.", "until": ""}
    assert fill(client, "/desk/dues/complimentary", "/complimentary$", **gift).status_code == 303
    assert state(ann) == ("complimentary", "active")
    assert "for good" in client.get("/desk/dues/members?state=complimentary").text
    assert "Ann Okafor,ann@ninefold.test,Given,,,,," in client.get("/desk/dues/members.csv").text
    assert fill(client, "/desk/dues/complimentary", "/ann/end$", why="She moved away.").status_code == 303
    assert state(ann) == ("none", "active")
    made = ["make_tier", "change_tier", "close_tier", "reopen_tier", "make_offer", "close_offer", "settings", "give"]
    assert audited() == [f"dues.{act}" for act in (*made, "end_gift")]
    sound()


def test_who_is_suspended_reads_why_no_tier_can_be_chosen_and_whom_to_ask(sign_in):
    ann, price = people.member("Ann Okafor"), pay.asked()
    suspend(ann)
    page = sign_in(ann).get("/account/dues").text
    for said in ("No tier can be chosen", "Three letters, and no answer.", "/imprint"):
        assert said in page
    assert "Go on to Stripe" not in page
    with pytest.raises(Forbidden, match="state_suspended"), pay.work():
        paying.choose(people.viewer(ann), price["Member month"], "")


def test_a_member_chooses_pays_changes_and_reads_the_receipts(sign_in, fill, queries):
    ann, price = people.member("Ann Okafor"), pay.asked()
    client = sign_in(ann)
    assert "You have until" in client.get("/account/dues").text
    answer = fill(client, "/account/dues", "/account/dues$", tier="1", every="month")
    assert "/_stripe/" in answer.location
    with pay.work():
        pay.demo.subscribe(order(ann).id)
    assert "Confirming your payment" in client.get("/account/dues?returned=1").text
    drain()
    page = client.get("/account/dues?returned=2").text
    assert "Paid until" in page
    assert "$12.00" in page
    shown = client.get(f"/account/dues/change?price={price['Member year']}").text
    assert "Charged now" in shown
    assert fill(client, f"/account/dues/change?price={price['Member year']}", "/change$").status_code == 303
    drain()
    assert row(ann).paid_through > clock.now() + timedelta(days=360)
    assert "Ninefold dues" in client.get("/account/dues").text
    with queries() as seen:
        client.get("/account/dues")
    assert len(seen) <= 6
    assert client.get(f"/account/dues/change?price={price['Member year']}").status_code == 409
    assert client.get("/account/dues/change?price=x").status_code == 404
    assert "/_stripe/" in fill(client, "/account/dues", "/account/dues/card$").location
    sound()


def test_when_stripe_is_silent_nothing_is_changed_and_the_page_says_so(sign_in, fill):
    pay.asked()
    client = sign_in(people.member("Ann Okafor"))
    connection.sandbox.fail_next("500", times=9)
    answer = fill(client, "/account/dues", "/account/dues$", tier="1", every="month")
    assert answer.location == "/account/dues"
    assert "does not answer" in client.get("/account/dues").text


def test_strangers_find_nothing(visitor, sign_in):
    assert visitor.get("/account/dues").status_code == 302
    assert sign_in(people.applicant()).get("/account/dues").status_code == 404
    ann = sign_in(people.member("Ann Okafor"))
    assert "No dues are asked" in ann.get("/account/dues").text
    for path in ("", "/tiers", "/offers", "/members", "/members.csv", "/complimentary"):
        assert ann.get(f"/desk/dues{path}").status_code == 404
