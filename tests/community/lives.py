"""Lives: a member's facts, pauses and closes at any pace, told to the product as its verbs and its worker would."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from sqlalchemy import select

from community.earning import closes, milestone_rules, milestones
from community.earning.closes import Close
from community.earning.milestone_rules import Rule
from community.joining.members import Member
from community.living import weeks
from kernel import clock, db, facts, moves
from tests import builders

FACTS = {"checked_in": ("checkin_id", "year", "week"), "talk_attended": ("talk_id",), "commented": ("to_id",)}


def hear(name: str, member_id: int | None, at: datetime, **fields: int) -> None:
    """A fact happens and is heard."""
    with clock.frozen(at), builders.work():
        fact = facts.record(f"community.{name}", member_id, **fields)
        db.session.query(facts.Delivery).filter_by(fact_id=fact.id).delete()
        if fact.name in milestones.HEARD:
            milestones.hear(fact)


def told(name: str, member_id: int | None, **fields: int) -> None:
    """A fact happens now, and whoever hears it will."""
    with builders.work():
        facts.record(name if "." in name else f"community.{name}", member_id, **fields)


def check_in(member_id: int, at: datetime, zone: str) -> None:
    week = weeks.at(at, zone)
    hear("checked_in", member_id, at, checkin_id=0, year=week.year, week=week.week)


def rest(member_id: int, start: datetime, end: datetime | None) -> None:
    """A membership rests for a while."""
    for verb, at in (("suspend", start), ("reinstate", end)):
        if at is not None:
            with clock.frozen(at), builders.work():
                moves.move(Member, member_id, verb)


def close_weeks(cell_id: int, until: datetime) -> None:
    """Every close that is due up to an instant is held, one after the other."""
    while True:
        db.session.rollback()
        due = select(Close.id, Close.due_at).where(Close.cell_id == cell_id, Close.state == "waiting")
        close_id, due_at = db.session.execute(due).one()
        if due_at is None or due_at > until:
            return
        with clock.frozen(due_at), builders.work():
            closes.hold(close_id)


def announce(gain: dict[str, int], keep_weeks: int | None, at: datetime, milestone: str = "engaged") -> None:
    """A version of a rule that holds from an instant, announced in time."""
    with clock.frozen(at - timedelta(days=20)), builders.work():
        rule = Rule(milestone, 0, gain, keep_weeks, at)
        milestone_rules.announce(builders.viewer(builders.operator()), rule, "To see what it does.")


def live(member_id: int, cell_id: int, zone: str, start: datetime, length: int, dice: Random) -> None:
    """So many weeks with busy and idle stretches, talks that others hold or that fall void, and rests now and then."""
    busy, talk_id, resting, spell = True, 0, False, 5
    for index in range(length):
        monday, spell = start + timedelta(weeks=index), spell - 1
        if spell < 0:
            busy = not busy
            spell = 4 if busy else dice.choice((2, 3, 4, 8))
        for day in sorted(dice.uniform(0, 7) for _ in range(4 if busy else 1)):
            at, act = monday + timedelta(days=day), dice.random()
            close_weeks(cell_id, at)
            if act < 0.03 or resting:
                verb = "reinstate" if resting else "suspend"
                with clock.frozen(at), builders.work():
                    moves.move(Member, member_id, verb)
                resting = not resting
            elif act < 0.2:
                talk_id += 1
                hear("talk_held", None, at, talk_id=talk_id, cell_id=cell_id)
                if busy:
                    hear("talk_attended", member_id, at, talk_id=talk_id)
                if dice.random() < 0.2:
                    hear("talk_voided", None, at + timedelta(hours=1), talk_id=talk_id)
            elif busy:
                check_in(member_id, at, zone)
                hear("commented", member_id, at, comment_id=0, post_id=0, to_id=member_id + dice.randrange(4))
    close_weeks(cell_id, start + timedelta(weeks=length))
