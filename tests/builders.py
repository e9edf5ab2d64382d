"""Builders: members at every stage, made by the product's own verbs and, where weeks are needed, on a moved clock."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import count

from flask import current_app
from PIL import Image
from sqlalchemy import func, select

from community import viewers
from community.earning import points as purses
from community.earning.milestones import Unlock
from community.joining import (
    accounts,
    applications,
    cells,
    covenants,
    decisions,
    fees,
    introductions,
    members,
    portraits,
    proofs,
    questions,
    roles,
)
from community.joining.cells import Cell
from community.joining.members import Member
from community.joining.proofs import Proof
from community.living import attendances, checkins, comments, heart_talks, posts, weeks
from community.living.checkins import Source
from community.living.heart_talks import HeartTalk, Plan
from community.living.posts import Post
from kernel import clock, db, house
from kernel.pictures import Upload
from kernel.viewer import Viewer
from kernel.worker import Worker
from payments.demo import pay
from tests.memory import remembered

BOOK = Source("book", "The Craftsman", "Richard Sennett")
TEXT = "Skill begins as a bodily practice, he says, and tools teach us when they resist. " * 2
INTRODUCTION = (
    "I make bowls, cups and jugs in a shed by the harbour wall, and I would like to learn to write prices on them."
)
_numbers = count(1)


@contextmanager
def work() -> Iterator[None]:
    """A unit of work that begins anew, whatever was read before."""
    db.session.rollback()
    with db.work():
        yield


def key() -> str:
    """A key that no form had before."""
    return f"key-{next(_numbers)}"


def drain() -> None:
    """Let the worker do everything that is due."""
    rooms, app = house.current(), current_app._get_current_object()  # type: ignore[attr-defined]
    if "tests.worker" not in app.extensions:
        app.extensions["tests.worker"] = Worker(app, rooms.chores, rooms.tickers)
    app.extensions["tests.worker"].drain()
    db.session.rollback()


def viewer(member_id: int) -> Viewer:
    """The member as the one who acts."""
    found = viewers.load(member_id)
    assert found is not None
    return found


@remembered
def account(name: str) -> int:
    """Somebody with an account and a confirmed address."""
    with work():
        handle = name.lower().replace(" ", "-")
        member_id = accounts.enrol(name, f"{handle}@ninefold.test", "$argon2id$none", f"account-{handle}")
        assert member_id is not None
        newest = select(func.max(Proof.id)).where(Proof.member_id == member_id)
        return accounts.confirm(proofs.token(db.session.scalars(newest).one()))


@remembered
def operator() -> int:
    """The operator; made when there is none."""
    found = db.session.scalar(select(roles.Role.member_id).where(roles.Role.role == "operator"))
    if found is not None:
        return int(found)
    member_id = account("Olga Operator")
    with work():
        roles.grant(None, member_id, "operator")
    return member_id


@remembered
def cell(name: str = "Harbour", zone: str = "UTC") -> int:
    """A cell by its name; opened when there is none."""
    found = db.session.scalar(select(Cell.id).where(Cell.name == name))
    if found is not None:
        return int(found)
    boss = viewer(operator())
    with work():
        return cells.open(boss, name, zone)


@remembered
def member(name: str, in_cell: int | None = None) -> int:
    """An active member of a cell, who went the whole way in; the one who is there, if the name was used before."""
    found = db.session.scalar(
        select(Member.id).where(Member.handle == name.split()[0].lower(), Member.state == "active")
    )
    if found is not None:
        return int(found)
    place, member_id = in_cell or cell(), account(name)
    with work():
        applications.begin(member_id)
        applications.submit(member_id, {question.key: _answer(question) for question in questions.ASKED})
    with work():
        application = applications.newest(member_id)
        assert application is not None
        decisions.approve(viewer(operator()), application.id, place)
    with work():
        pay(fees.knock(member_id))
    drain()
    with work():
        covenants.accept(member_id, covenants.wording().content_hash, "en")
    with work():
        introductions.write(member_id, INTRODUCTION)
    return member_id


def _answer(question: questions.Question) -> object:
    if question.kind == "tick":
        return True
    return question.choices[0] if question.choices else "Bowls and cups, thrown by hand and sold at two markets. " * 3


@remembered
def steward(in_cell: int | None = None) -> int:
    """The steward of the community, a member of the first cell or of this one."""
    member_id = member("Stella Steward", in_cell)
    with work():
        roles.grant(None, member_id, "steward")
    return member_id


def post(author: int, body: str = "The kiln is at 900 degrees and rising.", title: str = "") -> str:
    """A post; its number."""
    with work():
        return posts.write(viewer(author), title, body, key()).number


def checkin(author: int) -> str:
    """A check-in of the week that it is now; the number of its post."""
    who = viewer(author)
    with work():
        week = weeks.at(clock.now(), checkins.zone(who.cell_id or 0))
        return checkins.write(who, week, BOOK, TEXT, key()).number


def talk(in_cell: int | None = None, start: timedelta = timedelta(minutes=30), opened: bool = True) -> tuple[str, str]:
    """A heart talk of a cell, open unless told otherwise; its number and its code."""
    leader = viewer(steward())
    with work():
        plan = Plan("What did you stop doing?", "", clock.now() + start)
        number = heart_talks.plan(leader, in_cell or cell(), plan, key())
    with work():
        return number, heart_talks.open(leader, number) if opened else ""


def held_talk(*present: int, in_cell: int | None = None) -> str:
    """A talk that was held with these members present; its number."""
    number, code = talk(in_cell)
    for member_id in present:
        with work():
            attendances.enter(viewer(member_id), number, code)
    with work():
        heart_talks.close(viewer(steward()), number)
    return number


@remembered
def engaged(name: str) -> int:
    """A member who is Engaged now: joined, wrote three weeks, had two talks, commented five times, all by verbs."""
    now = clock.now()
    with clock.frozen(now - timedelta(days=14)):
        member_id = member(name)
        others = [member(other) for other in ("Hanna Helper", "Hugo Helfer", "Heike Hilft")]
        for other in others:
            comment(member_id, post(other))
        for number in db.session.scalars(select(Post.number).where(Post.author_id == others[0]).limit(1)).all() * 2:
            comment(member_id, number)
        held_talk(member_id)
        held_talk(member_id)
        checkin(member_id)
    with clock.frozen(now - timedelta(days=7)):
        checkin(member_id)
    with clock.frozen(now):
        checkin(member_id)
    drain()
    assert db.session.scalar(select(Unlock.id).where(Unlock.member_id == member_id)), f"{name} is not Engaged"
    return member_id


def picture(owner: int) -> str:
    """A picture of a member's own beside the name; its number."""
    out = io.BytesIO()
    Image.new("RGB", (90, 60), (200, 30, 30)).save(out, "PNG")
    out.seek(0)
    with work():
        portraits.change(viewer(owner), None, Upload(out, "At the wheel"))
    return str(members.get(owner).picture_number)


def comment(author: int, number: str, body: str = "Thank you for the numbers.") -> int | None:
    """A comment to a post; its id."""
    with work():
        return comments.write(viewer(author), number, body, key())


def points(member_id: int, amount: int) -> None:
    """Put points into a purse."""
    with work():
        purses.issue(member_id, amount, key(), f"gift:{member_id}")


def suspend(member_id: int, why: str = "Three letters, and no answer.") -> None:
    """Suspend a member by an operator's verb."""
    from community.joining import memberships

    with work():
        memberships.suspend(viewer(operator()), member_id, why)


def state_of(talk_number: str) -> str:
    """Where a talk stands."""
    return str(db.session.scalars(select(HeartTalk.state).where(HeartTalk.number == talk_number)).one())


def handle_of(member_id: int) -> str:
    """The member's handle."""
    return members.get(member_id).handle
