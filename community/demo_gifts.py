"""The demo's red envelopes, one emptied and one open, and what is decided about points, texts and rules."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from functools import partial

from sqlalchemy import select

from community.demo_life import active
from community.earning import envelopes, penalties, points, rules, simulations
from community.earning.envelopes import GATE, Envelope
from community.joining.members import Member
from community.living import hidings, reactions
from community.living.comments import Comment
from community.living.posts import Post
from kernel import db
from kernel.demo import Stage
from kernel.house import Scene
from kernel.viewer import Viewer

DONE, OPEN = "demo-envelope-1", "demo-envelope-2"
NEIGHBOURS = 6  # so many of a cell come by while an envelope lasts
LAMPS = "Two lamps were sold as rewired at the fair of 3 October. Both buyers sent pictures of the old wires."
APART = ("ann", "ben")  # they have still to open the one that waits


def story(stage: Stage) -> Iterable[Scene]:
    """An envelope two weeks ago, one this morning, a week of likes to and fro, and two decisions of the steward."""
    first, last = stage.ends_at - timedelta(days=13), stage.ends_at - timedelta(hours=3)
    yield Scene(first, partial(_give, "sol", 48, 6, "The kiln roof is paid. Have a cup of something.", DONE))
    for turn in range(NEIGHBOURS):
        yield Scene(first + timedelta(minutes=17 * (turn + 1)), partial(_take, DONE, turn))
    yield Scene(last, partial(_give, "dee", 60, 5, "First firing of the winter came out whole.", OPEN))
    for turn in range(2):
        yield Scene(last + timedelta(minutes=25 * (turn + 1)), partial(_take, OPEN, turn))
    yield Scene(stage.ends_at - timedelta(days=6), _like_to_and_fro)
    yield Scene(stage.day(58), _mislead)
    yield Scene(stage.ends_at - timedelta(days=2), _hide)
    yield Scene(stage.ends_at - timedelta(days=1), _draft)


def _give(handle: str, amount: int, places: int, note: str, key: str) -> None:
    """Somebody gives to Ann's cell: who is named, or whoever of the cell has points enough."""
    ann = active("ann")
    if ann is None:
        return
    named = active(handle)
    at_hand = [named] if named is not None and named.cell_id == ann.cell_id else []
    givers = [*at_hand, *_neighbours(ann.cell_id)]
    giver = next((one for one in givers if one.may(GATE) and points.purse(one.id) >= amount), None)
    if giver is not None:
        envelopes.open(giver, "random", amount, places, note, key)


def _take(key: str, turn: int) -> None:
    """One of the cell takes a share, each turn another."""
    row = db.session.scalar(select(Envelope).where(Envelope.key == key))
    if row is None or row.state != "open":
        return
    near = [one for one in _neighbours(row.cell_id) if one.id != row.giver_id and one.may(GATE)]
    if turn < len(near):
        envelopes.take(near[turn], row.number)


def _like_to_and_fro() -> None:
    """Two of the last to come like whatever the other writes: more than counts, and the desk hears of it."""
    ann = active("ann")
    pair = [one for one in _neighbours(ann.cell_id if ann else None) if len(_written(one)) >= 3][-2:]
    for one, other in (pair, pair[::-1]) if len(pair) == 2 else ():
        for number in _written(other)[:3]:
            reactions.like(one, number)


def _mislead() -> None:
    """The steward takes points from Eve, a day before the operator suspends her."""
    sol = active("sol")
    eve = db.session.scalar(select(Member).where(Member.handle == "eve", Member.state == "active"))
    if sol is not None and eve is not None:
        penalties.impose(sol, eve, "misleading", 40, LAMPS, "demo-penalty-1")


def _hide() -> None:
    """The steward hides the newest comment of somebody else in his cell."""
    sol = active("sol")
    if sol is None:
        return
    others = select(Comment.id).join(Post, Post.id == Comment.post_id)
    others = others.where(Post.cell_id == sol.cell_id, Comment.author_id != sol.id)
    comment_id = db.session.scalar(others.order_by(Comment.id.desc()).limit(1))
    if comment_id is not None:
        hidings.hide_comment(sol, comment_id, "It names a buyer and their street. Write it again without, please.")


def _draft() -> None:
    """The operator writes a rule anew, and lets the last 90 days be counted under it before it holds."""
    ola = active("ola")
    if ola is not None and ola.has("operator"):
        why = "A week's reading takes longer than a talk: let it be worth nearly as much."
        draft_id = rules.propose(ola, "checkin", why, standing=15, spendable=15)
        simulations.ask(ola, "points", draft_id)


def _written(viewer: Viewer) -> list[str]:
    """The newest of what a member wrote."""
    return list(
        db.session.scalars(select(Post.number).where(Post.author_id == viewer.id).order_by(Post.id.desc()).limit(3))
    )


def _neighbours(cell_id: int | None) -> list[Viewer]:
    """Members of a cell in the order in which they came, without those who have still to open theirs."""
    here = (Member.cell_id == cell_id, Member.state == "active", Member.handle.not_in(APART))
    handles = list(db.session.scalars(select(Member.handle).where(*here).order_by(Member.id).limit(12)))
    return [one for one in map(active, handles) if one is not None]
