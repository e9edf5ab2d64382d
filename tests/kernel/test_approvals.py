"""Four eyes: another operator approves, or a day passes for one who is alone (TRUST)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from community.joining import accounts, memberships, operators, proofs, roles
from kernel import approvals, clock, db, house, moves
from kernel.approvals import Act, Approval
from kernel.errors import Conflict, Forbidden, NotFound
from kernel.mail import Mail
from tests import builders, people
from tests.builders import work


@pytest.fixture
def done(app):
    """What was carried out: a wish to do `boom` is refused by its owner."""
    happened = []

    def do(wish):
        if wish.values["what"] == "boom":
            raise Conflict("kernel.moved_on")
        happened.append(wish.values["what"])

    def concerns(subject, values):
        return [int(subject.partition(":")[2])] if ":" in subject else []

    words = (lambda values: f"Do {values['what']}", lambda values: "/desk")
    house.current().acts["test.act"] = Act("A test", do, *words, concerns)
    return happened


def ask(by, what="it", subject="thing 1"):
    with work():
        return approvals.ask(people.viewer(by), "test.act", subject, "It is large.", what=what)


def state(wish_id):
    db.session.rollback()
    return db.session.get_one(Approval, wish_id, populate_existing=True).state


def test_what_asking_holds_is_held_before_the_wish_so_that_nobody_waits_in_a_ring(done, travel, monkeypatch):
    acts, stood, (ola, mia) = house.current().acts, [], (people.operator(), people.operator("Mia Berg"))
    free = Act("", done.append, str, str).hold
    assert {name for name, act in acts.items() if act.hold is free} == {"test.act", "payments.payout"}
    wanted = select(Approval.state).order_by(Approval.id.desc()).limit(1)
    hold = lambda subject, values: stood.append(db.session.scalar(wanted))  # noqa: E731
    acts["test.act"] = replace(acts["test.act"], hold=hold)
    with work():
        approvals.approve(people.viewer(mia), ask(ola, "one"))
    monkeypatch.setattr(approvals, "_others", lambda *asked: {})
    ask(ola, "two")
    travel(days=1)
    assert (done, stood) == (["one", "two"], ["asked", "asked"])


def test_another_operator_approves_and_nobody_approves_the_own_wish(done, sign_in, fill, visitor):
    ola, mia, ann = people.operator(), people.operator("Mia Berg"), people.member()
    wish = ask(ola)
    assert (
        db.session.scalar(select(func.count()).where(Mail.template == "kernel/approval"))
        == len(house.current().operators()) - 1
    )
    with pytest.raises(Conflict), work():  # the same is not asked for twice
        approvals.ask(people.viewer(mia), "test.act", "thing 1", "Again.", what="it")
    with pytest.raises(Forbidden), work():
        approvals.approve(people.viewer(ola), wish)
    with pytest.raises(NotFound), work():
        approvals.approve(people.viewer(ann), wish)
    page = f"/desk/approvals/{wish}"
    assert visitor.get(page).status_code == 404
    assert sign_in(ann).get(page).status_code == 404
    assert b"Approve</button>" not in sign_in(ola).get(page).data
    assert "1" in sign_in(mia).get("/desk").text
    assert done == []
    assert fill(sign_in(mia), page, r"/approval$").status_code == 303
    assert done == ["it"]
    assert state(wish) == "approved"
    with pytest.raises(Conflict), work():
        approvals.approve(people.viewer(mia), wish)
    assert "Do it" in sign_in(ola).get("/desk/approvals").text


def test_a_wish_is_refused_with_a_reason_or_taken_back(done, sign_in, fill):
    ola, mia = people.operator(), people.operator("Mia Berg")
    wish = ask(ola)
    assert fill(sign_in(mia), f"/desk/approvals/{wish}", r"/refusal$", note="no").status_code == 422
    assert fill(sign_in(mia), f"/desk/approvals/{wish}", r"/refusal$", note="Not this much.").status_code == 303
    assert state(wish) == "refused"
    assert "Not this much." in sign_in(ola).get(f"/desk/approvals/{wish}").text
    again = ask(ola)
    assert fill(sign_in(ola), f"/desk/approvals/{again}", r"/refusal$", note="I was wrong.").status_code == 303
    assert state(again) == "withdrawn"
    assert done == []


def test_who_is_alone_waits_a_day_and_whom_others_do_not_answer_two_weeks(done, travel, sign_in):
    ola = builders.operator()
    alone = ask(ola)
    page = sign_in(ola).get(f"/desk/approvals/{alone}").text
    for said in ("No other operator can approve it", "Why you take it back"):
        assert said in page
    travel(clock.now() + timedelta(hours=24) - timedelta(seconds=1))
    assert state(alone) == "asked"
    assert done == []
    travel(seconds=1)
    assert state(alone) == "approved"
    assert done == ["it"]
    impossible = ask(ola, "boom")
    travel(days=1)
    assert state(impossible) == "failed"
    people.operator("Mia Berg")
    unanswered = ask(ola)
    travel(days=14)
    assert state(unanswered) == "lapsed"
    assert done == ["it"]
    assert moves.TABLES["kernel_approvals"]


def test_what_somebody_wished_alone_lapses_when_they_are_no_operator_any_more(done, travel):
    ola = builders.operator()
    wish = ask(ola)
    with work():
        roles.end_all(ola)
    travel(days=1)
    assert (state(wish), done) == ("lapsed", [])


def mailed(template="kernel/approval"):
    db.session.rollback()
    return list(db.session.scalars(select(Mail.recipient).where(Mail.template == template).order_by(Mail.id)))


def test_what_was_to_happen_for_want_of_a_second_operator_waits_for_one_who_appears(done, travel, sign_in, fill):
    ola = builders.operator()
    wish = ask(ola)
    with work():
        nia = operators.appoint("nia@example.org", "Nia New")
    assert mailed() == ["olga-operator@ninefold.test"]  # who has no password yet can approve nothing
    travel(hours=23)
    with work():
        accounts.reset(proofs.token(proofs.issue(nia, "reset")), "a long enough secret")
    assert mailed() == ["olga-operator@ninefold.test", "nia@example.org"]
    assert mailed("kernel/approval_waits") == ["olga-operator@ninefold.test"]
    with work():
        approvals.come_due(wish)  # by a worker that had claimed it just before
    travel(hours=2)
    assert (state(wish), done) == ("asked", [])
    assert "Another operator has to approve it" in sign_in(ola).get(f"/desk/approvals/{wish}").text
    assert fill(sign_in(nia), f"/desk/approvals/{wish}", r"/approval$").status_code == 303
    assert done == ["it"]


def test_who_is_suspended_is_no_second_pair_of_eyes_until_they_are_back(done, travel):
    ola, mia = builders.operator(), people.operator("Mia Berg")
    with work():
        memberships.suspend(people.viewer(ola), mia, "A quarrel.")
    wish, other = ask(ola), ask(ola, subject="thing 2")
    assert mailed() == ["olga-operator@ninefold.test"] * 2
    with work():
        approvals.refuse(people.viewer(ola), other, "Not needed.")
    with work():
        memberships.reinstate(people.viewer(ola), mia)
    assert mailed()[2:] == ["mia@ninefold.test"]
    travel(days=1)
    assert (state(wish), state(other), done) == ("asked", "withdrawn", [])


def test_whom_it_concerns_has_no_say_and_where_nobody_else_is_a_day_passes(done, travel, sign_in):
    ola, mia = builders.operator(), people.operator("Mia Berg")
    wish = ask(ola, subject=f"member:{mia}")
    assert mailed() == ["olga-operator@ninefold.test"]
    for decide in (approvals.approve, lambda viewer, wish: approvals.refuse(viewer, wish, "Not to me.")):
        with pytest.raises(Forbidden), work():
            decide(people.viewer(mia), wish)
    page = sign_in(mia).get(f"/desk/approvals/{wish}").text
    assert "you have no say in it" in page
    assert "Refuse</button>" not in page
    travel(days=1)
    assert (state(wish), done) == ("approved", ["it"])
    freed, act = ask(ola, subject=f"member:{mia}"), house.current().acts["test.act"]
    house.current().acts["test.act"] = replace(act, concerns=lambda subject, values: [])
    travel(days=1)  # whom it concerned left the brand meanwhile, say, of which nobody is told
    assert (state(freed), mailed()[-1]) == ("asked", "mia@ninefold.test")
    house.current().acts["test.act"] = act
    with work():
        approvals.refuse(people.viewer(ola), freed, "Not needed.")
    again = ask(ola, subject=f"member:{mia}")
    ben = people.operator("Ben Bauer")
    assert mailed()[-1] == "ben@ninefold.test"
    travel(days=1)
    assert state(again) == "asked"
    with work():
        approvals.approve(people.viewer(ben), again)
    assert done == ["it", "it"]


def test_what_its_owner_refuses_stays_asked(done):
    ola, mia = people.operator(), people.operator("Mia Berg")
    wish = ask(ola, "boom")
    with pytest.raises(Conflict), work():
        approvals.approve(people.viewer(mia), wish)
    assert state(wish) == "asked"
