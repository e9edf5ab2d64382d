"""What must always be true of living together; `flask verify` asks (TRUST: Invariants)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, literal, or_, select

from community.living import vouches
from community.living.checkins import CheckIn
from community.living.comments import Comment
from community.living.heart_talks import Attendance, HeartTalk
from community.living.posts import Post
from community.living.reactions import Like
from kernel import db, verify
from kernel.facts import Fact


def counters_are_true() -> list[str]:
    """Posts whose counters differ from their likes and the comments that are not hidden."""
    likes, comments = _count(Like), _count(Comment, Comment.hidden_at.is_(None))
    wrong = select(Post.number, Post.likes_count, likes, Post.comments_count, comments)
    rows = db.session.execute(wrong.where(or_(Post.likes_count != likes, Post.comments_count != comments)))
    return [f"post {row[0]}: counters {row[1:]}" for row in rows]


def checkins_are_counted_once() -> list[str]:
    """Check-ins without exactly one fact, or whose week was written twice."""
    twice = select(CheckIn.member_id, CheckIn.year, CheckIn.week)
    twice = twice.group_by(CheckIn.member_id, CheckIn.year, CheckIn.week).having(func.count() > 1)
    breaches = [f"member {m}: week {y}/{w} written twice" for m, y, w in db.session.execute(twice)]
    written = select(CheckIn.id, literal(1)).order_by(CheckIn.id)
    different = verify.unequal(written, _told("community.checked_in", "checkin_id"))
    return breaches + [f"check-in {key[0]}: {there} written, {told} told" for key, there, told in different]


def attendance_is_told() -> list[str]:
    """Closed talks whose attendances differ from the facts; others have told nobody."""
    there = select(Attendance.talk_id, Attendance.member_id, literal(1))
    there = there.join(HeartTalk, HeartTalk.id == Attendance.talk_id).where(HeartTalk.closed_at.is_not(None))
    present = there.order_by(Attendance.talk_id, Attendance.member_id)
    different = verify.unequal(present, _told("community.talk_attended", "talk_id", Fact.member_id))
    return [f"talk {talk}: member {who} present {here}, told {told}" for (talk, who), here, told in different]


def talks_are_told() -> list[str]:
    """Talks that were held, or void after it, without their facts."""
    held = select(HeartTalk.id, literal(1)).where(HeartTalk.closed_at.is_not(None)).order_by(HeartTalk.id)
    different = {
        "held": verify.unequal(held, _told("community.talk_held", "talk_id")),
        "void": verify.unequal(held.where(HeartTalk.state == "void"), _told("community.talk_voided", "talk_id")),
    }
    return [
        f"talk {key[0]}: {what} {there}, told {told}" for what, rows in different.items() for key, there, told in rows
    ]


def _count(model: Any, *where: Any) -> Any:
    return select(func.count()).where(model.post_id == Post.id, *where).correlate(Post).scalar_subquery()


def _told(name: str, field: str, *more: Any) -> Any:
    """How often a fact was recorded, by one of its fields, in order."""
    keys = (Fact.fields[field].as_integer(), *more)
    return select(*keys, func.count()).where(Fact.name == name).group_by(*keys).order_by(*keys)


INVARIANTS = {
    "likes and comments of a post equal its counters": counters_are_true,
    "a check-in counts once a week": checkins_are_counted_once,
    "attendances and their facts agree": attendance_is_told,
    "held and void talks have their facts": talks_are_told,
    "vouches and their facts agree": vouches.told_differently,
}
