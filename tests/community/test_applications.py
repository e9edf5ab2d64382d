"""Applications: one live one a person, decided by a person, late ones first, and never a lost one."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from community.joining import applications, cells, decisions, fees, roles
from community.joining.applications import Application
from community.joining.cells import Cell
from kernel import clock, db
from kernel.audits import Audit
from kernel.errors import Conflict, Forbidden, Invalid, NotFound, SoldOut
from kernel.mail import Mail
from tests import builders, people
from tests.builders import drain, work
from tests.people import viewer


def mailed(template: str) -> int:
    db.session.rollback()
    to_cho = (Mail.template == f"community/{template}", Mail.recipient == "cho@ninefold.test")
    return db.session.scalar(select(func.count(Mail.id)).where(*to_cho)) or 0


def test_an_applicant_keeps_a_draft_and_sends_it(sign_in):
    cho = people.account("Cho Min-seo")
    client, page = sign_in(cho), "/join/application"
    token = client.get(page).text.split('name="csrf_token" value="')[1].split('"')[0]
    client.post(page, data={"csrf_token": token, "act": "keep", "make": "Sketchbooks"})
    assert people.application(cho).answers["make"] == "Sketchbooks"
    assert "Sketchbooks" in client.get(page).text
    answers = {**people.ANSWERS, "hours": "y", "csrf_token": token, "act": "send"}
    assert client.post(page, data=answers).status_code == 302
    assert people.application(cho).state == "submitted"
    assert "It is with a steward" in client.get(page).text


def test_a_missing_answer_is_named_and_nothing_is_lost(sign_in):
    client, page = sign_in(people.account("Cho Min-seo")), "/join/application"
    token = client.get(page).text.split('name="csrf_token" value="')[1].split('"')[0]
    answer = client.post(page, data={"csrf_token": token, "act": "send", "make": people.ANSWERS["make"], "stage": "x"})
    assert answer.status_code == 422
    assert people.ANSWERS["make"] in answer.text
    assert "This is needed." in answer.text


def test_the_email_is_confirmed_before_an_application_is_sent(sign_in):
    cho = people.account("Cho Min-seo", confirmed=False)
    client, page = sign_in(cho), "/join/application"
    token = client.get(page).text.split('name="csrf_token" value="')[1].split('"')[0]
    answer = client.post(page, data={**people.ANSWERS, "hours": "y", "csrf_token": token, "act": "send"})
    assert answer.status_code == 403
    assert "Confirm your e-mail first" in answer.text


def test_a_choice_that_was_not_offered_is_refused(app):
    cho = people.account("Cho Min-seo")
    with work():
        applications.begin(cho)
    with work(), pytest.raises(Invalid) as refused:
        applications.submit(cho, {**people.ANSWERS, "stage": "famous"})
    assert refused.value.field == "stage"


@pytest.mark.db
def test_a_person_has_one_live_application(app):
    cho = people.account("Cho Min-seo")
    with work():
        first = applications.begin(cho)
    with work():
        assert applications.begin(cho) == first
    values = {"member_id": cho, "state": "draft", "answers": {}, "created_at": clock.now()}
    with work():
        assert db.insert_once(Application, **values, seat="none", reason="", attempts=0) is None


def test_a_steward_approves_into_a_cell_and_the_fee_is_asked(sign_in, fill):
    cho, sol = people.applicant(), people.steward()
    page = f"/desk/applications/{people.application(cho).id}"
    client = sign_in(sol)
    assert "Cho Min-seo" in client.get("/desk/applications").text
    assert fill(client, page, "/approval").status_code == 302
    application = people.application(cho)
    assert (application.state, application.seat, application.decided_by_id) == ("approved", "reserved", sol)
    fee = fees.of_application(application.id)
    assert fee is not None
    assert (fee.state, fee.amount_minor) == ("due", 9900)
    assert db.session.scalar(select(Audit.actor_id).where(Audit.subject == f"application:{application.id}")) == sol
    assert mailed("approved") == 1


def test_a_rejection_needs_a_reason_which_the_applicant_reads(sign_in, fill):
    cho, sol = people.applicant(), people.steward()
    page, client = f"/desk/applications/{people.application(cho).id}", sign_in(sol)
    assert fill(client, page, "/rejection", reason="No.").status_code == 422
    reason = "You write that you make nothing yourself; come back when you do."
    assert fill(client, page, "/rejection", reason=reason).status_code == 302
    assert reason in sign_in(cho).get("/join/application").text
    assert mailed("rejected") == 1


def test_two_decisions_at_once_are_one(app):
    cho, boss, place = people.applicant(), viewer(builders.operator()), builders.cell()
    number = people.application(cho).id
    with work():
        decisions.approve(boss, number, place)
    with work(), pytest.raises(Conflict):
        decisions.reject(boss, number, "Too late for a no.")
    with pytest.raises(Conflict), work():
        decisions.approve(boss, number, place)
    assert cells.get(place).seats_reserved == 1


@pytest.mark.parametrize("path", ["/desk/applications", "/desk/applications/1", "/desk/members", "/desk/cells"])
def test_who_decides_nothing_finds_no_desk(sign_in, visitor, path):
    people.applicant()
    assert sign_in(people.member("Ann Okafor")).get(path).status_code == 404
    assert visitor.get(path).status_code == (404 if path.endswith("/1") else 302)


def test_members_cannot_decide_by_posting(sign_in):
    cho, ann = people.applicant(), people.member("Ann Okafor")
    client, number = sign_in(ann), people.application(cho).id
    token = client.get("/account").text.split('name="csrf_token" value="')[1].split('"')[0]
    data = {"csrf_token": token, "cell": builders.cell()}
    assert client.post(f"/desk/applications/{number}/approval", data=data).status_code == 404
    assert people.application(cho).state == "submitted"


def test_nobody_decides_on_their_own_application(app):
    ola = people.applicant("Ola Nilsen")
    with work():
        roles.grant(None, ola, "operator")
    with work(), pytest.raises(Forbidden):
        decisions.approve(viewer(ola), people.application(ola).id, builders.cell())


def test_a_steward_of_one_cell_does_not_fill_another(app):
    harbour, juniper = builders.cell(), builders.cell("Juniper")
    cho, sol = people.applicant(), people.member("Sol Herrera")
    with work():
        roles.grant(None, sol, "steward", harbour)
    number = people.application(cho).id
    with pytest.raises(Forbidden), work():
        decisions.approve(viewer(sol), number, juniper)
    with work():
        decisions.approve(viewer(sol), number, harbour)


def test_drafts_are_nobodys_business(app):
    cho = people.account("Cho Min-seo")
    with work():
        draft = applications.begin(cho)
    with pytest.raises(NotFound):
        decisions.read(viewer(builders.operator()), draft)


def test_without_a_free_seat_nobody_is_approved_and_no_fee_is_asked(sign_in):
    cho, sol, place = people.applicant(), people.steward(), builders.cell()
    number = people.application(cho).id
    with work():
        db.session.get_one(Cell, place).seats_reserved = cells.SEATS - cells.get(place).seats_taken
    page = sign_in(sol).get(f"/desk/applications/{number}").text
    assert "No cell has a free seat" in page
    with pytest.raises(SoldOut), work():
        decisions.approve(viewer(sol), number, place)
    assert people.application(cho).state == "submitted"
    assert fees.of_application(number) is None


def test_after_seven_days_it_is_late_and_after_fourteen_the_applicant_is_told(sign_in, travel):
    cho, sol = people.applicant(), people.steward()
    travel(days=7)
    assert people.application(cho).is_late
    assert "past seven days" in sign_in(sol).get("/desk").text.lower()
    travel(days=6, hours=23)
    assert mailed("still_reading") == 0
    travel(hours=1)
    travel(days=10)
    assert mailed("still_reading") == 1


def test_thirty_days_of_silence_free_the_seat(travel):
    cho, place = people.approved(), builders.cell()
    travel(days=29)
    assert people.application(cho).state == "approved"
    travel(days=1)
    assert people.application(cho).state == "expired"
    assert cells.get(place).seats_reserved == 0
    assert mailed("approval_expired") == 1


def test_asking_for_the_payment_page_is_no_silence(travel):
    cho = people.approved()
    travel(days=20)
    with work():
        fees.knock(cho)
    travel(days=20)
    assert people.application(cho).state == "approved"


def test_withdrawing_frees_the_seat_and_closes_the_payment_page(travel):
    cho, place = people.approved(), builders.cell()
    with work():
        fees.withdraw(cho)
    drain()
    fee = fees.newest(cho)
    assert (people.application(cho).state, cells.get(place).seats_reserved) == ("withdrawn", 0)
    assert fee is not None
    assert fee.state == "void"


def test_one_applies_again_after_thirty_days(sign_in, travel):
    cho = people.approved()
    with work():
        fees.withdraw(cho)
    with work(), pytest.raises(Conflict):
        applications.begin(cho)
    assert "You can apply again from" in sign_in(cho).get("/join/application").text
    travel(days=30)
    assert "Tell us what you make" in sign_in(cho).get("/join/application").text
    with work():
        applications.begin(cho)
    assert people.application(cho).state == "draft"
