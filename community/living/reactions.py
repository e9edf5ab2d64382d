"""Reactions: one like a member and post, given and taken back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import UniqueConstraint, delete

from community.living import newcomers, posts, weeks
from kernel import clock, db, facts
from kernel.errors import Forbidden
from kernel.viewer import Viewer

facts.declare("community.liked", 1, post_id=int, to_id=int)
facts.declare("community.unliked", 1, post_id=int, to_id=int)


class Like(db.Model):
    """One member likes one post."""

    __tablename__ = "community_likes"
    __table_args__ = (UniqueConstraint("post_id", "member_id", name="liked_once"),)

    id: db.Mapped[int] = db.pk()
    post_id: db.Mapped[int] = db.ref("community_posts.id", index=False)
    member_id: db.Mapped[int] = db.ref("community_members.id")
    created_at: db.Mapped[datetime]


def like(viewer: Viewer, number: str) -> None:
    """Like another's post once; liking it again changes nothing. Raises Forbidden for one's own, TooMany, NotFound."""
    member_id, _cell = posts.acting(viewer)
    post = posts.found(viewer, number)
    if post.author_id == member_id:
        raise Forbidden("community.like_own")
    newcomers.may_like(member_id, weeks.midnight(clock.today(viewer.timezone), viewer.timezone))
    if db.insert_once(Like, post_id=post.id, member_id=member_id, created_at=clock.now()) is not None:
        posts.counted(post.id, likes=1)
        facts.record("community.liked", member_id, post_id=int(post.id), to_id=int(post.author_id))


def unlike(viewer: Viewer, number: str) -> None:
    """Take a like back; nothing happens when there is none."""
    member_id, _cell = posts.acting(viewer)
    post = posts.found(viewer, number)
    if db.changed(delete(Like).where(Like.post_id == post.id, Like.member_id == member_id)):
        posts.counted(post.id, likes=-1)
        facts.record("community.unliked", member_id, post_id=int(post.id), to_id=int(post.author_id))
