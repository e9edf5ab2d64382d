"""Runs: asked for every hour or by a person, worked off in slices by the worker, one at a time (PAYMENTS)."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select, update

from kernel import clock, db, moves
from kernel.viewer import Viewer
from kernel.worker import Ticker
from payments import charges, operators, setups
from payments.reconciliation import judging
from payments.reconciliation.phases import ORDER, PAGE, PHASES, Seen
from payments.reconciliation.rows import MARGIN, Run

WHOLE = timedelta(days=30)  # for so long the provider keeps its events; once a day and whenever a person asks
HOURLY = timedelta(days=3)  # for so long it tries to deliver a notice
OVERLAP = timedelta(hours=1)
AGAIN = timedelta(minutes=1)  # until what the inbox was asked to look at is looked at once more
BY_HAND = ("person", "command")
SLICE_S = 15  # a lease lasts for a minute
OVERTAKEN = timedelta(seconds=10)  # until whoever was faster over a page has gone on, or died
UNHEARD = timedelta(minutes=10)  # after its last early look an open page waits for its end, or for us
COUNTS = (
    *("notices_count", "filled_count", "charges_count", "matched_count", "refunds_count", "disputes_count"),
    *("invoices_count", "transfers_count", "asked_count", "opened_count", "closed_count"),
)


def ask(cause: str, by: int | None = None, slot: str | None = None, again: Run | None = None) -> int | None:
    """Ask for a run in the caller's transaction: its id, or the open one's. None for an hour that had its own.

    `again` is the run whose questions to the inbox are answered by the time that the new one begins.
    """
    now = clock.now()
    whole = cause in BY_HAND or not _whole_since(now - timedelta(days=1))
    since = again.since if again else now - (WHOLE if whole else HOURLY)
    made = db.insert_once(
        Run,
        slot=slot,
        cause=cause,
        by_id=by,
        state="open",
        since=since,
        notices_since=_notices_since(now),
        phase=ORDER[0],
        after="",
        **dict.fromkeys(COUNTS, 0),
        sums={},
        worked_ms=0,
        asked_at=now,
        due_at=now + AGAIN if again else now,
        attempts=0,
    )
    if made is None:
        return db.session.scalar(select(Run.id).where(Run.state == "open"))
    moves.begun(Run, made, "open", by)
    return made


def ask_now(viewer: Viewer) -> None:
    """An operator asks for a run. Raises NotFound for anybody else."""
    operators.only(viewer)
    ask("person", viewer.id)


def proceed(run_id: int) -> datetime | None:
    """Work on an open run for some seconds; when to go on, None once it is done.

    Killed or overtaken it goes on after the last page that was kept: pages are counted once, whoever reads them.
    """
    started = time.monotonic()
    if get(run_id).after == "" and get(run_id).phase == ORDER[0]:
        _remind()
    while _page(run_id):
        if time.monotonic() - started >= SLICE_S:
            return clock.now()
    return clock.now() + OVERTAKEN if get(run_id).state == "open" else None


def hurry() -> bool:
    """Let the open run begin now; False when there is none that waits."""
    waits = update(Run).where(Run.state == "open", Run.due_at > clock.now(), Run.parked_at.is_(None))
    return db.changed(waits.values(due_at=clock.now()))


def latest(count: int = 20) -> list[Run]:
    """The newest runs."""
    return list(db.session.scalars(select(Run).order_by(Run.id.desc()).limit(count)))


def get(run_id: int) -> Run:
    """The run as it stands in the database now."""
    return db.session.get_one(Run, run_id, populate_existing=True)


def hourly() -> Ticker:
    """Asks for a run each hour that passes by itself; a clock that is held still, or moved, waits for no run."""
    asked: list[str] = []

    def tick(now: datetime) -> int:
        slot = f"{now:%Y-%m-%dT%H}"
        if clock.is_held() or asked == [slot]:
            return 0
        with db.work():
            ask("hour", slot=slot)
        asked[:] = [slot]
        return 0

    return Ticker("reconciliation", tick, lambda: None)


def _page(run_id: int) -> bool:
    """Match the next page of a run; False when it is over, or somebody else is at it."""
    run, started = get(run_id), time.monotonic()
    if run.state != "open":
        return False
    phase = PHASES[run.phase]
    page = phase.page(run)
    run = get(run_id)
    seen = phase.match(run, page)
    if not _kept(run, page, seen, started):
        return False
    for kind, object_id in seen.suspects:
        if counter := judging.judge(run_id, kind, object_id):
            db.changed(update(Run).where(Run.id == run_id).values({counter: getattr(Run, counter) + 1}))
    return get(run_id).phase != "" or _finished(run_id)


def _kept(run: Run, page: list[Any], seen: Seen, started: float) -> bool:
    """Write down what a page held and where the next begins, once; False when somebody else was faster."""
    ended = len(page) < PAGE
    place = ORDER.index(run.phase) + 1
    then = ORDER[place] if place < len(ORDER) else ""
    sums = {code: dict(held) for code, held in run.sums.items()}
    for code, held in seen.sums.items():
        mine = sums.setdefault(code, {})
        for name, minor in held.items():
            mine[name] = mine.get(name, 0) + minor
    counted = {name: getattr(Run, name) + seen.counts[name] for name in seen.counts}
    here = update(Run).where(Run.id == run.id, Run.state == "open", Run.phase == run.phase, Run.after == run.after)
    worked = Run.worked_ms + int((time.monotonic() - started) * 1000)
    at = {"phase": then if ended else run.phase, "after": "" if ended else str(page[-1].id)}
    return db.changed(here.values(**at, **counted, sums=sums, worked_ms=worked))


def _finished(run_id: int) -> bool:
    run = get(run_id)
    if moves.tried(Run, run_id, "finish", done_at=clock.now(), due_at=None) and run.asked_count:
        ask("again", again=run)
    return False


def _remind() -> None:
    """Let the worker look at every open page that has not been looked at for a while."""
    now = clock.now()
    for model in (charges.Charge, setups.Setup):
        quiet = (model.state == "open", model.session_id.is_not(None), model.parked_at.is_(None))
        later = (model.session_at < now - UNHEARD, or_(model.due_at.is_(None), model.due_at > now))
        db.changed(update(model).where(*quiet, *later).values(due_at=now))


def _whole_since(at: datetime) -> bool:
    rows = db.session.execute(select(Run.asked_at, Run.since).where(Run.asked_at > at))
    return any(row.asked_at - row.since > HOURLY for row in rows)


def _notices_since(now: datetime) -> datetime:
    """Where the last run that ended left the list of events, and a little earlier."""
    last = db.session.scalar(select(Run.asked_at).where(Run.state == "done").order_by(Run.id.desc()).limit(1))
    return max(now - WHOLE, last - MARGIN - OVERLAP) if last else now - WHOLE
