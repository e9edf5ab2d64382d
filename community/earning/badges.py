"""Badges: a few, for what takes a long time; each is a pure function of what a member did, and nothing is sent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import String, cast, distinct, func, select

from community.living.checkins import CheckIn
from community.living.comments import Comment
from community.living.heart_talks import Attendance, HeartTalk
from community.living.weeks import Week
from kernel import db

IN_A_ROW, CHECKINS, TALKS, PEOPLE = 12, 50, 10, 20


@dataclass(frozen=True)
class Deeds:
    """What badges are given for: the weeks written, the talks attended, how many people were answered."""

    written: frozenset[Week]
    talks: int
    people: int


def of_deeds(deeds: Deeds) -> tuple[str, ...]:
    """The badges of what somebody did."""
    earned = {
        "in_a_row": longest(deeds.written) >= IN_A_ROW,
        "reader": len(deeds.written) >= CHECKINS,
        "listener": deeds.talks >= TALKS,
        "answering": deeds.people >= PEOPLE,
    }
    return tuple(name for name, is_earned in earned.items() if is_earned)


def longest(written: Iterable[Week]) -> int:
    """The most weeks in a row that were ever written."""
    weeks, best = set(written), 0
    for week in weeks:
        if week.plus(-1) not in weeks:
            run = 1
            while week.plus(run) in weeks:
                run += 1
            best = max(best, run)
    return best


def of(member_id: int) -> tuple[str, ...]:
    """A member's badges, in one query."""
    spelt = cast(CheckIn.year, String) + "-" + cast(CheckIn.week, String)
    written = select(func.aggregate_strings(spelt, ",")).where(CheckIn.member_id == member_id)
    present = (Attendance.member_id == member_id, HeartTalk.state == "closed")
    talks = select(func.count()).select_from(Attendance).join(HeartTalk, HeartTalk.id == Attendance.talk_id)
    others = (Comment.author_id == member_id, Comment.to_id != member_id)
    row = db.session.execute(
        select(
            written.scalar_subquery().label("written"),
            talks.where(*present).scalar_subquery().label("talks"),
            select(func.count(distinct(Comment.to_id))).where(*others).scalar_subquery().label("people"),
        )
    ).one()
    pairs = [item.split("-") for item in (row.written or "").split(",") if item]
    return of_deeds(Deeds(frozenset(Week(int(year), int(week)) for year, week in pairs), row.talks, row.people))
