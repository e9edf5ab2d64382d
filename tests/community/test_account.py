"""Accounts: sign-up, confirmation and passwords, telling nobody who is known here."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from community.joining import accounts, members, proofs
from community.joining.members import Member
from kernel import db
from kernel.errors import Invalid, NotFound, TooMany
from kernel.mail import Mail, written
from tests import people
from tests.builders import work

NEW = {"name": "Ann Okafor", "email": "Ann@Ninefold.test", "password": people.PASSWORD}


def mails(template: str) -> list[Mail]:
    db.session.rollback()
    return list(db.session.scalars(select(Mail).where(Mail.template == f"community/{template}")))


def test_a_stranger_makes_an_account_and_confirms_it(visitor, fill):
    answer = fill(visitor, "/join/account", "/join/account", **NEW)
    assert answer.location == "/join/confirmation"
    mail = mails("confirm")[0]
    assert mail.recipient == "ann@ninefold.test"
    link = written(mail)[1].split("http://127.0.0.1")[1].split()[0]
    page = visitor.get(link)
    assert page.text.count("<button") >= 1
    answer = fill(visitor, link, "/join/confirmation/")
    assert answer.location == "/join/application"
    db.session.rollback()
    assert members.by_handle("ann").confirmed_at is not None
    assert visitor.get("/account").status_code == 200


def test_another_browser_confirms_the_address_but_is_not_signed_in(app, visitor, fill):
    """Whoever owns the mailbox must not be led into an account whose password somebody else chose."""
    fill(visitor, "/join/account", "/join/account", **NEW)
    link = written(mails("confirm")[0])[1].split("http://127.0.0.1")[1].split()[0]
    other = app.test_client()
    fill(other, link, "/join/confirmation/")
    db.session.rollback()
    assert members.by_handle("ann").confirmed_at is not None
    assert other.get("/account").status_code == 302


def test_a_known_address_gets_the_same_answer_and_a_mail_of_its_own(visitor, fill):
    people.account("Ann Okafor")
    first = fill(visitor, "/join/account", "/join/account", **NEW)
    second = fill(visitor, "/join/account", "/join/account", **{**NEW, "email": "new@ninefold.test"})
    assert (first.status_code, first.location) == (second.status_code, second.location)
    assert [mail.recipient for mail in mails("known_address")] == ["ann@ninefold.test"]
    assert db.session.scalar(select(func.count(Member.id))) == 2


def test_a_double_click_makes_one_account_and_one_mail(app):
    for _ in range(2):
        with work():
            accounts.enrol("Ann Okafor", "ann@ninefold.test", people.password_hash(), "one-key")
    assert len(mails("confirm")) == 1
    assert mails("known_address") == []


def test_the_same_form_with_a_corrected_address_makes_the_account(app):
    for email in ("ann@ninefold.tset", "ann@ninefold.test"):
        with work():
            accounts.enrol("Ann Okafor", email, people.password_hash(), "one-key")
    assert [mail.recipient for mail in mails("confirm")] == ["ann@ninefold.tset", "ann@ninefold.test"]


@pytest.mark.parametrize("path", ["/password-reset", "/sign-in"])
def test_the_longest_address_is_answered_like_any_other(visitor, fill, path):
    longest = "a" * 60 + "@" + ".".join(["b" * 60] * 3) + ".test"
    values = {} if path == "/password-reset" else {"password": people.PASSWORD}
    assert fill(visitor, path, path, email=longest, **values).status_code in (302, 422)


@pytest.mark.db
def test_handles_are_unique_and_readable(app):
    with work():
        for number in range(4):
            accounts.enrol("Ann Okafor", f"a{number}@ninefold.test", people.password_hash(), f"k{number}")
    handles = list(db.session.scalars(select(Member.handle).order_by(Member.id)))
    assert handles == ["ann", "ann-okafor", "ann-okafor-2", "ann-okafor-3"]


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("password", "too short", "Between 10 and 200"),
        ("email", "nobody", "does not look like an e-mail"),
        ("email", "a@b.test\nBcc: c@d.test", "does not look like an e-mail"),
        ("name", "", "This is needed"),
        ("name", "Ann\u202eofakO", "cannot be seen"),
        ("name", "\u0410nn Okafor", "one script"),
        ("name", "x" * 61, "At most 60"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(visitor, fill, field, value, said):
    answer = fill(visitor, "/join/account", "/join/account", **{**NEW, field: value})
    assert answer.status_code == 422
    assert said in answer.text
    assert db.session.scalar(select(func.count(Member.id))) == 0


def test_opening_a_link_spends_nothing_and_using_it_spends_it(visitor, fill):
    ann = people.account("Ann Okafor", confirmed=False)
    link = f"/join/confirmation/{people.token_of(ann)}"
    assert visitor.get(link).status_code == visitor.get(link).status_code == 200
    fill(visitor, link, link)
    assert visitor.get(link).status_code == 404


def test_a_link_lasts_an_hour(app, travel):
    ann = people.account("Ann Okafor", confirmed=False)
    token = people.token_of(ann)
    travel(minutes=59)
    proofs.find("confirm", token)
    travel(minutes=1)
    with pytest.raises(NotFound):
        proofs.find("confirm", token)


def test_a_link_of_one_kind_does_not_open_the_other(visitor):
    ann = people.account("Ann Okafor", confirmed=False)
    assert visitor.get(f"/password-reset/{people.token_of(ann)}").status_code == 404


def test_neither_rows_nor_mails_hold_a_token(app):
    ann = people.account("Ann Okafor", confirmed=False)
    token = people.token_of(ann)
    row = db.session.scalars(select(proofs.Proof)).one()
    assert token not in (row.seed, row.token_hash)
    assert token not in str(mails("confirm")[0].values)


def test_a_confirmation_is_sent_again_five_times_an_hour_at_most(app):
    ann = people.account("Ann Okafor", confirmed=False)
    for _ in range(4):
        with work():
            accounts.send_confirmation(ann)
    with work(), pytest.raises(TooMany):
        accounts.send_confirmation(ann)


def test_a_forgotten_password_is_replaced_by_a_link(visitor, sign_in, fill):
    ann = people.account("Ann Okafor")
    elsewhere = sign_in(ann)
    answer = fill(visitor, "/password-reset", "/password-reset", email="ann@ninefold.test")
    assert "sent" in answer.location
    link = f"/password-reset/{people.token_of(ann)}"
    assert fill(visitor, link, link, password="short").status_code == 422
    answer = fill(visitor, link, link, password="another four words here")
    assert answer.location == "/account"
    assert elsewhere.get("/account").status_code == 302
    assert visitor.get(link).status_code == 404
    assert len(mails("password_changed")) == 1


def test_an_unknown_address_hears_the_same_when_it_asks_for_a_link(visitor, fill):
    answer = fill(visitor, "/password-reset", "/password-reset", email="nobody@ninefold.test")
    assert "sent" in answer.location
    assert [mail.recipient for mail in mails("unknown_address")] == ["nobody@ninefold.test"]


def test_a_member_changes_the_password_and_stays_signed_in_here(sign_in, fill):
    ann = people.account("Ann Okafor")
    here, there = sign_in(ann), sign_in(ann)
    wrong = fill(here, "/account", "/account/password", old="not my password", password="another four words")
    assert wrong.status_code == 422
    fill(here, "/account", "/account/password", old=people.PASSWORD, password="another four words")
    assert here.get("/account").status_code == 200
    assert there.get("/account").status_code == 302


def test_signing_out_everywhere_else_keeps_this_session(sign_in, fill):
    ann = people.account("Ann Okafor")
    here, there = sign_in(ann), sign_in(ann)
    fill(here, "/account", "/account/sessions")
    assert here.get("/account").status_code == 200
    assert there.get("/account").status_code == 302


def test_the_zone_can_be_changed_once_in_thirty_days(sign_in, fill, travel):
    ann = people.account("Ann Okafor")
    client = sign_in(ann)
    fill(client, "/account", "/account$", name="Ann O.", timezone="Europe/Lisbon")
    assert members.get(ann).timezone == "Europe/Lisbon"
    answer = fill(client, "/account", "/account$", timezone="Asia/Taipei")
    assert answer.status_code == 429
    assert "once in thirty days" in answer.text
    travel(days=30)
    assert fill(client, "/account", "/account$", timezone="Asia/Taipei").status_code == 302


def test_hostile_extra_keys_change_nothing(sign_in, visitor):
    ann = people.account("Ann Okafor")
    client = sign_in(ann)
    token = client.get("/account").text.split('name="csrf_token" value="')[1].split('"')[0]
    values = {
        "csrf_token": token,
        "name": "Ann",
        "timezone": "UTC",
        "state": "active",
        "version": "9",
        "email": "x@y.z",
    }
    client.post("/account", data=values)
    db.session.rollback()
    member = members.get(ann)
    assert (member.state, member.version, member.email) == ("applicant", 0, "ann@ninefold.test")


def test_a_name_may_not_pretend_to_be_another(app):
    with pytest.raises(Invalid):
        members.tidy("\u039fla Nilsen")  # a Greek capital
    assert members.tidy("  Лена   Фишер ") == "Лена Фишер"
    assert members.tidy("林 Wei-ting") == "林 Wei-ting"
