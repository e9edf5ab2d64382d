"""Posts, their comments and likes."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user, login_required
from markupsafe import Markup

from community.living import comments, feeds, hidings, posts, reactions
from community.web import bp
from kernel import texts
from kernel.errors import NotFound
from kernel.forms import Form, Line, Prose
from kernel.viewer import Viewer
from kernel.web import fragments, instants
from kernel.web.addresses import seen
from kernel.web.pages import local_address
from kernel.web.words import address, say

KINDS = {"checkin": _l("Check-in"), "introduction": _l("Introduction"), "post": None}


class PostForm(Form):
    """A post to the cell."""

    title = Line(_l("Title"), most=posts.TITLE_MOST, required=False)
    body = Prose(_l("What do you want to say?"), most=posts.BODY_MOST)


class CommentForm(Form):
    """A comment to a post."""

    body = Prose(_l("Your comment"), most=comments.BODY_MOST)


def story_of(row: Any, viewer: Viewer | None = None) -> dict[str, Any]:
    """A feed's row as the macro `story` takes it."""
    author = feeds.person(row)
    return {
        **_acts(row, viewer or current_user),
        "author": author,
        "line": say("Squad %(number)s", number=row.squad) if row.squad else None,
        "at": row.created_at,
        "title": row.title,
        "source": _source(row),
        "html": Markup(texts.rendered(row.body)),  # noqa: S704  cleaned by kernel.texts
        "picture": author.picture if row.kind == "introduction" and row.picture_number else None,
    }


def listed(row: Any, viewer: Viewer) -> dict[str, Any]:
    """The same for a list of many: what was said is rendered once for all readers to whom it looks the same."""
    who = (row.name, row.handle, row.symbol, row.picture_number, row.picture_alt, row.squad)
    what = (row.number, row.kind, row.title, hash(row.body), row.source_title, row.source_author, row.week)
    key = (who, what, instants.when(row.created_at))
    kept = fragments.kept("ui/story.html", "said", key, lambda: (story_of(row, viewer), 2, KINDS[row.kind]))
    return {**_acts(row, viewer), "kept": kept}


def _acts(row: Any, who: Viewer) -> dict[str, Any]:
    return {
        "number": row.number,
        "url": address("community.post", number=row.number),
        "kind": KINDS[row.kind],
        "likes": row.likes_count,
        "liked": bool(row.liked),
        "may_like": who.state == "active" and row.author_id != who.member_id,
        "comments": row.comments_count,
        "like_url": address("community.post_like", number=row.number),
    }


def _source(row: Any) -> dict[str, Any] | None:
    if row.source_title is None:
        return None
    return {"title": row.source_title, "author": row.source_author, "note": say("Week %(week)s", week=row.week)}


@bp.get("/posts/new")
@login_required
def post_new(form: PostForm | None = None) -> str:
    """The empty page."""
    posts.acting(current_user)
    return render_template("community/post_new.html", form=form or PostForm())


@bp.post("/posts")
@login_required
def post_write() -> Any:
    """Write to the own cell."""
    form = PostForm()
    form.check(post_new)
    written = posts.write(current_user, form.title.data or "", form.body.data, form.key.data)
    return redirect(url_for("community.post", number=written.number))


@bp.get("/posts/<number:number>")
def post(number: str, form: CommentForm | None = None) -> Any:
    """One post with its comments; a visitor sees public ones."""
    row = feeds.post(current_user, number)
    if row is None:
        raise NotFound
    said = feeds.comments_of(current_user, row.id, seen("after") or 0)
    page = said[: feeds.COMMENTS_PAGE]
    return render_template(
        "community/post.html",
        post=row,
        story=story_of(row),
        comments=[_comment(item) for item in page],
        more=page[-1].comment_id if len(said) > len(page) else None,
        form=(form or CommentForm()) if current_user.state == "active" and row.hidden_why is None else None,
        mine=current_user.state == "active" and row.author_id == current_user.member_id,
        decides=hidings.decides(current_user, row.cell_id),
    )


def _comment(row: Any) -> dict[str, Any]:
    html = Markup(texts.rendered(row.body))  # noqa: S704  cleaned by kernel.texts
    mine = row.person_id == current_user.member_id
    said = {"number": row.comment_id, "author": feeds.person(row), "at": row.created_at, "html": html}
    return {**said, "hidden_why": row.hidden_why, "mine": mine}


@bp.post("/posts/<number:number>/comments")
@login_required
def post_comment(number: str) -> Any:
    """Comment a post."""
    form = CommentForm()
    form.check(lambda form=None: post(number, form))
    comments.write(current_user, number, form.body.data, form.key.data)
    return redirect(url_for("community.post", number=number) + "#comments")


@bp.post("/posts/<number:number>/likes")
@login_required
def post_like(number: str) -> Any:
    """Like, or take the like back when `liked` is empty; htmx gets the button alone."""
    (reactions.like if request.form.get("liked") else reactions.unlike)(current_user, number)
    if request.headers.get("HX-Request"):
        return render_template("community/living/like.html", post=story_of(feeds.post(current_user, number)))
    here = _came_from()
    return redirect(f"{here}#post-{number}" if here else url_for("community.post", number=number))


def _came_from() -> str | None:
    """The page of ours from which the browser says it came."""
    try:
        back = urlsplit(request.referrer or "")
    except ValueError:  # "http://[": it is only what a stranger says
        return None
    return local_address(f"{back.path}?{back.query}") if back.netloc == request.host else None


@bp.get("/posts/<number:number>/edit")
@login_required
def post_edit(number: str, form: PostForm | None = None) -> Any:
    """Change one's own words."""
    row = feeds.post(current_user, number)
    if row is None or row.author_id != current_user.id:
        raise NotFound
    posts.acting(current_user)
    if row.kind == "checkin":
        return redirect(url_for("community.checkin", number=number))
    form = form or PostForm(title=row.title, body=row.body)
    return render_template("community/post_edit.html", form=form, post=row)


@bp.post("/posts/<number:number>")
@login_required
def post_change(number: str) -> Any:
    """Keep the changed words."""
    form = PostForm()
    form.check(lambda form=None: post_edit(number, form))
    posts.edit(current_user, number, form.title.data or "", form.body.data)
    return redirect(url_for("community.post", number=number))


@bp.post("/posts/<number:number>/visibility")
@login_required
def post_publish(number: str) -> Any:
    """Show one's own post to everybody, or to members only."""
    public = request.form.get("public") == "1"
    posts.publish(current_user, number, public)
    flash(_("Everybody can read this now.") if public else _("Only members can read this now."), "success")
    return redirect(url_for("community.post", number=number))
