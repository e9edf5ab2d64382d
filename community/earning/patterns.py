"""Patterns: who likes in a circle, or in bursts; pairs are found by the caps, which they break (RULES 5: Caps).

They are looked for when likes are settled, three days after and before their points are paid: by then all likes of a
circle stand, and whoever of it comes last finds it closed. Weeks are those of UTC: a circle has many zones.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import func, select

from community.earning import signals
from community.earning.caps import monday_of
from community.earning.grants import STANDING, Grant
from kernel import db

RING_EACH, RING_MOST = 3, 6  # each likes the next as often in a week as counts of one giver
BURST_LIKES, BURST_SPAN = 12, timedelta(minutes=10)
WEEK = timedelta(days=7)


def look(member_id: int, rows: Sequence[Grant]) -> None:
    """Look at those who gave what is being settled for a member."""
    likes = [row for row in rows if row.giver_id is not None and row.purpose == STANDING]
    if not likes:
        return
    _bursts(likes)
    weeks = {_monday(row.created_at): row.object for row in likes}
    for monday, thing in sorted(weeks.items()):
        ring = _ring(member_id, monday)
        if ring:
            signals.raise_once("ring", ring, monday, thing)


def _bursts(likes: Sequence[Grant]) -> None:
    """Raise a signal about each giver of a dozen likes within ten minutes round one of these."""
    first, last = min(row.created_at for row in likes), max(row.created_at for row in likes)
    near = Grant.created_at.between(first - BURST_SPAN, last + BURST_SPAN)
    given = select(Grant.giver_id, Grant.created_at).where(
        Grant.giver_id.in_({row.giver_id for row in likes}), Grant.purpose == STANDING, near
    )
    times: dict[int, list[datetime]] = {}
    for giver_id, at in db.session.execute(given.order_by(Grant.created_at)):
        times.setdefault(int(giver_id or 0), []).append(at)
    for row in likes:
        mine = times.get(row.giver_id or 0, [])
        spans = zip(mine, mine[BURST_LIKES - 1 :], strict=False)
        if any(last - first <= BURST_SPAN and first <= row.created_at <= last for first, last in spans):
            signals.raise_once("burst", [row.giver_id or 0], _monday(row.created_at), row.object)


def _ring(member_id: int, monday: date) -> list[int]:
    """The members of the shortest circle of three to six who like each other through this member; empty when none."""
    paths, seen = [[member_id]], {member_id}
    for length in range(1, RING_MOST + 1):
        given = _given([path[-1] for path in paths], monday)
        paths = [[*path, other] for path in paths for other in given.get(path[-1], ())]
        closed = [path for path in paths if path[-1] == member_id and length >= 3]
        if closed:
            return closed[0][:-1]
        # Who was reached by a shorter way is not gone through again: the search stays as small as the cell.
        paths = list({path[-1]: path for path in paths if path[-1] not in seen}.values())
        seen.update(path[-1] for path in paths)
    return []


def _given(givers: Sequence[int], monday: date) -> dict[int, list[int]]:
    """To whom these members gave often in a week."""
    start = datetime.combine(monday, time(), tzinfo=UTC)
    span = (Grant.created_at >= start, Grant.created_at < start + WEEK)
    often = select(Grant.giver_id, Grant.recipient_id).where(Grant.giver_id.in_(givers), Grant.purpose == STANDING)
    often = often.where(Grant.state != "void", *span).group_by(Grant.giver_id, Grant.recipient_id)
    found: dict[int, list[int]] = {}
    if givers:
        for giver_id, other in db.session.execute(often.having(func.count() >= RING_EACH).order_by(Grant.recipient_id)):
            found.setdefault(int(giver_id or 0), []).append(other)
    return found


def _monday(at: datetime) -> date:
    return monday_of(at.astimezone(UTC).date())
