"""Records: what the rules read of one member, in one query that stays small however long the member has lived here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import JSON, BigInteger, Select, and_, bindparam, cast, literal, null, select, union_all

from community.earning import histories, pauses
from community.earning.gates import Hand
from community.earning.histories import GIVING, READ_COMMENTS, READ_NEWEST, READ_TALKS
from community.earning.milestone_rules import FIRST, MilestoneRule, of_shape
from community.earning.standings import DUTIES, TALKS_BACK, Happened, Held, Record
from community.joining.cells import Cell
from community.joining.dues import Dues
from community.joining.members import Member
from kernel import db
from kernel.facts import Fact
from kernel.moves import Move

HEARD = (*GIVING, "community.vouch_withdrawn", "community.answer_accepted")
TALKED = ("community.talk_held", "community.talk_voided")
WHO = bindparam("who_reads", type_=db.Id)
UNTIL, SINCE = (bindparam(name, type_=db.UtcDateTime()) for name in ("until", "since"))
MINE = and_(Fact.member_id == WHO, Fact.at <= UNTIL)
MEMBERS, DUES = Member.__tablename__, Dues.__tablename__  # a member's dues have the member's id
FEW = tuple(name for name in HEARD if name not in (*DUTIES, "community.commented"))


def record_of(member_id: int, at: datetime) -> Record:
    """A member's record up to an instant, in one query: of each kind of fact those that can decide anything."""
    record = _read(_lately(), member_id, at)
    said = [fact for fact in record.facts if fact.name == "community.commented"]
    if len(said) < READ_COMMENTS or histories.enough(said, record, at):
        return record
    # Fifty comments to one or two people: only such a member's facts are all read.
    return replace(whole(member_id, at, record.held), held=record.held)


def whole(member_id: int, at: datetime, talks: Sequence[Held]) -> Record:
    """A member's record with every fact up to an instant: what `flask verify` recomputes from."""
    return replace(_read(_every(), member_id, at), held=talks)


def talks_of_all(at: datetime) -> list[Held]:
    """Every talk that was held or declared void up to an instant."""
    rows = db.session.execute(_facts().where(Fact.name.in_(TALKED), Fact.at <= at)).all()
    return _held([Happened(row.name, row.who, row.at, row.fields) for row in rows])


@lru_cache(maxsize=1)
def _lately() -> Any:
    """Built once a process: it stands in front of every page of who is not Engaged yet."""
    newest = [_some(and_(MINE, Fact.name == name), READ_NEWEST, True) for name in DUTIES]
    comments = _some(and_(MINE, Fact.name == "community.commented"), READ_COMMENTS, False)
    lately = and_(Fact.at > SINCE, Fact.at <= UNTIL)
    held = _some(and_(Fact.name == "community.talk_held", lately), READ_TALKS, True)
    void = _facts().where(Fact.name == "community.talk_voided", lately)
    return union_all(_facts().where(MINE, Fact.name.in_(FEW)), *newest, comments, held, void, *_beside())


@lru_cache(maxsize=1)
def _every() -> Any:
    return union_all(_facts().where(MINE, Fact.name.in_(HEARD)), *_beside())


def _facts() -> Select[Any]:
    kind = literal("fact").label("kind")
    return select(kind, Fact.id.label("id"), Fact.name, Fact.member_id.label("who"), Fact.at, Fact.fields)


def _some(where: Any, most: int, newest: bool) -> Select[Any]:
    """So many facts from one end; a branch of a UNION may hold a LIMIT only inside a query of its own."""
    order = (Fact.at.desc(), Fact.id.desc()) if newest else (Fact.at, Fact.id)
    inner = _facts().where(where).order_by(*order).limit(most).subquery()
    return select(*inner.c)


def _beside() -> list[Select[Any]]:
    """Pauses, rules, what was locked by hand and the zone, in the same columns as the facts."""
    nothing, number = cast(null(), JSON).label("fields"), cast(null(), BigInteger).label("who")

    def rows(kind: str, table: Any, name: Any, at: Any, who: Any = number, fields: Any = nothing) -> Select[Any]:
        columns = (name.label("name"), who.label("who"), at.label("at"), fields.label("fields"))
        return select(literal(kind).label("kind"), table.id, *columns)

    moved = rows("move", Move, Move.table_name + ">" + Move.from_state + ">" + Move.to_state, Move.at)
    hand = rows("hand", Hand, Hand.milestone + ">" + Hand.kind, Hand.at)
    rule = MilestoneRule
    return [
        moved.where(Move.table_name.in_((MEMBERS, DUES)), Move.row_id == WHO, Move.at <= UNTIL),
        hand.where(Hand.member_id == WHO, Hand.ended_at.is_(None)),
        rows("rule", rule, rule.milestone, rule.holds_from, rule.version, rule.shape),
        rows("zone", Cell, Cell.timezone, Cell.opened_at)
        .join(Member, Member.cell_id == Cell.id)
        .where(Member.id == WHO),
    ]


def _read(statement: Any, member_id: int, at: datetime) -> Record:
    rows = db.session.execute(statement, {"who_reads": member_id, "until": at, "since": at - TALKS_BACK}).all()
    rows = sorted(rows, key=lambda row: (row.at, row.id))
    facts = [Happened(row.name, row.who, row.at, row.fields) for row in rows if row.kind == "fact"]
    steps = [(*row.name.split(">"), row.at) for row in rows if row.kind == "move"]
    rests = pauses.of_moves(step[1:] for step in steps if step[0] == MEMBERS)
    rests += pauses.of_dues(step[1:] for step in steps if step[0] == DUES)
    rules = [of_shape(row.name, row.who, row.fields, row.at) for row in rows if row.kind == "rule"]
    return Record(
        facts=[fact for fact in facts if fact.name not in TALKED],
        held=_held(facts),
        zone=next((row.name for row in rows if row.kind == "zone"), "UTC"),
        pauses=pauses.joined(rests),
        versions=(*FIRST, *rules),
        hands=dict(row.name.split(">") for row in rows if row.kind == "hand"),
    )


def _held(facts: Sequence[Happened]) -> list[Held]:
    """The talks that were held, with when they were declared void; a void one may have been held before the window."""
    voids = {f.fields["talk_id"]: f.at for f in facts if f.name == "community.talk_voided"}
    held = {f.fields["talk_id"]: f.at for f in facts if f.name == "community.talk_held"}
    return [Held(talk, held.get(talk, voids.get(talk)), voids.get(talk)) for talk in {**held, **voids}]  # type: ignore[arg-type]
