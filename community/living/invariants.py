"""What must always be true of living together; `flask verify` asks (TRUST: Invariants)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, or_, select

from community.living import vouches
from community.living.checkins import CheckIn
from community.living.comments import Comment
from community.living.heart_talks import Attendance, HeartTalk
from community.living.posts import Post
from community.living.reactions import Like
from kernel import db
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
    told = _told("community.checked_in", "checkin_id")
    rows = db.session.scalars(select(CheckIn.id))
    return breaches + [f"check-in {row}: {told.get((row,), 0)} facts" for row in rows if told.get((row,), 0) != 1]


def attendance_is_told() -> list[str]:
    """Closed talks whose attendances differ from the facts; others have told nobody."""
    there = select(Attendance.talk_id, Attendance.member_id).join(HeartTalk, HeartTalk.id == Attendance.talk_id)
    present = {tuple(row) for row in db.session.execute(there.where(HeartTalk.closed_at.is_not(None)))}
    facts = db.session.execute(select(Fact.fields, Fact.member_id).where(Fact.name == "community.talk_attended"))
    told = [(int(fields["talk_id"]), member_id) for fields, member_id in facts]
    breaches = [f"talk {talk}: member {member} present, not told" for talk, member in present - set(told)]
    breaches += [f"talk {talk}: member {member} told, not present" for talk, member in set(told) - present]
    if len(told) != len(set(told)):
        breaches.append("an attendance was told twice")
    return breaches


def talks_are_told() -> list[str]:
    """Talks that were held, or void after it, without their facts."""
    held = {talk for (talk,) in _told("community.talk_held", "talk_id")}
    voided = {talk for (talk,) in _told("community.talk_voided", "talk_id")}
    rows = db.session.execute(select(HeartTalk.id, HeartTalk.state, HeartTalk.closed_at)).all()
    breaches = [f"talk {talk}: held and told differ" for talk, _, at in rows if (at is not None) != (talk in held)]
    void = {talk for talk, state, at in rows if state == "void" and at is not None}
    return breaches + [f"talk {talk}: void and told differ" for talk in void ^ voided]


def _count(model: Any, *where: Any) -> Any:
    return select(func.count()).where(model.post_id == Post.id, *where).correlate(Post).scalar_subquery()


def _told(name: str, *fields: str) -> dict[tuple[int, ...], int]:
    """How often a fact was recorded, by some of its fields."""
    found: dict[tuple[int, ...], int] = {}
    for row in db.session.scalars(select(Fact.fields).where(Fact.name == name)):
        key = tuple(int(row[field]) for field in fields)
        found[key] = found.get(key, 0) + 1
    return found


INVARIANTS = {
    "likes and comments of a post equal its counters": counters_are_true,
    "a check-in counts once a week": checkins_are_counted_once,
    "attendances and their facts agree": attendance_is_told,
    "held and void talks have their facts": talks_are_told,
    "vouches and their facts agree": vouches.told_differently,
}
