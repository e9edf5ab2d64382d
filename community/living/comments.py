"""Comments: an answer to what another wrote; those to oneself count for nothing."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint

from community.living import newcomers, posts
from kernel import clock, db, facts
from kernel.errors import Invalid
from kernel.viewer import Viewer

BODY_MOST = 3_000
facts.declare("community.commented", 1, comment_id=int, post_id=int, to_id=int)


class Comment(db.Model):
    """One comment to a post; `to_id` is the post's author."""

    __tablename__ = "community_comments"
    __table_args__ = (
        UniqueConstraint("author_id", "key", name="said_once"),
        CheckConstraint("(hidden_at IS NULL) = (hidden_why IS NULL)", name="hidden_for_a_reason"),
        Index("ix_community_comments_of_a_post", "post_id", "id"),
    )

    id: db.Mapped[int] = db.pk()
    post_id: db.Mapped[int] = db.ref("community_posts.id", index=False)
    author_id: db.Mapped[int] = db.ref("community_members.id", index=False)
    to_id: db.Mapped[int] = db.ref("community_members.id", index=False)
    body: db.Mapped[str] = db.text(BODY_MOST)
    key: db.Mapped[str] = db.text(40)
    created_at: db.Mapped[datetime]
    hidden_at: db.Mapped[datetime | None]
    hidden_by_id: db.Mapped[int | None] = db.ref("community_members.id", index=False)
    hidden_why: db.Mapped[str | None] = db.text(500)


def write(viewer: Viewer, number: str, body: str, key: str) -> int | None:
    """Comment a post; the new id, None when a double click said it before. Raises NotFound, TooMany, Forbidden."""
    author_id, _cell = posts.acting(viewer)
    post = posts.found(viewer, number)
    if not body.strip():
        raise Invalid("community.comment_empty", field="body")
    newcomers.may_write(author_id, "comment", body, key)
    values = {"post_id": post.id, "author_id": author_id, "to_id": post.author_id, "body": body, "key": key}
    comment_id = db.insert_once(Comment, created_at=clock.now(), **values)
    if comment_id is not None:
        posts.counted(post.id, comments=1)
        fields = {"comment_id": comment_id, "post_id": int(post.id), "to_id": int(post.author_id)}
        facts.record("community.commented", author_id, **fields)
    return comment_id
