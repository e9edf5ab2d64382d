"""Newcomers: what a member may write on the first day, and how many likes a day anybody may give (RULES 16)."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from community.joining.members import Member
from kernel import clock, db, facts
from kernel.errors import TooMany

FIRST_DAY = timedelta(hours=24)
TOPICS, REPLIES, LINKS, LIKES = 3, 10, 2, 50
LINK = re.compile(r"https?://|www\.|\]\(", re.IGNORECASE)


def may_write(member_id: int, kind: str, text: str, key: str) -> None:
    """Raise TooMany when a newcomer's first day holds no more topics, replies or links."""
    from community.living.comments import Comment
    from community.living.posts import Post

    since = _first_day(member_id)
    if since is None:
        return
    topics = _written(Post, Post.author_id == member_id, Post.kind == "post", Post.created_at >= since, Post.key != key)
    replies = _written(Comment, Comment.author_id == member_id, Comment.created_at >= since, Comment.key != key)
    if kind == "post" and len(topics) >= TOPICS:
        raise TooMany("community.first_day_topics", most=TOPICS)
    if kind == "comment" and len(replies) >= REPLIES:
        raise TooMany("community.first_day_replies", most=REPLIES)
    if links(text) and links(text) + sum(map(links, topics + replies)) > LINKS:
        raise TooMany("community.first_day_links", most=LINKS)


def may_like(member_id: int, since: datetime) -> None:
    """Raise TooMany when the member gave all likes of a day; `since` is the day's first instant in the own zone."""
    db.session.scalar(_row(member_id))
    given = (facts.Fact.member_id == member_id, facts.Fact.name == "community.liked", facts.Fact.at >= since)
    if (db.session.scalar(select(func.count()).select_from(facts.Fact).where(*given)) or 0) >= LIKES:
        raise TooMany("community.likes_of_a_day", most=LIKES)


def links(text: str) -> int:
    """How many links a text holds, counted generously."""
    return len(LINK.findall(text))


def _first_day(member_id: int) -> datetime | None:
    """When a newcomer joined; the row is locked, so that two writes at once are counted one after the other."""
    joined_at = db.session.scalar(_row(member_id))
    return joined_at if joined_at is not None and clock.now() < joined_at + FIRST_DAY else None


def _written(model: Any, *where: Any) -> list[str]:
    title = model.title if hasattr(model, "title") else None
    rows = db.session.execute(select(model.body, title if title is not None else model.id).where(*where))
    return [f"{body} {more or ''}" for body, more in rows]


def _row(member_id: int) -> Any:
    return select(Member.joined_at).where(Member.id == member_id).with_for_update()
