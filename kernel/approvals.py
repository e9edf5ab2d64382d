"""Four eyes: what one operator wishes and another must approve; where nobody else can, a day must pass (TRUST).

Four eyes hold when two operators exist, else a 24 h delay. What counts is who exists when it would happen, and not who
existed when it was asked for: a day of waiting stands in for a second person only as long as there is none. So a wish
whose day is running waits for a second operator as soon as one appears, and both are told. And who is concerned by a
wish is no second person: where the only other operator is, nobody could ever approve it, and the day stands in again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CheckConstraint, Index, ScalarSelect, select, text, update

from kernel import audits, clock, db, house, mail, moves, tallies
from kernel.due import Due
from kernel.errors import Conflict, Forbidden, Invalid, NotFound, Refusal
from kernel.moves import Moves
from kernel.viewer import Viewer

ALONE = timedelta(hours=24)  # TRUST: four eyes hold when two operators exist, else a 24 h delay
LAPSES = timedelta(days=14)
PAGE = 40


class Approval(Due, db.Model):
    """A wish of one operator: the act, what it is about, why, and what became of it."""

    __tablename__ = "kernel_approvals"
    __table_args__ = (
        db.state("asked", "approved", "refused", "withdrawn", "lapsed", "failed"),
        CheckConstraint(
            "decided_by_id IS NULL OR decided_by_id <> asked_by_id OR state = 'withdrawn'", name="takes_four_eyes"
        ),
        Index(
            "uq_kernel_approvals_one_wish_a_subject",
            "act",
            "subject",
            unique=True,
            sqlite_where=text("state = 'asked'"),
            postgresql_where=text("state = 'asked'"),
        ),
        Due.index("kernel_approvals"),
    )

    id: db.Mapped[int] = db.pk()
    act: db.Mapped[str] = db.text(60)
    subject: db.Mapped[str] = db.text(80)
    why: db.Mapped[str] = db.text(500)
    values: db.Mapped[dict[str, Any]]
    state: db.Mapped[str] = db.text(20)
    alone: db.Mapped[bool]  # nobody else can approve it: it happens by itself a day after it was asked for
    note: db.Mapped[str] = db.text(500)
    asked_by_id: db.Mapped[int]
    asked_at: db.Mapped[datetime]
    decided_by_id: db.Mapped[int | None]
    decided_at: db.Mapped[datetime | None]


MOVES: Moves = moves.declare(
    Approval,
    {
        "approve": (("asked",), "approved"),
        "refuse": (("asked",), "refused"),
        "withdraw": (("asked",), "withdrawn"),
        "lapse": (("asked",), "lapsed"),
        "fail": (("asked",), "failed"),
    },
)


@dataclass(frozen=True)
class Act:
    """Something that takes four eyes, named by its owner in `house.acts`.

    `do` carries it out in the approving transaction: it hears what was asked for, and by whom; a Refusal leaves the
    wish where it was. `words` says in a sentence what would happen, `page` where to look at it first, `why` the reason:
    what was typed, unless the act has no place where one is typed and says of itself what it is.
    `concerns` hears subject and values, and answers the ids of the members whom the act is about: whose points they
    are, to whom the money goes. They decide nothing about it, neither as second eyes nor to prevent it.
    `hold` takes, before the wish itself is held, what who asks holds while it is written: so asking and approving take
    their locks in one order, and never wait for each other in a ring.
    """

    label: Any
    do: Callable[[Approval], None]
    words: Callable[[dict[str, Any]], Any]
    page: Callable[[dict[str, Any]], str]
    concerns: Callable[[str, dict[str, Any]], Collection[int]] = lambda subject, values: ()
    why: Callable[[str, dict[str, Any]], Any] = lambda typed, values: typed
    hold: Callable[[str, dict[str, Any]], object] = lambda subject, values: None


def ask(viewer: Viewer, act: str, subject: str, why: str, **values: Any) -> int:
    """Wish for an act as an operator; the wish's id. Raises Forbidden, and Conflict while the same is asked for.

    The operators who can approve it hear of it by mail; where nobody can, who asks gets the mail, and the act is done
    in 24 h.
    """
    if not viewer.has("operator"):
        raise Forbidden("kernel.forbidden")
    assert act in house.current().acts, f"nobody knows how to {act}"
    others = _others(act, subject, values, viewer.id)
    alone = not others
    now = clock.now()
    due_at = now + (ALONE if alone else LAPSES)
    asked = {"act": act, "subject": subject, "why": why, "values": values, "state": "asked", "alone": alone}
    asked |= {"asked_by_id": viewer.id, "asked_at": now, "due_at": due_at, "attempts": 0, "note": ""}
    wish_id = db.insert_once(Approval, **asked)
    if wish_id is None:
        raise Conflict("kernel.already_asked")
    moves.begun(Approval, wish_id, "asked", viewer.id)
    audits.record(viewer.id, "approval.ask", subject, why, wished=act, values=values)
    told = {"act": act, "values": values, "why": why, "asked_by": viewer.name}
    _tell({viewer.id: viewer.email} if alone else others, wish_id, alone=alone, **told)
    return wish_id


def approve(viewer: Viewer, wish_id: int) -> None:
    """Let another operator's wish happen now. Raises NotFound, Forbidden for one's own and about oneself, Conflict, or
    its refusal.
    """
    wish = get(viewer, wish_id)
    if not may_approve(viewer, wish):
        raise Forbidden("kernel.four_eyes")
    house.current().acts[wish.act].hold(wish.subject, wish.values)
    moves.move(Approval, wish_id, "approve", viewer.id, decided_by_id=viewer.id, decided_at=clock.now(), due_at=None)
    audits.record(viewer.id, "approval.approve", wish.subject, wish.why, wished=wish.act)
    house.current().acts[wish.act].do(wish)


def refuse(viewer: Viewer, wish_id: int, note: str) -> None:
    """Say no to a wish, or take one's own back. Raises NotFound, Forbidden about oneself, Invalid, Conflict."""
    wish = get(viewer, wish_id)
    if wish.asked_by_id != viewer.id and not may_approve(viewer, wish):
        raise Forbidden("kernel.four_eyes")
    if not note.strip() or len(note) > 500:
        raise Invalid("kernel.form", field="note")
    verb = "withdraw" if wish.asked_by_id == viewer.id else "refuse"
    now = clock.now()
    moves.move(Approval, wish_id, verb, viewer.id, decided_by_id=viewer.id, decided_at=now, due_at=None, note=note)
    audits.record(viewer.id, f"approval.{verb}", wish.subject, note, wished=wish.act)


