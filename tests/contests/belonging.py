"""Seats, places and single acts that people compete for in the community."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update

from community.earning import grants, rules
from community.earning.grants import Earned, Grant
from community.joining import applications, cells, decisions, proofs, squads
from community.joining.applications import Application
from community.joining.cells import Cell
from community.joining.squads import Squad
from community.living import attendances, checkins, reactions, weeks
from community.living.checkins import CheckIn
from community.living.heart_talks import Attendance
from community.living.reactions import Like
from kernel import clock, db, moves
from tests import builders, people
from tests.contests.judging import count, exactly_one


# The last seat of a cell: three stewards approve three people at once.
def last_seat() -> tuple[Any, ...]:
    cell_id = builders.cell()
    db.session.execute(update(Cell).values(seats_taken=cells.SEATS - 1))
    return (cell_id,)


def reserve_it(cell_id: int) -> str:
    cells.reserve(cell_id)
    return "reserved"


# The last place of a squad in a cell whose eleven squads are otherwise full.
def last_place() -> tuple[Any, ...]:
    cell_id = builders.cell()
    db.session.execute(update(Squad).values(taken=squads.PLACES))
    for number in range(1, squads.A_CELL + 1):
        db.insert_once(Squad, cell_id=cell_id, number=number, places=squads.PLACES, taken=squads.PLACES)
    first = select(Squad.id).where(Squad.cell_id == cell_id).order_by(Squad.number).limit(1).scalar_subquery()
    db.session.execute(update(Squad).where(Squad.id == first).values(taken=squads.PLACES - 1))
    return (cell_id,)


def take_place(cell_id: int) -> str:
    squads.place(cell_id)
    return "placed"


# One application, decided three times.
def one_application() -> tuple[Any, ...]:
    member_id = people.applicant("Cho Min-seo")
    return people.application(member_id).id, builders.operator(), builders.cell()


def approve_it(application_id: int, operator_id: int, cell_id: int) -> str:
    decisions.approve(builders.viewer(operator_id), application_id, cell_id)
    return "approved"


def move_it(application_id: int, operator_id: int, cell_id: int) -> str:
    decided = {"decided_at": clock.now(), "decided_by_id": operator_id, "reason": "Not this time."}
    moves.move(Application, application_id, "reject", by=operator_id, **decided)
    return "rejected"


def approved_once(outcomes: list[Any]) -> str | None:
    reserved = db.session.scalar(select(Cell.seats_reserved))
    return exactly_one("approved")(outcomes) or (None if reserved == 1 else f"{reserved} seats reserved")


# One person, one live application.
def an_account() -> tuple[Any, ...]:
    return (people.account("Cho Min-seo"),)


def begin_it(member_id: int) -> str:
    applications.begin(member_id)
    return "begun"


# One link of a mail, used once.
def one_link() -> tuple[Any, ...]:
    member_id = people.account("Cho Min-seo", confirmed=False)
    return (people.token_of(member_id),)


def use_it(token: str) -> str:
    proofs.use("confirm", token)
    return "used"


# One check-in a week, one attendance, one like, one grant.
def a_member() -> tuple[Any, ...]:
    return (people.member("Ann Okafor"),)


def check_in(member_id: int) -> str:
    who = builders.viewer(member_id)
    week = weeks.at(clock.now(), checkins.zone(who.cell_id or 0))
    checkins.write(who, week, builders.BOOK, builders.TEXT, f"{id(who)}-{clock.real().timestamp()}")
    return "written"


def an_open_talk() -> tuple[Any, ...]:
    member_id = people.member("Ann Okafor")
    return (member_id, *builders.talk())


def attend_it(member_id: int, number: str, code: str) -> str:
    attendances.enter(builders.viewer(member_id), number, code)
    return "present"


def a_post() -> tuple[Any, ...]:
    author, reader = people.member("Ann Okafor"), people.member("Ben Castillo")
    return reader, builders.post(author)


def like_it(member_id: int, number: str) -> str:
    reactions.like(builders.viewer(member_id), number)
    return "liked"


def grant_it(member_id: int) -> str:
    rule = rules.in_force("checkin", clock.now())
    assert rule is not None
    return "granted" if grants.give(rule, Earned(member_id, "thing:1", clock.now())) else "known"


RACES: dict[str, dict[str, Any]] = {
    "the last seat of a cell": {
        "act": "belonging:reserve_it",
        "prepare": last_seat,
        "lost": exactly_one("reserved"),
        "rules": (("community_cells", "ck_community_cells_has_a_seat"),),
    },
    "the last place of a squad": {
        "act": "belonging:take_place",
        "prepare": last_place,
        "lost": exactly_one("placed"),
        "rules": (("community_squads", "ck_community_squads_has_a_place"),),
        "mutant_on": ("postgresql",),
    },
    "one application, approved by three": {
        "act": "belonging:approve_it",
        "prepare": one_application,
        "lost": approved_once,
        "mutant_on": (),  # the move below is its guard
    },
    "one state, left by three": {
        "act": "belonging:move_it",
        "prepare": one_application,
        "lost": exactly_one("rejected"),
    },
    "one person, three applications": {
        "act": "belonging:begin_it",
        "prepare": an_account,
        "lost": lambda outcomes: None if count(Application) == 1 else f"{count(Application)} applications",
        "rules": (("community_applications", "uq_community_applications_one_live"),),
        "guard_is_a_rule": True,
        "mutant_on": ("postgresql",),
    },
    "one link, used three times": {
        "act": "belonging:use_it",
        "prepare": one_link,
        "lost": exactly_one("used"),
        "mutant_on": ("postgresql",),
    },
    "one week, three check-ins": {
        "act": "belonging:check_in",
        "prepare": a_member,
        "lost": lambda outcomes: None if count(CheckIn) == 1 else f"{count(CheckIn)} check-ins",
        "rules": (("community_checkins", "once_a_week"),),
        "guard_is_a_rule": True,
    },
    "one talk, entered three times": {
        "act": "belonging:attend_it",
        "prepare": an_open_talk,
        "lost": lambda outcomes: None if count(Attendance) == 1 else f"{count(Attendance)} attendances",
        "rules": (("community_attendances", "present_once"),),
        "guard_is_a_rule": True,
    },
    "one post, liked three times": {
        "act": "belonging:like_it",
        "prepare": a_post,
        "lost": lambda outcomes: None if count(Like) == 1 else f"{count(Like)} likes",
        "rules": (("community_likes", "liked_once"),),
        "guard_is_a_rule": True,
    },
    "one cause, granted three times": {
        "act": "belonging:grant_it",
        "prepare": a_member,
        "lost": lambda outcomes: (
            exactly_one("granted")(outcomes)
            or (None if count(Grant, Grant.object == "thing:1") == 2 else "granted twice")
        ),
        "rules": (("community_grants", "granted_once"),),
        "guard_is_a_rule": True,
    },
}
