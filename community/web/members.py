"""Members: the small profile that members see of each other."""

from __future__ import annotations

from flask import render_template
from flask_login import current_user
from sqlalchemy import select

from community.joining import members
from community.joining.cells import Cell
from community.joining.members import Member
from community.joining.squads import Squad
from community.living import feeds
from community.web import bp
from community.web.posts import story_of
from kernel import db
from kernel.errors import NotFound


@bp.get("/members/<slug:handle>")
def member(handle: str) -> str:
    """Name, sign, cell, squad, since when and the newest posts; 404 for who may not know of members."""
    who = select(*members.PERSON, Member.state, Member.joined_at, Member.cell_id, Cell.name.label("cell"), Cell.slug)
    who = who.add_columns(Squad.number.label("squad")).join(Cell, Cell.id == Member.cell_id)
    row = db.session.execute(who.join(Squad, Squad.id == Member.squad_id).where(Member.handle == handle)).first()
    neighbour = row is not None and current_user.cell_id == row.cell_id
    if row is None or row.joined_at is None or not (current_user.is_member or neighbour):
        raise NotFound
    viewer = current_user._get_current_object()
    return render_template(
        "community/member.html",
        member=row,
        person=members.person(row, row.id),
        stories=[story_of(post, viewer) for post in feeds.posts_by(viewer, row.id)],
    )
