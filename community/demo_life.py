"""The living part of the demo's story: eight weeks of check-ins, talks, posts, comments and likes of the cast.

People join in the first fourteen days. Everybody is looked up when the scene plays: who is not active then, stays away.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from functools import partial
from random import Random

from sqlalchemy import select

from community import viewers
from community.demo_crowd import crowd
from community.demo_readings import READINGS
from community.demo_sayings import COMMENTS, POSTS, QUESTIONS
from community.joining.cells import Cell
from community.joining.members import Member
from community.living import attendances, checkins, comments, heart_talks, posts, reactions, weeks
from community.living.checkins import Source
from community.living.heart_talks import HeartTalk, Plan
from community.living.posts import Post
from kernel import clock, db
from kernel.demo import Stage
from kernel.house import Scene
from kernel.viewer import Viewer

CORE = ("ann", "dee", "bea", "sol", "ola")
SHORT = "ben"
TALK_DAYS = (16.0, 24.0, 38.0, 52.0, 66.0)
NEXT_TALK = 73.0
QUIET, KEEN_QUIET = 0.3, 0.1  # the share of weeks that an ordinary member, and a keen one, lets pass
KEEN = 46  # so many of those who came first take part from the beginning


def story(stage: Stage) -> Iterable[Scene]:
    """Every scene of the cast's life up to now."""
    from community.demo_people import PEOPLE

    handles = [*PEOPLE, *(person.handle for person in (crowd() if stage.large else ()))]
    dice = Random(9)  # noqa: S311  the same story each time
    every = [*_reading(stage, handles, dice), *_talking(stage, handles, dice), *_writing(stage, handles, dice)]
    return [scene for scene in every if scene.at < stage.ends_at]


def _reading(stage: Stage, handles: list[str], dice: Random) -> Iterator[Scene]:
    """Weekly check-ins; the core never misses one, ben writes once when he is new and once last week."""
    this = weeks.at(stage.ends_at, "UTC")
    bens = {this.plus(-1), this.plus(-4)}
    for turn, handle in enumerate(handles):
        for index in range(8, -1, -1):
            week = this.plus(-index)
            keen = handle in CORE
            quiet = KEEN_QUIET if turn < KEEN else QUIET
            if week not in bens if handle == SHORT else not keen and dice.random() < quiet:
                continue
            day = dice.choice((0, 1)) if keen else dice.randrange(1, 6)
            at = weeks.midnight(week.monday, "UTC") + timedelta(days=day, hours=7 + dice.random() * 13)
            if at >= stage.day(8):
                yield Scene(at, partial(_check_in, handle, (turn * 7 + 8 - index) % len(READINGS)))


def _check_in(handle: str, index: int) -> None:
    viewer = active(handle)
    kind, title, author, text = READINGS[index]
    if viewer is None or viewer.cell_id is None:
        return
    week = weeks.at(clock.now(), checkins.zone(viewer.cell_id))
    if week not in checkins.written(viewer.id):
        checkins.write(viewer, week, Source(kind, title, author), text, f"demo-{week.year}-{week.week}")


def _talking(stage: Stage, handles: list[str], dice: Random) -> Iterator[Scene]:
    """A talk a cell every two weeks, planned five days before; and one that is still to come."""
    for number, day in enumerate((*TALK_DAYS, NEXT_TALK)):
        for turn in range(3):
            start = stage.day(day) + timedelta(days=turn - 1, hours=11)
            key, question = f"demo-talk-{number}-{turn}", QUESTIONS[(number * 3 + turn) % len(QUESTIONS)]
            planned_at = min(start - timedelta(days=5), stage.ends_at - timedelta(hours=2))
            yield Scene(planned_at, partial(_plan, turn, question, start, key))
            if day != NEXT_TALK:
                guests = [handle for handle in handles if handle in (*CORE, SHORT) or dice.random() < 0.6]
                yield Scene(start, partial(_gather, turn, key, guests))
                yield Scene(start + timedelta(hours=1), partial(_close, key))


