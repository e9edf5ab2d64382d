"""Hidden texts at the desk: hide a post or a comment with a reason, see what is hidden, and show it again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user, login_required

from community.desk import bp
from community.living import hidings
from community.living.hidings import WHY_MOST
from kernel.errors import NotFound
from kernel.forms import Form, Prose
from kernel.web import addresses


class HidingForm(Form):
    """The reason, which the author reads."""

    why = Prose(_l("Reason, in words to the author"), least=10, most=WHY_MOST)


@bp.get("/hidden")
@login_required
def hidden() -> str:
    """What is hidden now: posts, or comments."""
    if not current_user.holds("steward", "operator"):
        raise NotFound
    show = "comments" if request.args.get("show") == "comments" else None
    rows = hidings.hidden(current_user, "comment" if show else "post", addresses.seen_at())
    shown, here = rows[: hidings.A_PAGE], "desk_community.hidden"
    return render_template(
        "desk/community/hidden.html",
        rows=shown,
        show=show,
        older=url_for(here, show=show, before=addresses.place(shown[-1].hidden_at, shown[-1].id))
        if len(rows) > hidings.A_PAGE
        else None,
        newest=url_for(here, show=show) if addresses.seen_at() else None,
    )


@bp.get("/posts/<number:number>", endpoint="hiding")
@login_required
def hiding(number: str, form: HidingForm | None = None) -> str:
    """A post to hide, or to show again."""
    row = hidings.post(current_user, number)
    verb = "restore" if row.hidden_at else "hide"
    return _page(row, form, url_for(f"desk_community.{verb}_post", number=number))


@bp.post("/posts/<number:number>/hiding", endpoint="hide_post")
@login_required
def hide_post(number: str) -> Any:
    """Hide a post."""
    return _done(number, _why(hidings.post(current_user, number)), hidings.hide_post, number)


@bp.post("/posts/<number:number>/restoring", endpoint="restore_post")
@login_required
def restore_post(number: str) -> Any:
    """Show a hidden post again."""
    return _done(number, _why(hidings.post(current_user, number)), hidings.restore_post, number)


@bp.get("/comments/<id:comment_id>", endpoint="hiding_comment")
@login_required
def hiding_comment(comment_id: int, form: HidingForm | None = None) -> str:
    """A comment to hide, or to show again."""
    row = hidings.comment(current_user, comment_id)
    verb = "restore" if row.hidden_at else "hide"
    return _page(row, form, url_for(f"desk_community.{verb}_comment", comment_id=comment_id))


@bp.post("/comments/<id:comment_id>/hiding", endpoint="hide_comment")
@login_required
def hide_comment(comment_id: int) -> Any:
    """Hide a comment."""
    row = hidings.comment(current_user, comment_id)
    return _done(row.number, _why(row, comment_id), hidings.hide_comment, comment_id)


@bp.post("/comments/<id:comment_id>/restoring", endpoint="restore_comment")
@login_required
def restore_comment(comment_id: int) -> Any:
    """Show a hidden comment again."""
    row = hidings.comment(current_user, comment_id)
    return _done(row.number, _why(row, comment_id), hidings.restore_comment, comment_id)


def _page(row: Any, form: HidingForm | None, action: str) -> str:
    own = row.author_id == current_user.id
    form = form or HidingForm(formdata=None)
    return render_template("desk/community/hiding.html", row=row, form=form, action=action, own=own)


def _why(row: Any, comment_id: int | None = None) -> str:
    """The reason as typed; a form that is not complete shows the text's page again."""
    form = HidingForm()
    again = hiding if comment_id is None else hiding_comment
    form.check(lambda form: again(row.number if comment_id is None else comment_id, form))
    return str(form.why.data)


def _done(number: str, why: str, verb: Callable[..., None], of: Any) -> Any:
    verb(current_user, of, why)
    flash(_("Done. The author has the reason by mail."), "success")
    return redirect(url_for("community.post", number=number))
