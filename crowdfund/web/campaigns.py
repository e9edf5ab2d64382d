"""The list of campaigns and a campaign's page: each state in its own words, and the way to back it for who may."""

from __future__ import annotations

from typing import Any

from flask import current_app, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user, login_required

from community.earning import milestones
from community.joining import members
from community.web.path import record
from crowdfund import pictures, questions
from crowdfund.campaigns import GATE, reading, voices
from crowdfund.pledges.rows import TRIES
from crowdfund.web import bp, cards, stories
from kernel.errors import NotFound
from kernel.forms import Form, Prose
from kernel.viewer import VISITOR, Viewer
from kernel.web import addresses
from kernel.web.visitors import cached_for_visitors
from kernel.web.words import address

ENDED_FIRST = 6  # so many of those that ended stand below the open ones
MOST_VERSIONS = 99_999  # that an address may name of a text
EAGER = 3


class QuestionForm(Form):
    """One question to a campaign."""

    text = Prose(_l("Your question"), least=10, most=600)


@bp.get("/campaigns")
@cached_for_visitors
def campaigns() -> str:
    """The campaigns that this viewer may know of: the open ones, and below or by themselves those that ended."""
    viewer = acting()
    ended, page = request.args.get("show") == "ended", addresses.page_number()
    sort = request.args.get("sort", "ending")
    sort = sort if sort in reading.SORTS else "ending"
    rows = reading.listed(viewer, "ended" if ended else "open", sort, page)
    over = [] if ended or page > 1 else reading.listed(viewer, "ended", most=ENDED_FIRST)
    return render_template(
        "crowdfund/campaigns.html",
        cards=[cards.drawn(row, place < EAGER) for place, row in enumerate(rows[: reading.PAGE])],
        more=_listing(ended, sort, page + 1) if len(rows) > reading.PAGE else None,
        over=[cards.drawn(row) for row in over[:ENDED_FIRST]],
        all_over=_listing(True) if len(over) > ENDED_FIRST else None,
        sorts=[(text, _listing(False, name), name == sort) for name, text in _sorts()],
        ended=ended,
        may=viewer.may(GATE),
    )


@bp.get("/campaigns/<slug:slug>")
@cached_for_visitors
def campaign(slug: str, form: QuestionForm | None = None) -> str:
    """A campaign's page for everybody who may know of it; `form` is a question that was refused."""
    viewer = acting()
    return page(viewer, reading.shown(viewer, slug), form=form)


def page(viewer: Viewer, campaign: Any, preview: bool = False, form: QuestionForm | None = None) -> str:
    """A campaign's page as this viewer sees it; as a preview in any state, before anybody else may see it."""
    row = reading.previewed(viewer, campaign.id) if preview else campaign
    phase = "open" if preview else reading.phase(row)
    ours = row.author_id == viewer.member_id or viewer.has("brand_admin", row.brand_id)
    said = voices.of(viewer, row.id)
    opens = phase == "open" and viewer.may(GATE) and not ours and not getattr(row, "own_number", None)
    asks = viewer.state == "active" and not ours and not preview and row.state in questions.OPEN
    return render_template(
        "crowdfund/campaign.html",
        campaign=row,
        preview=preview,
        phase=phase,
        ours=ours,
        opens=opens,
        missing=milestones.lacking(viewer.id, record(viewer)) if _locked(viewer, phase, ours) else None,
        picture=cards.picture(row),
        story=stories.told(row.story, said["pictures"]),
        tiers=[cards.tier(one, row.slug if opens else None, phase != "open") for one in reading.rewards_of(row.id)],
        **cards.standing(row, phase),
        tries=[row.decided_at + after for after in TRIES] if phase == "settling" else [],
        said=said,
        updates=[(told, cards.short_day(told.at)) for told in said["updates"]],
        backers=[cards.backer(who) for who in said["backers"]],
        author_picture=members.pictured(row),
        form=(form or QuestionForm()) if asks else None,
        tabs=_tabs(row),
        structured=stories.structured(row, phase, current_app.extensions["config"].site_url),
    )


@bp.get("/campaigns/<slug:slug>/texts")
@cached_for_visitors
def texts(slug: str) -> str:
    """What a campaign said before it was edited, a version at a time; the one before the present one first."""
    row = reading.shown(acting(), slug)
    versions = voices.texts(row.id)
    number = addresses.number("version", MOST_VERSIONS) or max(1, row.text_version - 1)
    said = voices.text_of(row.id, number)
    story = stories.told(said.story, pictures.of(row.id))
    return render_template("crowdfund/texts.html", campaign=row, said=said, story=story, versions=versions)


@bp.get("/campaigns/<slug:slug>/backers")
@login_required
def backers(slug: str) -> str:
    """Everybody who let the first name stand, a page at a time; for members."""
    viewer = acting()
    row = reading.shown(viewer, slug)
    if not viewer.is_member:
        raise NotFound
    rows = voices.backers(row.id, addresses.seen())
    older = address("crowdfund.backers", slug=slug, before=rows[-2].id) if len(rows) > voices.PAGE else None
    return render_template(
        "crowdfund/backers.html", campaign=row, backers=[cards.backer(who) for who in rows[: voices.PAGE]], older=older
    )


def acting() -> Viewer:
    """Who looks: somebody who is signed in, or a visitor."""
    return current_user if current_user.is_authenticated else VISITOR


def _locked(viewer: Viewer, phase: str, ours: bool) -> bool:
    return phase == "open" and viewer.state == "active" and not viewer.may(GATE) and not ours


def _listing(ended: bool, sort: str = "ending", page: int = 1) -> str:
    return address(
        "crowdfund.campaigns",
        show="ended" if ended else None,
        sort=sort if sort != "ending" and not ended else None,
        page=page if page > 1 else None,
    )


def _sorts() -> list[tuple[str, str]]:
    return [("ending", _("Ending soon")), ("new", _("Newest")), ("most", _("Most pledged"))]


def _tabs(row: Any) -> list[tuple[str, str, bool, int | None]]:
    return [
        (_("Story"), "#story", True, None),
        (_("Updates"), "#updates", False, row.updates_count),
        (_("Questions"), "#questions", False, row.questions_count),
        (_("Backers"), "#backers", False, row.backers_count),
    ]
