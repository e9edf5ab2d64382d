"""Red envelopes: a member gives points to the own cell, in equal or random shares, one a person, for a day (RULES 5).

The giver's points are held while an envelope is open; a share moves from there to its taker as a lot of the same
issuer that lapses when it would have lapsed. What is left returns to the giver's lots.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, func, select, update

from community.earning import allocations, draws, lots, milestones, points
from community.earning.issuers import UNIT
from kernel import clock, db, facts, ledger, moves, texts
from kernel.due import Due
from kernel.errors import Forbidden, Invalid, NotCovered, NotFound, SoldOut, TooMany
from kernel.ledger import Leg
from kernel.moves import Moves
from kernel.viewer import Viewer

GATE = "community.envelope"
MOST_POINTS, MOST_A_DAY = 200, 3
LEAST_PLACES, MOST_PLACES = 2, 98  # a cell without the giver
NOTE_MOST = 140
LASTS, BEFORE_THEY_LAPSE = timedelta(hours=24), timedelta(minutes=1)
POT = "envelopes"
facts.declare("community.envelope_opened", 1, envelope_id=int, cell_id=int, points=int)
facts.declare("community.envelope_taken", 1, envelope_id=int, giver_id=int, points=int)


class Envelope(Due, db.Model):
    """Points for a cell; `shares` were drawn from `seed` when it was opened, whose hash everybody saw since."""

    __tablename__ = "community_envelopes"
    __table_args__ = (
        db.state("open", "ended"),
        UniqueConstraint("giver_id", "key", name="uq_community_envelopes_opened_once"),
        UniqueConstraint("giver_id", "given_on", "slot", name="uq_community_envelopes_three_a_day"),
        CheckConstraint(f"slot BETWEEN 1 AND {MOST_A_DAY}", name="slot_of_the_day"),
        CheckConstraint("kind IN ('equal', 'random')", name="kind_known"),
        CheckConstraint(f"points BETWEEN {LEAST_PLACES} AND {MOST_POINTS}", name="up_to_two_hundred"),
        CheckConstraint(f"places BETWEEN {LEAST_PLACES} AND {MOST_PLACES} AND places <= points", name="shared"),
        CheckConstraint("taken_count BETWEEN 0 AND places", name="taken_at_most_once_each"),
        CheckConstraint("(ended_at IS NULL) = (state = 'open')", name="ended_with_a_time"),
        Due.index("community_envelopes"),
        Index("ix_community_envelopes_of_a_cell", "cell_id", "id"),
    )

    id: db.Mapped[int] = db.pk()
    number: db.Mapped[str] = db.text(8, unique=True)
    giver_id: db.Mapped[int] = db.ref("community_members.id", index=False)
    cell_id: db.Mapped[int] = db.ref("community_cells.id", index=False)
    kind: db.Mapped[str] = db.text(10)
    points: db.Mapped[int]
    places: db.Mapped[int]
    shares: db.Mapped[list[Any]]
    seed: db.Mapped[str] = db.text(64)
    seed_hash: db.Mapped[str] = db.text(64)
    note: db.Mapped[str | None] = db.text(NOTE_MOST)
    state: db.Mapped[str] = db.text(10)
    taken_count: db.Mapped[int] = db.mapped_column(default=0)
    slot: db.Mapped[int]
    given_on: db.Mapped[date]
    key: db.Mapped[str] = db.text(40)
    opened_at: db.Mapped[datetime]
    ends_at: db.Mapped[datetime]
    ended_at: db.Mapped[datetime | None]


class EnvelopeShare(db.Model):
    """That a member took a share, the one of this place; at most one a person and one a place."""

    __tablename__ = "community_envelope_shares"
    __table_args__ = (
        UniqueConstraint("envelope_id", "member_id", name="uq_community_envelope_shares_one_a_person"),
        UniqueConstraint("envelope_id", "place", name="uq_community_envelope_shares_one_a_place"),
        CheckConstraint("points > 0", name="holds_something"),
    )

    id: db.Mapped[int] = db.pk()
    envelope_id: db.Mapped[int] = db.ref("community_envelopes.id", index=False)
    place: db.Mapped[int]
    member_id: db.Mapped[int] = db.ref("community_members.id")
    points: db.Mapped[int]
    at: db.Mapped[datetime]


MOVES: Moves = moves.declare(Envelope, {"end": (("open",), "ended")}, born="open")


def open(viewer: Viewer, kind: str, amount: int, places: int, note: str, key: str) -> str:
    """Set points aside in an envelope for the own cell; its number, the first one's for a repeated key.

    Raises Locked, Invalid, TooMany for the fourth of a day in the giver's zone, NotCovered, and Conflict in debt.
    """
    milestones.require(viewer, GATE)
    if viewer.cell_id is None:
        raise NotFound
    _assert_sound(kind, amount, places, note)
    have = points.lock(viewer.id)  # from here on one envelope of a giver is opened after the other
    again = db.session.scalar(select(Envelope.number).where(Envelope.giver_id == viewer.id, Envelope.key == key))
    if again is not None:
        return again
    if have < amount:
        raise NotCovered("community.envelope_purse", field="amount", have=have)
    today = clock.today(viewer.timezone)
    mine = (Envelope.giver_id == viewer.id, Envelope.given_on == today)
    given = db.session.scalar(select(func.count()).select_from(Envelope).where(*mine)) or 0
    if given >= MOST_A_DAY:
        raise TooMany("community.envelopes_of_a_day", most=MOST_A_DAY)
    return _open(viewer, kind, amount, places, note, key, given + 1, today)


def take(viewer: Viewer, number: str) -> int:
    """Take one share of an envelope of the own cell; its points. Whoever took one before hears of the same again.

    Raises NotFound, Locked, Forbidden for one's own and for another cell's, SoldOut when the last one is gone or the
    day is over.
    """
    row = by_number(viewer, number)
    assert_may_take(viewer, row)
    before = share_of(row.id, viewer.id)
    if before is not None:
        return before
    free = update(Envelope).where(Envelope.id == row.id, Envelope.state == "open", Envelope.ends_at > clock.now())
    if not db.changed(free.where(Envelope.taken_count < Envelope.places).values(taken_count=Envelope.taken_count + 1)):
        if (mine := share_of(row.id, viewer.id)) is not None:  # the last one went to one's own first click
            return mine
        raise SoldOut("community.envelope_empty")
    count = db.session.scalars(select(Envelope.taken_count).where(Envelope.id == row.id)).one()
    share = int(row.shares[count - 1])
    said = {"envelope_id": row.id, "place": count - 1, "member_id": viewer.id, "points": share}
    if db.insert_once(EnvelopeShare, **said, at=clock.now()) is None:  # a second click at the same moment
        one_less = update(Envelope).where(Envelope.id == row.id)
        db.changed(one_less.values(taken_count=Envelope.taken_count - 1))
        return share_of(row.id, viewer.id) or 0
    _hand_over(row, viewer.id, share, count - 1)
    facts.record("community.envelope_taken", viewer.id, envelope_id=row.id, giver_id=row.giver_id, points=share)
    if count == row.places:
        end(row.id)
    return share


def end(envelope_id: int) -> None:
    """End an envelope, as the worker does after its day: what nobody took returns to the giver's lots."""
    if not moves.tried(Envelope, envelope_id, "end", ended_at=clock.now(), due_at=None):
        return
    giver_id = db.session.scalars(select(Envelope.giver_id).where(Envelope.id == envelope_id)).one()
    points.lock(giver_id)
    subject = f"envelope:{envelope_id}"
    rest = allocations.held(giver_id, subject)
    if rest:
        points.release(giver_id, rest, f"envelope-{envelope_id}-rest", subject, POT)


