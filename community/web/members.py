"""Members: the small profile that members see of each other."""

from __future__ import annotations

from typing import Any

from flask import render_template
from flask_login import current_user
from sqlalchemy import select

from community.earning import badges, leaderboards, ranks
from community.joining import members
from community.joining.cells import Cell
from community.joining.members import Member
from community.joining.squads import Squad
from community.living import feeds, vouches
from community.web import bp
from community.web.posts import story_of
from community.web.sentences_earning import BADGES, RANKS
from kernel import db
from kernel.errors import NotFound
from kernel.ledger import Account


@bp.get("/members/<slug:handle>")
def member(handle: str) -> str:
    """Name, sign, cell, squad, since when and the newest posts; 404 for who may not know of members."""
    own = (Member.state, Member.joined_at, Member.cell_id, Member.squad_id, Member.unranked_at, Account.balance)
    who: Any = select(*members.PERSON, *own, Cell.name.label("cell"), Cell.slug, Squad.number.label("squad"))
    who = who.join(Cell, Cell.id == Member.cell_id).outerjoin(Account, leaderboards.OWN_ACCOUNT)
    row = db.session.execute(who.join(Squad, Squad.id == Member.squad_id).where(Member.handle == handle)).first()
    neighbour = row is not None and current_user.cell_id == row.cell_id
    if row is None or row.joined_at is None or not (current_user.is_member or neighbour):
        raise NotFound
    viewer = current_user._get_current_object()
    shown = row.unranked_at is None or row.id == viewer.member_id
    return render_template(
        "community/member.html",
        member=row,
        person=members.person(row, row.id),
        rank=RANKS.get(ranks.of(row.balance or 0)) if shown else None,
        badges=[BADGES[name] for name in badges.of(row.id)] if shown else [],
        vouched=(vouched := vouches.of(row.id)),
        vouches_for=any(by.id == viewer.member_id for by, _at in vouched),
        may_vouch=current_user.is_authenticated and vouches.may(viewer, row),
        stories=[story_of(post, viewer) for post in feeds.posts_by(viewer, row.id)],
    )
