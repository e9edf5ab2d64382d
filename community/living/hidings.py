"""Hidings: a steward hides a post or a comment with a reason, and restores it; its author sees why (RULES 5, 12)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, false, literal, or_, select, true, tuple_, update

from community.joining.members import Member
from community.living import posts
from community.living.comments import Comment
from community.living.posts import Post
from kernel import audits, clock, db, facts, mail
from kernel.errors import Conflict, Forbidden, Invalid, NotFound
from kernel.viewer import Viewer

WHY_MOST, A_PAGE = 500, 50
for _kind in ("post", "comment"):
    for _done in ("hidden", "restored"):
        facts.declare(f"community.{_kind}_{_done}", 1, **{f"{_kind}_id": int})


def decides(viewer: Viewer, cell_id: int) -> bool:
    """Whether a person hides and restores what was written in a cell: its stewards and operators."""
    return viewer.state == "active" and (viewer.has("steward", cell_id) or viewer.has("operator"))


def hide_post(viewer: Viewer, number: str, why: str) -> None:
    """Hide a post from everybody but its author and those who decide. Raises NotFound, Forbidden, Invalid, Conflict."""
    _set_post(viewer, number, why, True)


def restore_post(viewer: Viewer, number: str, why: str) -> None:
    """Show a hidden post again, as if nothing had been."""
    _set_post(viewer, number, why, False)


def hide_comment(viewer: Viewer, comment_id: int, why: str) -> None:
    """Hide a comment; it counts no more on its post."""
    _set_comment(viewer, comment_id, why, True)


def restore_comment(viewer: Viewer, comment_id: int, why: str) -> None:
    """Show a hidden comment again."""
    _set_comment(viewer, comment_id, why, False)


def post(viewer: Viewer, number: str) -> Any:
    """A post for who decides: (id, number, cell_id, body, what hides it, its author). Raises NotFound."""
    return _found(viewer, _posts().where(Post.number == number))


def comment(viewer: Viewer, comment_id: int) -> Any:
    """A comment for who decides, with the number of its post. Raises NotFound."""
    return _found(viewer, _comments().where(Comment.id == comment_id))


def hidden(viewer: Viewer, kind: str, before: tuple[datetime, int] | None = None) -> list[Any]:
    """What is hidden now of one kind, where this person decides, the latest first; one more than a page holds when
    there are older ones. `before` is when the last row of the page before was hidden, and its id.
    """
    rows, model = (_posts(), Post) if kind == "post" else (_comments(), Comment)
    rows = rows.where(model.hidden_at.is_not(None), _where_decides(viewer))
    if before is not None:
        rows = rows.where(tuple_(model.hidden_at, model.id) < before)
    return list(db.session.execute(rows.order_by(model.hidden_at.desc(), model.id.desc()).limit(A_PAGE + 1)))


def _set_post(viewer: Viewer, number: str, why: str, hides: bool) -> None:
    row = post(viewer, number)
    _change(viewer, Post, row, why, hides)
    facts.record(f"community.post_{'hidden' if hides else 'restored'}", row.author_id, post_id=int(row.id))
    _tell(viewer, row, "post", why, hides)


def _set_comment(viewer: Viewer, comment_id: int, why: str, hides: bool) -> None:
    row = comment(viewer, comment_id)
    _change(viewer, Comment, row, why, hides)
    posts.recounted(row.post_id, comments=-1 if hides else 1)
    facts.record(f"community.comment_{'hidden' if hides else 'restored'}", row.author_id, comment_id=int(row.id))
    _tell(viewer, row, "comment", why, hides)


def _change(viewer: Viewer, model: Any, row: Any, why: str, hides: bool) -> None:
    if viewer.id == row.author_id:
        raise Forbidden("community.hide_own")
    if not why.strip() or len(why.strip()) > WHY_MOST:
        raise Invalid("community.reason_needed", field="why")
    now = {"hidden_at": clock.now(), "hidden_by_id": viewer.id, "hidden_why": why.strip()}
    values = now if hides else dict.fromkeys(now)
    stood = model.hidden_at.is_(None) if hides else model.hidden_at.is_not(None)
    if not db.changed(update(model).where(model.id == row.id, stood).values(**values)):
        raise Conflict("kernel.moved_on")


def _tell(viewer: Viewer, row: Any, kind: str, why: str, hides: bool) -> None:
    act, subject = f"{kind}.{'hide' if hides else 'restore'}", f"{kind}:{row.id}"
    audits.record(viewer.id, act, subject, why.strip(), hidden_why=row.hidden_why)
    said = {"name": row.author, "kind": kind, "number": row.number, "why": why.strip(), "hides": hides}
    mail.queue(row.email, "community/text_hidden", f"{act}-{row.id}-{clock.now().isoformat()}", **said)


def _found(viewer: Viewer, rows: Select[Any]) -> Any:
    row = db.session.execute(rows.where(_where_decides(viewer))).first()
    if row is None:
        raise NotFound
    return row


def _where_decides(viewer: Viewer) -> ColumnElement[bool]:
    return deciding(viewer, Post.cell_id)


def deciding(viewer: Viewer, cell_id: Any) -> ColumnElement[bool]:
    """The predicate of the cells in which a person decides."""
    if viewer.state != "active":
        return false()
    if viewer.has("steward") or viewer.has("operator"):
        return true()
    return or_(false(), cell_id.in_([literal(scope) for scope in viewer.scopes("steward")]))


def _posts() -> Select[Any]:
    return select(Post.id, Post.number, Post.title, *_columns(Post)).join(Member, Member.id == Post.author_id)


def _comments() -> Select[Any]:
    columns = (Comment.id, Post.number, Post.id.label("post_id"), literal(None).label("title"), *_columns(Comment))
    return select(*columns).join(Post, Post.id == Comment.post_id).join(Member, Member.id == Comment.author_id)


def _columns(model: Any) -> tuple[Any, ...]:
    said = (model.author_id, model.body, model.created_at, model.hidden_at, model.hidden_why)
    return (Post.cell_id, *said, Member.name.label("author"), Member.handle, Member.email)
