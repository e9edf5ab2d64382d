"""The joining fee: asked after approval, taken once, returned in full while the rule allows."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from community.joining import applications, cells, covenants, decisions, fees, introductions, members
from community.joining.fees import Fee
from kernel import clock, db, verify
from kernel.errors import Conflict
from kernel.house import current
from kernel.ledger import Account, LegRow
from kernel.mail import Mail
from payments import charges
from payments.demo import pay
from tests import builders, people
from tests.builders import drain, work


def fee(member_id: int) -> Fee:
    db.session.rollback()
    found = fees.newest(member_id)
    assert found is not None
    return found


def booked() -> int:
    """What the community's fee account holds, in minor units."""
    rows = select(func.sum(LegRow.amount)).join(Account, Account.id == LegRow.account_id)
    return -(db.session.scalar(rows.where(Account.owner == "community", Account.name == "fees")) or 0)


def nothing_broken() -> None:
    db.session.rollback()
    assert [found for found in verify.check(current().invariants) if found[1]] == []


def test_the_fee_is_paid_on_stripes_page_and_the_notice_makes_it_paid(sign_in, fill):
    cho = people.approved()
    client = sign_in(cho)
    answer = fill(client, "/join/fee", "/join/fee$")
    assert "/_stripe/" in answer.location
    with work():
        pay(fees.knock(cho))
    assert "Confirming your payment" in client.get("/join/fee?returned=1").text
    assert people.application(cho).state == "approved"
    drain()
    assert (people.application(cho).state, fee(cho).state, booked()) == ("covenant_due", "paid", 9900)
    assert "On to the covenant" in client.get("/join/fee?returned=2").text
    nothing_broken()


def test_the_page_stops_looking_after_half_a_minute(sign_in):
    client = sign_in(people.approved())
    assert 'http-equiv="refresh"' in client.get("/join/fee?returned=1").text
    last = client.get("/join/fee?returned=10").text
    assert 'http-equiv="refresh"' not in last
    assert "We will mail you" in last


@pytest.mark.parametrize("returned", ["-1", "x", "99999999999999999999", "1.5"])
def test_whatever_stands_in_the_address_the_page_answers(sign_in, returned):
    assert sign_in(people.approved()).get(f"/join/fee?returned={returned}").status_code == 200


def test_no_fee_is_asked_before_approval(sign_in):
    client = sign_in(people.applicant())
    assert client.get("/join/fee").location == "/join/application"
    token = client.get("/account").text.split('name="csrf_token" value="')[1].split('"')[0]
    assert client.post("/join/fee", data={"csrf_token": token}).status_code == 409


@pytest.mark.db
def test_one_click_brings_it_back_and_ends_the_membership(sign_in, fill):
    ann, place = people.member("Ann Okafor"), builders.cell()
    client, elsewhere = sign_in(ann), sign_in(ann)
    assert fill(client, "/join/fee", "/join/fee/return").status_code == 302
    assert fee(ann).state == "returning"
    assert members.get(ann).state == "removed"
    assert members.get(ann).squad_id is None
    assert cells.get(place).seats_taken == 0
    assert elsewhere.get("/account").status_code == 302
    assert "on its way back" in client.get("/join/fee").text
    drain()
    assert (fee(ann).state, booked()) == ("returned", 0)
    nothing_broken()


def test_it_comes_back_for_a_year_when_the_shop_never_opened(travel):
    ann = people.member("Ann Okafor")
    until = fees.returnable_until(fee(ann))
    assert until is not None
    travel(to=until)
    with work(), pytest.raises(Conflict):
        fees.take_back(ann)


def test_it_comes_back_until_fourteen_days_after_the_first_unlock(app, travel):
    ann = builders.engaged("Anna Engaged")
    opened = clock.now()
    assert fees.returnable_until(fee(ann)) == opened + fees.AFTER_UNLOCK
    travel(days=14)
    with work(), pytest.raises(Conflict):
        fees.take_back(ann)


def test_two_clicks_bring_it_back_once(app):
    ann = people.member("Ann Okafor")
    with work():
        fees.take_back(ann)
    with work(), pytest.raises(Conflict):
        fees.take_back(ann)
    drain()
    charge_id = fee(ann).charge_id
    assert charge_id is not None
    assert charges.get(charge_id).refunded_minor == 9900


@pytest.mark.db
@pytest.mark.parametrize("step", [people.paid, people.seated])
def test_not_active_thirty_days_after_paying_it_comes_back_by_itself(travel, step):
    cho, place = step(), builders.cell()
    travel(days=31)
    assert (people.application(cho).state, fee(cho).state, booked()) == ("expired", "returned", 0)
    cell = cells.get(place)
    assert (cell.seats_reserved, cell.seats_taken) == (0, 0)
    nothing_broken()


def test_money_that_comes_after_the_approval_ended_goes_back(app):
    cho = people.approved()
    with work():
        charge_id = fees.knock(cho)
        pay(charge_id)
    with work():
        applications.stop(people.application(cho).id, "withdraw", by=cho)
    drain()
    assert (charges.get(charge_id).state, fee(cho).state, booked()) == ("refused", "due", 0)
    late = db.session.scalars(select(Mail.recipient).where(Mail.template == "community/fee_late"))
    assert len(list(late)) == 1
    assert charges.get(charge_id).refunded_minor == 9900


def test_a_removed_person_is_let_in_by_no_old_link(sign_in):
    ann = people.member("Ann Okafor")
    with work():
        fees.take_back(ann)
    client = sign_in(ann)
    assert client.get("/join/introduction").location == "/join/application"
    assert "<form" not in client.get("/join/covenant").text.split("<main")[1].split("</main>")[0]
    with work(), pytest.raises(Conflict):
        covenants.accept(ann, covenants.wording().content_hash, "en")
    assert "Your membership has ended" in client.get("/join/application").text
    for path in ("/account", "/join/fee", "/join/application", "/shop"):
        assert client.get(path).status_code == 200, path


def test_who_left_may_come_back_after_thirty_days_and_pays_again(travel):
    ann = people.member("Ann Okafor")
    with work():
        fees.take_back(ann)
    travel(days=30)
    with work():
        applications.begin(ann)
        applications.submit(ann, people.ANSWERS)
    with work():
        decisions.approve(builders.viewer(builders.operator()), people.application(ann).id, builders.cell())
    with work():
        pay(fees.knock(ann))
    drain()
    with work():
        covenants.accept(ann, covenants.wording().content_hash, "en")
    with work():
        introductions.write(ann, builders.INTRODUCTION)
    drain()
    assert (members.get(ann).state, booked(), cells.get(builders.cell()).seats_taken) == ("active", 9900, 1)
    nothing_broken()
