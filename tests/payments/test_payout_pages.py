"""The pages of payouts: what operators do, what a brand reads of its own, and who gets to see neither."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from kernel import clock, db
from kernel.mail import Mail
from payments import payees
from payments.payouts.rows import Payout
from tests import builders
from tests.payments import owed
from tests.shop import goods

pytestmark = pytest.mark.usefixtures("app")
PAYOUTS = "/desk/payments/payouts"
COMMISSIONS = 'Commission</a> <span class="small muted">of Kiln, Tea</span></dt><dd>-$9.60'


def delivered() -> str:
    """An order of two brands that was delivered 15 days ago; its number."""
    ann = builders.engaged("Ann Adams")
    number = goods.order(ann, goods.product(), goods.product("Tea", "A tin"))
    goods.send(number)
    owed.later(days=22)  # by then it counts as delivered
    owed.later(days=15)
    return number


def newest() -> Payout:
    db.session.rollback()
    return db.session.scalars(select(Payout).order_by(Payout.id.desc())).first()  # type: ignore[return-value]


def test_an_operator_prepares_and_sends_and_the_brand_reads_where_it_comes_from(sign_in, fill, queries):
    delivered()
    boss, dee, bea = sign_in(builders.operator()), sign_in(goods.admin()), sign_in(goods.admin("Tea"))
    page = boss.get(PAYOUTS).get_data(as_text=True)
    assert "Kiln" in page
    assert COMMISSIONS in boss.get("/desk/payments/journal").get_data(as_text=True)
    assert "$48.20" in page  # 48.00 and 5.00 for the post, less ten per cent of the goods
    fill(boss, PAYOUTS, PAYOUTS)
    first = db.session.scalars(select(Payout).order_by(Payout.id)).first()
    assert first is not None
    number, kiln = first.number, first.payee
    at = f"{PAYOUTS}/{number}"
    assert "Payouts to send" in boss.get("/desk").get_data(as_text=True)
    with queries() as seen:
        assert dee.get(at).status_code == 200
    assert len(seen) <= 6, seen
    assert bea.get(at).status_code == 404
    page = boss.get(at).get_data(as_text=True)
    assert ("Ask for approval" in page, "$48.20 to Kiln?" in page) == (False, True)  # asked about, before it goes
    answer = fill(boss, at, f"{at}/sending", reference="Ninefold 1")
    assert answer.status_code == 303, answer.get_data(as_text=True)
    db.session.rollback()
    assert db.session.get_one(Payout, first.id, populate_existing=True).state == "sent"
    assert list(db.session.scalars(select(Mail.recipient).where(Mail.template == "payments/payout_sent"))) == [
        "dee-dyer@ninefold.test"
    ]
    own = f"/desk/statements/{kiln.replace(':', '-')}"
    assert dee.get("/desk/statements").headers["Location"] == own
    with queries() as seen:
        page = dee.get(f"{own}?show=paid").get_data(as_text=True)
    assert len(seen) <= 6, seen
    assert "Parcel" in page
    assert "/desk/parcels/" in page
    assert "$48.20" in page
    assert number in dee.get(f"{own}/payouts").get_data(as_text=True)
    for there in (own, f"{own}/payouts", f"{own}/statement.csv"):
        assert bea.get(there).status_code == 404
        assert boss.get(there).status_code == 200
    _read_and_returned(boss, dee, fill, own, at)


def _read_and_returned(boss: Any, dee: Any, fill: Any, own: str, at: str) -> None:
    sheet = dee.get(f"{own}/statement.csv").get_data(as_text=True)
    assert f"Parcel,{goods.packed(goods.newest())[0].number}" in sheet
    assert "53.00,0.00,4.80," in sheet
    fill(boss, at, f"{at}/return", why="The account is closed.")
    assert "The account is closed." in boss.get(at).get_data(as_text=True)
    owed_now = dee.get(f"{own}?show=owed&month={clock.now():%Y-%m}").get_data(as_text=True)
    assert "Nothing here" in owed_now  # it was sold a month ago
    assert goods.broken() == []


def test_what_was_prepared_can_be_let_go_of_and_a_large_one_takes_two(sign_in, fill):
    ann = builders.engaged("Ann Adams")
    number = goods.order(ann, goods.product(price_minor=70_000))
    goods.send(number)
    owed.later(days=22)  # by then it counts as delivered
    owed.later(days=15)
    boss = sign_in(builders.operator())
    fill(boss, PAYOUTS, PAYOUTS)
    at = f"{PAYOUTS}/{newest().number}"
    fill(boss, at, f"{at}/discarding")
    assert newest().state == "failed"
    fill(boss, PAYOUTS, PAYOUTS)
    again = fill(boss, PAYOUTS, PAYOUTS)
    assert (again.status_code, "that is not prepared already" in again.get_data(as_text=True)) == (409, True)
    at = f"{PAYOUTS}/{newest().number}"
    fill(boss, at, f"{at}/sending", reference="Ninefold 2")
    assert newest().state == "prepared"
    page = boss.get(at).get_data(as_text=True)
    assert "/desk/approvals/" in page
    assert "no other operator can approve it, so it happens by itself then." in page
    assert "Waits for approval" in page
    assert "Waits to be sent" not in page
    assert "to send" not in boss.get("/desk").get_data(as_text=True)
    wish = boss.get("/desk/approvals").get_data(as_text=True)
    assert "by bank transfer" in wish


def test_a_brand_says_who_it_is_on_stripes_page_and_is_paid_there(sign_in, fill, sandbox):
    dee = sign_in(goods.admin())
    own = f"/desk/statements/brand-{goods.brand()}"
    answer: Any = fill(dee, own, f"{own}/account")
    assert answer.status_code == 303
    assert "/_stripe/" in answer.headers["Location"]
    assert "Go on at Stripe" in dee.get(own).get_data(as_text=True)
    db.session.rollback()
    account_id = payees.get(f"brand:{goods.brand()}").account_id
    sandbox.turn_account(account_id, active=True)
    builders.drain()
    assert "Receive by bank transfer" in dee.get(own).get_data(as_text=True)
    fill(dee, own, f"{own}/account/end")
    assert "Receive by Stripe" in dee.get(own).get_data(as_text=True)
