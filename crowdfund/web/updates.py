"""What a campaign tells: its updates in full, one with its former versions, and all of them as an Atom feed."""

from __future__ import annotations

from typing import Any

from flask import Response, render_template

from crowdfund import pictures
from crowdfund.campaigns import reading, voices
from crowdfund.web import bp, stories
from crowdfund.web.campaigns import acting
from kernel.web import addresses
from kernel.web.visitors import cached_for_visitors
from kernel.web.words import address

MOST, FEED = 5, 20


@bp.get("/campaigns/<slug:slug>/updates")
@cached_for_visitors
def updates(slug: str) -> str:
    """A campaign's updates in full, the newest first."""
    viewer = acting()
    row = reading.shown(viewer, slug)
    rows = voices.updates(row.id, addresses.seen(), MOST)
    older = address("crowdfund.updates", slug=slug, before=rows[-2].id) if len(rows) > MOST else None
    drawn = pictures.of(row.id)
    said = [(told, stories.told(told.body, drawn)) for told in rows[:MOST]]
    return render_template("crowdfund/updates.html", campaign=row, updates=said, older=older)


@bp.get("/campaigns/<slug:slug>/updates/<number:number>")
@cached_for_visitors
def update(slug: str, number: str) -> str:
    """One update as it reads now, and as it read before each edit."""
    viewer = acting()
    row = reading.shown(viewer, slug)
    told, versions = voices.update(row.id, number)
    drawn = pictures.of(row.id)
    former = [(old, stories.told(old.body, drawn)) for old in versions]
    said = stories.told(told.body, drawn)
    return render_template("crowdfund/update.html", campaign=row, update=told, said=said, former=former)


@bp.get("/campaigns/<slug:slug>/feed.atom")
@cached_for_visitors
def feed(slug: str) -> Any:
    """The newest updates as an Atom feed, for who may see the campaign's page; others get 404."""
    row = reading.shown(acting(), slug)
    rows = voices.updates(row.id, most=FEED)[:FEED]
    changed = max((told.edited_at or told.published_at for told in rows), default=row.launched_at)
    text = render_template("crowdfund/feed.xml", campaign=row, updates=rows, changed=changed)
    return Response(text, mimetype="application/atom+xml")