def by_number(viewer: Viewer, number: str) -> Envelope:
    """An envelope that a member may know of. Raises NotFound."""
    found = select(Envelope).where(Envelope.number == number).execution_options(populate_existing=True)
    row = db.session.scalar(found) if viewer.is_member else None
    if row is None:
        raise NotFound
    return row


def assert_may_take(viewer: Viewer, row: Envelope) -> None:
    """Raise Locked before Settled, Forbidden for one's own envelope, another cell's, or while suspended."""
    if viewer.id == row.giver_id:
        raise Forbidden("community.envelope_own")
    if viewer.cell_id != row.cell_id:
        raise Forbidden("community.envelope_other_cell")
    milestones.require(viewer, GATE)


def share_of(envelope_id: int, member_id: int) -> int | None:
    """What a member took of an envelope."""
    mine = (EnvelopeShare.envelope_id == envelope_id, EnvelopeShare.member_id == member_id)
    return db.session.scalar(select(EnvelopeShare.points).where(*mine))


def _open(viewer: Viewer, kind: str, amount: int, places: int, note: str, key: str, slot: int, today: date) -> str:
    seed, now, number = draws.seed(), clock.now(), texts.number()
    drawn = {"seed": seed, "seed_hash": draws.hash_of(seed), "shares": draws.shares(kind, amount, places, seed)}
    said = {"kind": kind, "points": amount, "places": places, "note": note.strip() or None, "key": key}
    row = Envelope(
        number=number, giver_id=viewer.id, cell_id=viewer.cell_id, state="open", taken_count=0, slot=slot,
        given_on=today, opened_at=now, ends_at=now + LASTS, due_at=now + LASTS, **drawn, **said,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    subject = f"envelope:{row.id}"
    points.hold(viewer.id, amount, f"envelope-{row.id}", subject, POT)
    # Nothing that is passed on lives longer for it: an envelope ends before the first of its points would lapse.
    lapses = min(part.expires_at for part in allocations.of(viewer.id, subject)) - BEFORE_THEY_LAPSE
    if lapses < row.ends_at:
        row.ends_at = row.due_at = max(lapses, now + BEFORE_THEY_LAPSE)
        db.session.flush()
    facts.record("community.envelope_opened", viewer.id, envelope_id=row.id, cell_id=row.cell_id, points=amount)
    return number


def _hand_over(row: Envelope, taker_id: int, share: int, place: int) -> None:
    """Move a share from what the giver holds into the taker's purse, an entry and a lot for each issuer and end."""
    for member_id in sorted((row.giver_id, taker_id)):
        points.lock(member_id)
    subject, left = f"envelope:{row.id}", share
    parts: dict[tuple[str, datetime], int] = {}
    for part in allocations.of(row.giver_id, subject):
        used = min(left, part.left)
        if used:
            parts[part.issuer, part.expires_at] = parts.get((part.issuer, part.expires_at), 0) + used
            left -= used
    allocations.capture(row.giver_id, subject, share)
    for (issuer, expires_at), amount in parts.items():
        key = f"envelope-{row.id}-{place}-{issuer}-{expires_at:%Y%m%d%H%M%S}"
        legs = [
            Leg(f"member:{row.giver_id}", POT, UNIT, -amount, floor=True),
            Leg(f"member:{taker_id}", "purse", UNIT, amount, floor=True),
        ]
        ledger.post(legs, "points.envelope", key, subject)
        lots.put(taker_id, amount, key, issuer, expires_at=expires_at)
    points.repay(taker_id)


def _assert_sound(kind: str, amount: int, places: int, note: str) -> None:
    if kind not in draws.KINDS:
        raise Invalid("community.envelope_kind", field="kind")
    for field, value, least, most in (
        ("amount", amount, LEAST_PLACES, MOST_POINTS),
        ("places", places, LEAST_PLACES, min(MOST_PLACES, amount)),
    ):
        if not least <= value <= most:
            raise Invalid("community.rule_bounds", field=field, least=least, most=most)
    if kind == "equal" and amount % places:
        raise Invalid("community.envelope_uneven", field="amount", less=amount - amount % places, places=places)
    if len(note.strip()) > NOTE_MOST:
        raise Invalid("kernel.form", field="note")