def _plan(turn: int, question: str, start: datetime, key: str) -> None:
    cell, leader = _cell(turn), _leader()
    if cell is not None and leader is not None:
        heart_talks.plan(leader, cell, Plan(question, "", start), key)


def _gather(turn: int, key: str, guests: list[str]) -> None:
    """The leader opens and reads the code out; those of the cell enter it."""
    leader, number, cell = _leader(), _number(key), _cell(turn)
    if leader is None or number is None:
        return
    code = heart_talks.open(leader, number)
    for viewer in filter(None, map(active, guests)):
        if viewer.cell_id == cell:
            attendances.enter(viewer, number, code.lower())


def _close(key: str) -> None:
    leader, number = _leader(), _number(key)
    if leader is not None and number is not None:
        heart_talks.close(leader, number)


def _writing(stage: Stage, handles: list[str], dice: Random) -> Iterator[Scene]:
    """Posts, then comments and likes on what was written in the days before."""
    last = (stage.ends_at - stage.first_day) / timedelta(days=1)
    for title, body in dice.sample(POSTS, len(POSTS)):
        yield Scene(
            _waking(stage, 12 + dice.random() * (last - 12.2), dice), partial(_post, dice.choice(handles), title, body)
        )
    lines = [line for _ in range(6) for line in dice.sample(COMMENTS, len(COMMENTS))]
    keen = [handle for handle in handles[:KEEN] if handle not in (*CORE, SHORT)]
    early = [*((*CORE, SHORT) * 7), *(keen * 6)]
    for index, line in enumerate(lines):
        # The core, ben and the keen answer early and often, the others all the time.
        handle = early[index] if index < len(early) else dice.choice(handles[:24] if dice.random() < 0.6 else handles)
        begin, span = (40, 7) if handle == SHORT else (17, 7 if handle in CORE else 16)
        day = begin + dice.random() * span if index < len(early) else 15 + dice.random() * (last - 15.1)
        yield Scene(_waking(stage, day, dice), partial(_answer, handle, line, dice.random(), index % 6 + 1))


def _waking(stage: Stage, day: float, dice: Random) -> datetime:
    """A time of that day at which people are awake."""
    return stage.day(int(day)) + timedelta(hours=dice.random() * 14)


def _post(handle: str, title: str, body: str) -> None:
    viewer = active(handle)
    if viewer is not None:
        written = posts.write(viewer, title, body, f"demo-{title or body}"[:40])
        if title and len(body) > 120:
            posts.publish(viewer, written.number, title.startswith(("What", "How", "Why")))


def _answer(handle: str, line: str, luck: float, likes: int) -> None:
    """Comment one of the newest posts of others in the own cell, and like what stands round it."""
    viewer = active(handle)
    if viewer is None:
        return
    recent = select(Post.number, Post.author_id).where(Post.cell_id == viewer.cell_id, Post.author_id != viewer.id)
    found = db.session.execute(recent.order_by(Post.id.desc()).limit(14)).all()
    if found:
        comments.write(viewer, found[int(luck * len(found))].number, line, f"demo-{line}"[:40])
    for row in found[:likes:2]:
        reactions.like(viewer, row.number)


def active(handle: str) -> Viewer | None:
    """The person of a handle as viewer, while a member and not suspended."""
    member_id = db.session.scalar(select(Member.id).where(Member.handle == handle, Member.state == "active"))
    return viewers.load(member_id) if member_id is not None else None


def _leader() -> Viewer | None:
    return active("sol")


def _cell(turn: int) -> int | None:
    """The cells in the order in which they were opened."""
    return db.session.scalar(select(Cell.id).order_by(Cell.id).offset(turn).limit(1))


def _number(key: str) -> str | None:
    return db.session.scalar(select(HeartTalk.number).where(HeartTalk.key == key))
