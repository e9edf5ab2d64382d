"""Posts: what a member wrote to the cell, an introduction and a check-in being posts of their own kinds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ColumnElement, Index, UniqueConstraint, false, or_, select, true, update

from community.joining.introductions import Introduction
from community.joining.members import Member
from community.living import newcomers
from kernel import clock, db, texts
from kernel.errors import Forbidden, Invalid, NotFound
from kernel.facts import Fact
from kernel.viewer import Viewer

TITLE_MOST, BODY_MOST = 120, 10_000
KINDS = ("post", "introduction", "checkin")


class Post(db.Model):
    """A text in a cell's feed; its counters are kept by guarded UPDATEs and proven by `flask verify`."""

    __tablename__ = "community_posts"
    __table_args__ = (
        UniqueConstraint("author_id", "key", name="written_once"),
        CheckConstraint("kind IN ('post', 'introduction', 'checkin')", name="kind_known"),
        CheckConstraint("likes_count >= 0 AND comments_count >= 0", name="counted_from_zero"),
        CheckConstraint("(hidden_at IS NULL) = (hidden_why IS NULL)", name="hidden_for_a_reason"),
        Index("ix_community_posts_feed", "cell_id", "id"),
        Index("ix_community_posts_of_an_author", "author_id", "id"),
    )

    id: db.Mapped[int] = db.pk()
    number: db.Mapped[str] = db.text(8, unique=True)
    author_id: db.Mapped[int] = db.ref("community_members.id", index=False)
    cell_id: db.Mapped[int] = db.ref("community_cells.id", index=False)
    kind: db.Mapped[str] = db.text(20)
    title: db.Mapped[str | None] = db.text(TITLE_MOST)
    body: db.Mapped[str] = db.text(BODY_MOST)
    public: db.Mapped[bool] = db.mapped_column(default=False)
    likes_count: db.Mapped[int] = db.mapped_column(default=0)
    comments_count: db.Mapped[int] = db.mapped_column(default=0)
    key: db.Mapped[str] = db.text(40)
    created_at: db.Mapped[datetime]
    edited_at: db.Mapped[datetime | None]
    hidden_at: db.Mapped[datetime | None]
    hidden_by_id: db.Mapped[int | None] = db.ref("community_members.id", index=False)
    hidden_why: db.Mapped[str | None] = db.text(500)


@dataclass(frozen=True)
class Written:
    """What writing a post gave: its id and number; `anew` is False when a double click met the first one."""

    id: int
    number: str
    anew: bool


def readable(viewer: Viewer) -> ColumnElement[bool]:
    """Which posts this person may know of (RULES 0): members all, an applicant with a seat those of the own cell.

    Whether a post is hidden is asked apart: lists leave hidden ones out for everybody.
    """
    if viewer.is_member:
        return true()
    own = Post.cell_id == viewer.cell_id if viewer.state == "applicant" and viewer.cell_id else false()
    return or_(Post.public, own)


def acting(viewer: Viewer) -> tuple[int, int]:
    """The member's id and cell, when the person may write at all; raises Forbidden with the state's sentence."""
    if viewer.state != "active" or viewer.member_id is None or viewer.cell_id is None:
        raise Forbidden(f"kernel.state_{viewer.state}")
    return viewer.member_id, viewer.cell_id


def write(viewer: Viewer, title: str, body: str, key: str) -> Written:
    """Write a post to the own cell; the same key again gives the first one. Raises TooMany on a first day's limits."""
    author_id, cell_id = acting(viewer)
    if not body.strip():
        raise Invalid("community.post_empty", field="body")
    newcomers.may_write(author_id, "post", f"{title} {body}", key)
    return place(author_id, cell_id, "post", title, body, key)


def place(author_id: int, cell_id: int, kind: str, title: str, body: str, key: str) -> Written:
    """Insert a post of any kind once a key."""
    number = texts.number()
    values: dict[str, Any] = {"kind": kind, "title": title or None, "body": body, "public": False}
    post_id = db.insert_once(
        Post,
        number=number,
        author_id=author_id,
        cell_id=cell_id,
        key=key,
        likes_count=0,
        comments_count=0,
        created_at=clock.now(),
        **values,
    )
    if post_id is not None:
        return Written(post_id, number, True)
    first = db.session.execute(select(Post.id, Post.number).where(Post.author_id == author_id, Post.key == key)).one()
    return Written(first.id, first.number, False)


def hear_introduced(fact: Fact) -> None:
    """An introduction becomes a post of its cell, at once and once."""
    words = select(Introduction.body, Member.cell_id).join(Member, Member.id == Introduction.member_id)
    row = db.session.execute(words.where(Introduction.id == fact.fields["introduction_id"])).one()
    assert fact.member_id is not None
    place(fact.member_id, row.cell_id, "introduction", "", row.body, f"introduction-{fact.fields['introduction_id']}")


def edit(viewer: Viewer, number: str, title: str, body: str) -> None:
    """Change the words of one's own post; nothing is earned again. Raises NotFound for another's."""
    author_id, _cell = acting(viewer)
    if not body.strip():
        raise Invalid("community.post_empty", field="body")
    _change(number, author_id, title=title or None, body=body, edited_at=clock.now())


def publish(viewer: Viewer, number: str, public: bool) -> None:
    """Make one's own post readable to everybody, or to members only again."""
    author_id, _cell = acting(viewer)
    _change(number, author_id, public=public)


def found(viewer: Viewer, number: str) -> Any:
    """(id, author_id, cell_id) of a post that this person may answer; raises NotFound, for hidden ones too."""
    where = (Post.number == number, readable(viewer), Post.hidden_at.is_(None))
    row = db.session.execute(select(Post.id, Post.author_id, Post.cell_id).where(*where)).first()
    if row is None:
        raise NotFound
    return row


def counted(post_id: int, likes: int = 0, comments: int = 0) -> None:
    """Move the counters of a post that somebody answers. Raises NotFound when it was hidden at the same moment.

    So no like is given after the hiding took the others along: both change the same row, one after the other.
    """
    if not recounted(post_id, likes, comments, Post.hidden_at.is_(None)):
        raise NotFound


def recounted(post_id: int, likes: int = 0, comments: int = 0, *where: ColumnElement[bool]) -> bool:
    """Move the counters of a post, never below zero (the CHECK refuses); False when it is not as it should be."""
    more = {"likes_count": Post.likes_count + likes, "comments_count": Post.comments_count + comments}
    return db.changed(update(Post).where(Post.id == post_id, *where).values(**more))


def _change(number: str, author_id: int, **values: Any) -> None:
    if not db.changed(update(Post).where(Post.number == number, Post.author_id == author_id).values(**values)):
        raise NotFound