def come_due(wish_id: int) -> None:
    """Do what was asked for a day ago and nobody else can approve; let what nobody has decided in time lapse.

    A wish that somebody else can approve by now waits for them; whose operator acts no more lapses.
    """
    now = clock.now()
    asked = db.session.get_one(Approval, wish_id)
    house.current().acts[asked.act].hold(asked.subject, asked.values)
    # Held, so that nobody makes it wait for a second operator between the question and its answer.
    wish = db.session.get_one(Approval, wish_id, populate_existing=True, with_for_update=True)
    if wish.state != "asked" or wish.due_at is None or wish.due_at > now:
        return
    if not wish.alone or wish.asked_by_id not in house.current().operators():
        moves.move(Approval, wish_id, "lapse", decided_at=now)
        return
    if eyes(wish):
        _wait(wish)
        return
    try:
        with db.session.begin_nested():
            moves.move(Approval, wish_id, "approve", decided_at=now)
            house.current().acts[wish.act].do(wish)
    except Refusal as no:  # what was wished for is no longer possible
        moves.move(Approval, wish_id, "fail", decided_at=now, note=no.key)


def look_round() -> None:
    """Somebody can act as an operator from now on: what was to happen for want of a second one waits for them."""
    for wish in db.session.scalars(select(Approval).where(Approval.state == "asked", Approval.alone)).all():
        if eyes(wish):
            _wait(wish)


def eyes(wish: Approval) -> dict[int, str]:
    """Who can approve a wish, each with an address: neither who asks nor whom it concerns."""
    return _others(wish.act, wish.subject, wish.values, wish.asked_by_id)


def may_approve(viewer: Viewer, wish: Approval) -> bool:
    """Whether this operator's eyes count for a wish: neither who asks nor whom it concerns."""
    return viewer.id not in {wish.asked_by_id, *_concerned(wish.act, wish.subject, wish.values)}


def get(viewer: Viewer, wish_id: int) -> Approval:
    """A wish, for an operator. Raises NotFound."""
    found = db.session.get(Approval, wish_id, populate_existing=True) if viewer.has("operator") else None
    if found is None:
        raise NotFound
    return found


def waiting(act: str, subject: str) -> Approval | None:
    """The wish that waits for this act on this subject, for the subject's page."""
    return db.session.scalar(
        select(Approval).where(Approval.act == act, Approval.subject == subject, Approval.state == "asked")
    )


def every(page: int = 1) -> list[Approval]:
    """Wishes, those that wait first, then the newest; one more than a page holds when there are more."""
    order = (Approval.state != "asked", Approval.id.desc())
    return list(db.session.scalars(select(Approval).order_by(*order).offset((page - 1) * PAGE).limit(PAGE + 1)))


def to_decide(viewer: Viewer) -> int:
    """How many wishes wait for this operator: neither their own nor such as concern them."""
    asked = select(Approval).where(Approval.state == "asked", Approval.asked_by_id != viewer.id)
    return sum(may_approve(viewer, wish) for wish in db.session.scalars(asked).all())


def tally(viewer: Viewer) -> ScalarSelect[Any] | None:
    """How many wishes of other operators wait."""
    asked = tallies.rows(Approval, Approval.state == "asked", Approval.asked_by_id != viewer.id)
    return asked if viewer.has("operator") else None


def _others(act: str, subject: str, values: dict[str, Any], asked_by_id: int) -> dict[int, str]:
    out = {asked_by_id, *_concerned(act, subject, values)}
    return {member_id: email for member_id, email in house.current().operators().items() if member_id not in out}


def _concerned(act: str, subject: str, values: dict[str, Any]) -> Collection[int]:
    known: Act = house.current().acts[act]
    return known.concerns(subject, values)


def _wait(wish: Approval) -> None:
    """A second person appeared while a day was running: from now on the wish waits for them, and both are told."""
    running = update(Approval).where(Approval.id == wish.id, Approval.state == "asked", Approval.alone)
    if not db.changed(running.values(alone=False, due_at=clock.now() + LAPSES)):
        return
    rooms, by, told = house.current(), wish.asked_by_id, {"act": wish.act, "values": wish.values, "why": wish.why}
    _tell(eyes(wish), wish.id, alone=False, asked_by=rooms.payers([by]).get(by, ""), **told)
    if by in (everybody := rooms.operators()):
        mail.queue(everybody[by], "kernel/approval_waits", f"approval-waits:{wish.id}", wish_id=wish.id, **told)


def _tell(people: dict[int, str], wish_id: int, **told: Any) -> None:
    for member_id, email in people.items():
        mail.queue(email, "kernel/approval", f"approval:{wish_id}:{member_id}", wish_id=wish_id, **told)
