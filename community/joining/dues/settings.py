"""Whether dues are asked at all, since when, and until when those who are here may choose; every change is a row."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import CheckConstraint, select, update

from community.joining.dues.rows import Dues
from community.joining.members import Member
from kernel import audits, clock, db
from kernel.errors import Forbidden, Invalid
from kernel.viewer import Viewer

MOST_DAYS = 90
HERE = ("active", "suspended", "past_due")


class DuesSetting(db.Model):
    """What holds from an instant on; the newest row is the one in force."""

    __tablename__ = "community_dues_settings"
    __table_args__ = (
        CheckConstraint("trial_days BETWEEN 0 AND 90", name="trial_in_bounds"),
        CheckConstraint("choose_days BETWEEN 1 AND 90", name="choice_in_bounds"),
        CheckConstraint("asked = (since IS NOT NULL)", name="asked_since"),
    )

    id: db.Mapped[int] = db.pk()
    asked: db.Mapped[bool]
    since: db.Mapped[datetime | None]
    grace_until: db.Mapped[datetime | None]  # until when who was here before may choose
    trial_days: db.Mapped[int]
    choose_days: db.Mapped[int]  # how long a newcomer may choose
    by_id: db.Mapped[int] = db.ref("community_members.id", index=False)
    at: db.Mapped[datetime]


def current() -> DuesSetting | None:
    """The setting in force; None while dues were never asked."""
    return db.session.scalar(select(DuesSetting).order_by(DuesSetting.id.desc()).limit(1))


def are_asked() -> bool:
    """Whether anybody owes anything."""
    held = current()
    return held is not None and held.asked


def choosing(setting: DuesSetting) -> timedelta:
    """How long somebody may choose who becomes a member, or whose gift is ended."""
    return timedelta(days=setting.choose_days)


def change(viewer: Viewer, *, asked: bool, grace_until: datetime | None, trial_days: int, choose_days: int) -> None:
    """Ask for dues, stop asking, or move the times (RULES 14). Raises Forbidden, and Invalid for times out of bounds.

    Whoever is here when dues begin may choose until `grace_until`. The worker then weighs every member anew: where
    none are asked any more, what was paid is kept until its end and nothing is taken again.
    """
    if not viewer.has("operator"):
        raise Forbidden("kernel.forbidden")
    before, now = current(), clock.now()
    begins = asked and not (before and before.asked)
    if begins and (grace_until is None or grace_until <= now):
        raise Invalid("community.dues_grace_ahead", field="grace_until")
    if not (0 <= trial_days <= MOST_DAYS and 1 <= choose_days <= MOST_DAYS):
        raise Invalid("kernel.form", field="trial_days")
    since = now if begins else before.since if before and asked else None
    days = {"trial_days": trial_days, "choose_days": choose_days}
    db.session.add(DuesSetting(asked=asked, since=since, grace_until=grace_until, **days, by_id=viewer.id, at=now))
    db.session.flush()
    was = {"asked": before.asked, "trial_days": before.trial_days} if before else {"asked": False}
    audits.record(viewer.id, "dues.settings", "dues", "", **was)
    if asked:
        _enrol_all(grace_until)
    db.changed(update(Dues).values(due_at=now, parked_at=None))


def enrol(member_id: int) -> None:
    """Let somebody who becomes a member choose within the days of the setting; nothing where no dues are asked."""
    held, now = current(), clock.now()
    if held is None or not held.asked:
        return
    until = now + choosing(held)
    values = {"grace_until": until, "paid_through": until, "due_at": until}
    if db.insert_once(Dues, id=member_id, state="none", attempts=0, created_at=now, **values) is None:
        again = update(Dues).where(Dues.id == member_id)
        db.changed(again.values(grace_until=until, due_at=now, parked_at=None))


def _enrol_all(grace_until: datetime | None) -> None:
    """A row for every member who has none yet, and the same grace for all who never chose."""
    now = clock.now()
    here = select(Member.id).where(Member.state.in_(HERE), Member.id.not_in(select(Dues.id)))
    values = {"state": "none", "grace_until": grace_until, "paid_through": grace_until, "due_at": grace_until}
    rows = [{"id": member_id} for member_id in db.session.scalars(here)]
    db.insert_each_once(Dues, rows, **values, attempts=0, created_at=now)
    if grace_until is not None:
        early = update(Dues).where(Dues.grace_until.is_(None) | (Dues.grace_until < grace_until))
        db.changed(early.values(grace_until=grace_until))
