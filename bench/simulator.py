"""How fast a simulation replays facts: 1,000,000 of them by a draft of points and by one of a milestone, read and all.

`python -m bench.simulator [facts]`; the goal is 20,000 facts a second, in memory that does not grow with them.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import insert, text

from bench.pages import MONDAY, settings
from community.earning import rules, simulations, trials
from community.earning.milestone_rules import EVER, Rule
from community.earning.trials import Trial
from community.joining.cells import Cell
from community.joining.members import Member
from community.living import weeks
from kernel import clock, db
from kernel.viewer import Viewer
from wsgi import create_app

FACTS, MEMBERS, BATCH = 1_000_000, 990, 20_000
GOAL = 20_000
INSERT = text(
    "INSERT INTO kernel_facts (name, version, member_id, fields, at) VALUES (:name, 1, :member_id, :fields, :at)"
)


def stage(folder: Path) -> Flask:
    """The product on an empty database of its own."""
    clock.freeze(MONDAY)
    return create_app(settings(folder))


def fill(count: int) -> None:
    """A community of 990 members in ten cells that lived through so many facts in 90 days; most of them are likes."""
    dice, since = Random(9), MONDAY - trials.BACK
    joined, zones = since - timedelta(days=60), ("UTC", "Europe/Berlin", "America/New_York", "Asia/Shanghai")
    with db.work():
        cells = [{"name": f"Cell {n}", "slug": f"cell-{n}", "about": "", "timezone": zones[n % 4]} for n in range(10)]
        same = {"opened_at": joined, "seats_taken": 99}
        db.session.execute(insert(Cell), [{**cell, **_least(Cell, same)} for cell in cells])
        people: list[dict[str, Any]] = []
        for n in range(1, MEMBERS + 1):
            mine = {"email": f"m{n}@bench.test", "name": f"Member {n}", "handle": f"m{n}", "state": "suspended"}
            mine |= {"password_hash": "", "timezone": zones[n % 4], "cell_id": n % 10 + 1}
            people.append({**mine, "created_at": joined, "joined_at": joined, "version": 0})
        db.session.execute(insert(Member), people)
    connection = db.sql.engine.raw_connection()
    rows, cursor = _facts(count, dice, zones), connection.cursor()
    cursor.execute("BEGIN")
    cursor.executemany(INSERT.text, rows)
    cursor.execute("COMMIT")
    connection.close()


def _least(model: Any, values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key in model.__table__.columns}


def _facts(count: int, dice: Random, zones: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    since, step = MONDAY - trials.BACK, trials.BACK / count
    for member_id in range(1, MEMBERS + 1):
        yield _row("covenant_accepted", member_id, since - timedelta(days=20), covenant_id=1)
        yield _row("introduced", member_id, since - timedelta(days=20), introduction_id=member_id)
    for number in range(count):
        at, one, chance = since + number * step, dice.randrange(1, MEMBERS + 1), dice.random()
        if chance < 0.6:
            to_id = dice.randrange(1, MEMBERS + 1)
            yield _row("liked", one, at, post_id=number, to_id=to_id)
            if chance < 0.01:
                yield _row("unliked", one, at + step / 2, post_id=number, to_id=to_id)
        elif chance < 0.85:
            fields = {"comment_id": number, "post_id": number, "to_id": dice.randrange(1, MEMBERS + 1)}
            yield _row("commented", one, at, **fields)
        elif chance < 0.95:
            week = weeks.at(at, zones[(one % 10) % 4])
            yield _row("checked_in", one, at, checkin_id=number, year=week.year, week=week.week)
        elif chance < 0.951:
            yield _row("talk_held", None, at, talk_id=number, cell_id=1)
        else:
            yield _row("talk_attended", one, at, talk_id=number)


def _row(name: str, member_id: int | None, at: Any, **fields: int) -> dict[str, Any]:
    said = at.replace(tzinfo=None).isoformat(" ", timespec="microseconds")
    return {"name": f"community.{name}", "member_id": member_id, "fields": json.dumps(fields), "at": said}


def run(name: str, trial: Trial, facts: int) -> float:
    """Run a trial to its end and print a row of the report; facts a second."""
    began, before = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started, done = time.perf_counter(), False
    while not done:
        with db.reading():
            done = next(trial, None) is None
            db.session.rollback()
    took, cpu = time.perf_counter() - started, time.process_time() - began
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    line = f"{name:<34}{facts:>11,}{facts / took:>12,.0f}/s{facts / cpu:>12,.0f}/s cpu{grown / 1024:>9.1f} MB more"
    print(line, flush=True)
    return facts / took


def main() -> None:
    """Print facts a second of both kinds of draft."""
    count = int(sys.argv[1].replace(",", "")) if len(sys.argv) > 1 else FACTS
    with tempfile.TemporaryDirectory() as folder:
        app = stage(Path(folder))
        with app.app_context():
            upgrade()
            fill(count)
            total = int(db.session.execute(text("SELECT count(*) FROM kernel_facts")).scalar_one())
            print(f"{'simulation of a draft':<34}{'facts':>11}{'':>13}(goal: {GOAL:,} a second)", flush=True)
            with db.work():
                boss = Viewer(1, "active", "Bench", "bench", "", roles=frozenset({("operator", None)}))
                draft_id = rules.propose(boss, "like", "To see how fast it is.", spendable=2)
            run("points: likes are worth 2", simulations.trial("points", draft_id, MONDAY, 100), total)
            gain = {"checkins": 4, "checkin_weeks": 4, "talks": 3, "talk_weeks": 6, "comments": 8, "people": 5}
            harder = Rule("engaged", 2, {"covenant": 1, "introduction": 1, **gain}, 6, EVER)
            run("milestone: Engaged is harder", trials.of_milestone(harder, MONDAY), total)
            db.session.remove()
            db.sql.engine.dispose()


if __name__ == "__main__":
    main()
