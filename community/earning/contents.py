"""Contents: a hidden post takes along the points that it earned, a restored one brings them back (RULES 5: Caps)."""

from __future__ import annotations

from sqlalchemy import select, update

from community.earning import grants
from community.living.checkins import CheckIn
from community.living.posts import Post
from community.living.reactions import Like
from kernel import db
from kernel.facts import Fact

HIDDEN, RESTORED = "community.post_hidden", "community.post_restored"
HEARD = (HIDDEN, RESTORED)


def hear(fact: Fact) -> None:
    """A post was hidden or restored: its grants follow what it is now, in whatever order one hears of it.

    Who hears two of them at once waits at the post's row, and the last one sees how it stands. Comments earn nothing.
    """
    post_id = int(fact.fields["post_id"])
    db.changed(update(Post).where(Post.id == post_id).values(likes_count=Post.likes_count))
    hidden = db.session.scalars(select(Post.hidden_at.is_not(None)).where(Post.id == post_id)).one()
    (grants.hide if hidden else grants.restore)(objects(post_id))


def objects(post_id: int) -> list[str]:
    """The objects of the grants that a post caused: its likes, and the check-in or introduction that it is."""
    likes = db.session.scalars(select(Like.member_id).where(Like.post_id == post_id).order_by(Like.id))
    found = [f"like:{post_id}:{member_id}" for member_id in likes]
    found += [f"checkin:{one}" for one in db.session.scalars(select(CheckIn.id).where(CheckIn.post_id == post_id))]
    keys = db.session.scalars(select(Post.key).where(Post.id == post_id, Post.kind == "introduction"))
    return found + [f"introduction:{key.removeprefix('introduction-')}" for key in keys]
