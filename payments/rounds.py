"""Rounds: up to a second's worth of saved cards, charged one after the other and taken together (SPEED: sets).

Whatever is unusual about an attempt is left to `attempts.send`, which alone knows everything that can happen to one.
Cards that were given up are taken off in rounds too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any, TypeVar, cast

from sqlalchemy import Table, bindparam, select, update

from kernel import clock, db, moves
from kernel.worker import Outcome
from payments import attempts, captures, connection, pace
from payments.attempts import Asking, Attempt
from payments.captures import Captured
from payments.charges import Charge
from payments.customers import Customer
from payments.gateway import GatewayDeclined, GatewayDown, GatewayError, Intent
from payments.setups import Setup

T = TypeVar("T")
Answer = Intent | GatewayDeclined
Answers = list[tuple[Asking, Answer]]

ASKED = len(Asking._fields)
# Of an attempt that never went out, and needs to, in `_ASKING`: any other is for `attempts.send`.
PLAIN = ("open", None, 1, "open", "saved")
CLAIMED = 5 * pace.SLOTS  # who is not of this round hears at once of which
ENOUGH = timedelta(seconds=5)  # of a slow Stripe: a round has all the slots, and others have writes as well

# Plain columns: these are said every second, and rows of entities cost several times as much.
_TRY, _CHARGE, _SETUP, _PAYER = (cast(Table, model.__table__).c for model in (Attempt, Charge, Setup, Customer))
# By the ids alone, and judged here: states as conditions would lead a database through everything that is open.
_ASKING = (
    select(
        *(_TRY.id, _TRY.charge_id, _TRY.number, _TRY.key_number),
        *(_CHARGE.purpose, _CHARGE.subject_id, _CHARGE.what, _CHARGE.amount_minor, _CHARGE.currency),
        *(_PAYER.gateway_id, _SETUP.method_id),
        *(_TRY.state, _TRY.first_try_at, _TRY.key_number, _CHARGE.state, _SETUP.state),
    )
    .join(_CHARGE.id.table, _CHARGE.id == _TRY.charge_id)
    .join(_SETUP.id.table, _SETUP.id == _TRY.setup_id)
    .join(_PAYER.id.table, _PAYER.payer_id == _CHARGE.payer_id)
    .where(db.among(_TRY.id))
    .order_by(_TRY.id)
)
_NOTED = (
    update(_TRY.id.table)
    .where(db.among(_TRY.id), _TRY.state == "open", _TRY.first_try_at.is_(None), _TRY.key_number == 1)
    .values(first_try_at=bindparam("now", type_=db.UtcDateTime()))
    .returning(_TRY.id)
)
_HELD = (
    select(_TRY.id, _TRY.state, _CHARGE.state)
    .join(_CHARGE.id.table, _CHARGE.id == _TRY.charge_id)
    .where(db.among(_TRY.id))
    .order_by(_TRY.id)
    .with_for_update(of=(_TRY.id, _CHARGE.id))
)


_CARDS = select(_SETUP.id, _SETUP.state, _SETUP.method_id).where(db.among(_SETUP.id)).order_by(_SETUP.id)


def send_each(attempt_ids: Sequence[int]) -> dict[int, Outcome]:
    """Charge the cards of attempts that never went out, and take what was paid in one transaction; what became of each.

    As many go out as there are slots; the others are told when to come back. Who is not among the answers was not sent
    here, or not to its end, and is for `attempts.send`.
    """
    rows = db.asked(_ASKING, row_ids=attempt_ids)
    plain = [row[:ASKED] for row in rows if row[ASKED:] == PLAIN]
    if not plain:
        return {}
    slots, waits = pace.turns(len(plain))
    waiting: dict[int, Outcome] = {row[0]: wait for row, wait in zip(plain[slots:], waits, strict=True)}
    answers, failed = _asked(_noted([Asking(*row) for row in plain[:slots]]))
    with pace.answered():
        taken = _taken([(one, answer) for one, answer in answers if _is_paid(one, answer)])
    unusual = [(one, answer) for one, answer in answers if one.id not in taken]
    return {**waiting, **failed, **dict.fromkeys(taken), **_answered(unusual)}


def take_off_each(setup_ids: Sequence[int]) -> dict[int, Outcome]:
    """Take forgotten cards off their customers at Stripe, as many as there are slots; what became of each.

    Who is not among the answers is for `setups.look`. Taking a card off twice is harmless.
    """
    rows = db.asked(_CARDS, row_ids=setup_ids)
    cards = [(setup_id, method_id) for setup_id, state, method_id in rows if state == "forgotten" and method_id]
    if not cards:
        return {}
    slots, waits = pace.turns(len(cards))
    ended: dict[int, Outcome] = {card[0]: wait for card, wait in zip(cards[slots:], waits, strict=True)}
    with db.outside():
        for setup_id, method_id in _in_time(cards[:slots]):
            try:
                connection.batch.forget_card(method_id)
            except GatewayError as error:
                ended[setup_id] = error
                if isinstance(error, GatewayDown):
                    break
            else:
                ended[setup_id] = None
    with pace.answered():
        return ended


def _in_time(items: Sequence[T]) -> Iterator[T]:
    """One after the other, until it is enough; who is left goes by itself, as others then do in between."""
    until = clock.real() + ENOUGH
    yield from takewhile(lambda _: clock.real() < until, items)


def _noted(asking: Sequence[Asking]) -> list[Asking]:
    """Those whose first try is noted now; who was called off at this instant is not among them."""
    mine = set(db.changed_each(_NOTED, row_ids=[one.id for one in asking], now=clock.now())) if asking else ()
    return [one for one in asking if one.id in mine]


def _asked(asking: Sequence[Asking]) -> tuple[Answers, dict[int, Outcome]]:
    """Ask Stripe one after the other, until it is silent or so slow that it is enough."""
    answers: Answers = []
    failed: dict[int, Outcome] = {}
    with db.outside():
        for one in _in_time(asking):
            try:
                answers.append((one, attempts.charged(one)))
            except GatewayDeclined as no:
                answers.append((one, no))
            except GatewayError as error:
                failed[one.id] = error
                if isinstance(error, GatewayDown):
                    break
    return answers, failed


def _is_paid(asking: Asking, answer: Answer) -> bool:
    if isinstance(answer, GatewayDeclined) or answer.status != "succeeded":
        return False
    return captures.fits(asking, answer.amount_received_minor, answer.currency)


def _taken(paid: Sequence[tuple[Asking, Any]]) -> set[int]:
    """Take payments together; the attempts of which. One that a notice took at this instant is not among them."""
    if not paid:
        return set()
    # First the attempts and their charges, each in the order of the ids, then what the owners need.
    found = db.asked(_HELD, row_ids=[one.id for one, _ in paid])
    held = {attempt_id for attempt_id, tried, charge in found if tried == charge == "open"}
    if mine := [(one, intent.id) for one, intent in paid if one.id in held]:
        now: datetime = clock.now()
        told = [{"id": one.id, "intent_id": intent_id} for one, intent_id in mine]
        captured = [Captured(one.charge_id, intent_id, one.purpose, one.subject_id) for one, intent_id in mine]
        moves.move_held(Attempt, told, "succeed", "open", ended_at=now, due_at=None)
        captures.take_held(captured)
    return held


def _answered(answers: Answers) -> dict[int, Outcome]:
    """Act on each of the other answers by itself, after what was taken together is written down."""
    ended: dict[int, Outcome] = {}
    if answers:
        with db.outside():
            pass
    for one, answer in answers:
        try:
            with db.session.begin_nested():
                ended[one.id] = attempts.answered(one.id, answer)
        except Exception as error:
            ended[one.id] = error
    return ended
