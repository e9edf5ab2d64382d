"""Losses: announced at the close of a week, two weeks ahead by mail; called off by a duty, or come about (RULES 4)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select

from community.earning import keeps, milestones
from community.earning.holdings import Loss, Reached
from community.earning.records import record_of
from community.joining.members import Member
from community.living.weeks import Week
from kernel import db, mail, moves


def weigh(reached_id: int, week: Week, at: datetime) -> None:
    """What the close of a week, at this instant, does to a held milestone: a loss is announced, called off, or comes.

    Called by one close of a week only; the guards here hold if two should ever meet.
    """
    row = db.session.execute(
        select(Reached.member_id, Reached.milestone, Reached.at, Reached.ended_at).where(Reached.id == reached_id)
    ).one()
    pending = _pending(reached_id)
    if row.at > at or row.ended_at is not None or (pending is not None and pending.announced_at >= at):
        return
    record = record_of(row.member_id, at)
    noticed = Week(pending.year, pending.week) if pending is not None else None
    rule = record.rule(row.milestone, at)
    verdict = keeps.verdict(record, rule, row.at, noticed, week)
    if verdict == keeps.ANNOUNCED:
        _announce(reached_id, row, week, at, keeps.close_of(week.plus(keeps.NOTICE_WEEKS), record.zone))
    elif pending is not None and verdict == keeps.SPARED:
        moves.tried(Loss, pending.id, "call_off", None, ended_at=at)
    elif pending is not None and verdict == keeps.FELL:
        _fall(reached_id, row, pending.id, at)


def pending_of(reached_ids: list[int]) -> dict[int, Any]:
    """(year, week, announced_at, falls_at) of the announced losses of these, by what would be lost."""
    rows = select(Loss.reached_id, Loss.year, Loss.week, Loss.announced_at, Loss.falls_at)
    found = db.session.execute(rows.where(Loss.reached_id.in_(reached_ids), Loss.state == "announced"))
    return {row.reached_id: row for row in found}


def _pending(reached_id: int) -> Any:
    columns = select(Loss.id, Loss.year, Loss.week, Loss.announced_at)
    return db.session.execute(columns.where(Loss.reached_id == reached_id, Loss.state == "announced")).first()


def _announce(reached_id: int, row: Any, week: Week, at: datetime, falls_at: datetime) -> None:
    values = {"reached_id": reached_id, "year": week.year, "week": week.week, "announced_at": at, "falls_at": falls_at}
    loss_id = db.insert_once(Loss, state="announced", **values)
    if loss_id is None:
        return
    moves.begun(Loss, loss_id, "announced")
    _tell(row, "milestone_losing", f"losing-{loss_id}", until=week.plus(keeps.NOTICE_WEEKS).last_day.isoformat())


def _fall(reached_id: int, row: Any, loss_id: int, at: datetime) -> None:
    if not moves.tried(Loss, loss_id, "fall", None, ended_at=at):
        return
    milestones.end(reached_id, at)
    _tell(row, "milestone_lost", f"lost-{loss_id}")
    # What was done after the close, while nobody had heard of the loss yet, may already gain it again.
    milestones.catch_up(row.member_id, at)


def _tell(row: Any, template: str, key: str, **values: str) -> None:
    to = db.session.execute(select(Member.email, Member.name).where(Member.id == row.member_id)).one()
    mail.queue(to.email, f"community/{template}", key=key, name=to.name, milestone=row.milestone, **values)
