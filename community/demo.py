"""The demo's story of joining: who came when, who decided, who was suspended; all by the product's own verbs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import lru_cache, partial

from sqlalchemy import func, select

from community import viewers
from community.demo_crowd import crowd
from community.demo_letters import answers, introduction
from community.demo_people import (
    ANN,
    BEA,
    BEN,
    BRANDS,
    CELLS,
    CHO,
    DEE,
    DUE,
    EVE,
    LEADS,
    OLA,
    OTHERS,
    PEOPLE,
    REFUSED,
    SOL,
    WAITING,
    Cast,
)
from community.joining import (
    accounts,
    applications,
    brands,
    cells,
    covenants,
    decisions,
    fees,
    introductions,
    members,
    memberships,
    passwords,
    portraits,
    proofs,
    roles,
)
from community.joining.cells import Cell
from community.joining.members import Member
from community.joining.proofs import Proof
from kernel import db
from kernel.demo import Stage, scenes
from kernel.house import Scene
from kernel.viewer import Viewer
from payments.demo import pay

PASSWORD = "ninefold-demo"  # noqa: S105 - the demo's people share it, and it is printed at start
SIGNS = len(portraits.SYMBOLS)
FACES = 36
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
WHY_EVE = "Three buyers wrote that lamps sold as rewired were not, and you did not answer us for two weeks."
NO = "Ninefold is for people who make or repair something themselves. A course on selling courses is not that."


def story(stage: Stage) -> Iterable[Scene]:
    """The people's part of the ten weeks."""
    return scenes(_founding(stage), _arrivals(stage), _latecomers(stage), _appointments(stage))


def _founding(stage: Stage) -> Iterable[Scene]:
    """The operator opens three cells, lets in the first steward, and is let in by him."""
    start = stage.first_day
    yield Scene(start, partial(_found, start))
    yield from _way(SOL, start + 5 * MINUTE, 0, by=OLA)
    yield Scene(start + 3 * HOUR, lambda: roles.appoint(viewer(OLA), who(SOL), "steward"))
    yield from _way(OLA, start + 4 * HOUR, 1, has_account=True)


def _arrivals(stage: Stage) -> Iterable[Scene]:
    """The leads on the first day, most others within two weeks, Ben five weeks ago."""
    for number, person in enumerate((ANN, DEE, BEA, EVE), start=2):
        yield from _way(person, stage.first_day + timedelta(hours=8, minutes=20 * number), number)
    for number, person in enumerate(OTHERS, start=6):
        days = 1 + (number - 6) * 0.22 if number < 60 else 16 + (number - 60) * 5
        yield from _way(person, stage.day(days), number)
    for number, person in enumerate(crowd() if stage.large else (), start=100):
        yield from _way(person, stage.day(2 + (number - 100) * 0.13), number)
    yield from _way(BEN, stage.ends_at - timedelta(weeks=5, hours=3), 70)


def _latecomers(stage: Stage) -> Iterable[Scene]:
    """Those who wait for an answer, for a fee, or were told no."""
    days = timedelta(days=1)
    yield Scene(stage.ends_at - 8 * days, partial(_apply, CHO, 71))
    yield Scene(stage.ends_at - 3 * days, partial(_apply, WAITING[0], 72))
    yield Scene(stage.ends_at - 5 * HOUR, partial(_apply, WAITING[1], 73))
    yield Scene(stage.ends_at - 6 * days, partial(_apply, DUE, 74))
    yield Scene(stage.ends_at - 2 * days, partial(_approve, DUE, SOL))
    yield Scene(stage.ends_at - 20 * days, partial(_apply, REFUSED, 75))
    yield Scene(stage.ends_at - 19 * days, lambda: decisions.reject(viewer(SOL), _application(REFUSED), NO))
    yield Scene(stage.day(59), lambda: memberships.suspend(viewer(OLA), who(EVE), WHY_EVE))


def _appointments(stage: Stage) -> Iterable[Scene]:
    """Brands with their admins on day eight, squad leaders after two weeks."""
    for number, (name, admin, plate, about) in enumerate(BRANDS.values()):
        yield Scene(stage.day(8) + number * MINUTE, partial(_brand, name, admin, plate, about))
    yield Scene(stage.day(15.2), _lead)


def _way(person: Cast, at: datetime, number: int, by: Cast = SOL, has_account: bool = False) -> Iterable[Scene]:
    """The five steps of one person, within a day and a half or, on the first day, two hours."""
    pace = MINUTE if at.day == (at - 2 * HOUR).day and number < 6 else HOUR / 2
    steps: list[Callable[[], None]] = [
        partial(_apply, person, number, has_account),
        partial(_approve, person, by),
        partial(_pay, person),
        lambda: covenants.accept(who(person), covenants.wording().content_hash, "en"),
        partial(_introduce, person, number),
    ]
    waits = (0, 21 + number % 9, 33 + number % 7, 42 + number % 5, 50 + number % 11)
    for wait, step in zip(waits, steps, strict=True):
        yield Scene(at + wait * pace, step)


def who(person: Cast) -> int:
    """The member's id."""
    return members.by_handle(person.handle).id


def viewer(person: Cast) -> Viewer:
    """The person as the one who acts."""
    found = viewers.load(who(person))
    assert found is not None
    return found


@lru_cache(maxsize=1)
def password_hash() -> str:
    """One hash for everybody: hashing sixty times would take two seconds."""
    return passwords.hashed(PASSWORD)


def enrol(person: Cast) -> int:
    """Make an account and confirm its e-mail by the link that was mailed."""
    member_id = accounts.enrol(person.name, person.email, password_hash(), f"demo-{person.handle}")
    assert member_id is not None
    newest = select(func.max(Proof.id)).where(Proof.member_id == member_id)
    return accounts.confirm(proofs.token(db.session.scalars(newest).one()))


def _found(start: datetime) -> None:
    roles.grant(None, enrol(OLA), "operator")
    for name, (zone, about) in CELLS.items():
        cells.open(viewer(OLA), name, zone, about)


def _apply(person: Cast, number: int, has_account: bool = False) -> None:
    member_id = who(person) if has_account else enrol(person)
    applications.begin(member_id)
    applications.submit(member_id, answers(person, number))


def _application(person: Cast) -> int:
    found = applications.newest(who(person))
    assert found is not None
    return found.id


def _approve(person: Cast, by: Cast) -> None:
    cell = db.session.scalars(select(Cell.id).where(Cell.name == person.cell)).one()
    decisions.approve(viewer(by), _application(person), cell)


def _pay(person: Cast) -> None:
    pay(fees.knock(who(person)))


def _introduce(person: Cast, number: int) -> None:
    symbol = None if number % 13 == 12 else f"{portraits.FACE}{number % FACES + 1:02}"
    if number % 7 == 6:
        symbol = portraits.SYMBOLS[number % SIGNS]
    introductions.write(who(person), introduction(person, number), symbol)


def _brand(name: str, admin: Cast, plate: str, about: str) -> None:
    brand_id = brands.make(viewer(OLA), name, about, plate)
    brands.name_admin(viewer(OLA), brand_id, who(admin))


def _lead() -> None:
    """Whoever came first leads the squad; in Ann's and in the steward's own, somebody else has the time for it."""
    busy = [who(OLA), who(SOL), who(EVE)]
    first = select(func.min(Member.id)).where(Member.squad_id.is_not(None), Member.id.not_in(busy))
    for member_id in db.session.scalars(first.group_by(Member.squad_id)).all():
        roles.appoint(viewer(OLA), member_id, "squad_leader", members.get(member_id).squad_id)


__all__ = ["LEADS", "PEOPLE", "story"]
