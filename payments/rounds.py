"""Rounds: up to a second's worth of saved cards, charged one after the other and taken together (SPEED: sets).

Whatever is unusual about an attempt is left to `attempts.send`, which alone knows everything that can happen to one.
Cards that were given up are taken off in rounds too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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
Answers = dict[Asking, Intent | GatewayDeclined]

CLAIMED = 5 * pace.SLOTS  # who is not of this round hears at once of which
ENOUGH = timedelta(seconds=5)  # of a slow Stripe: a round has all the slots, and others have writes as well

_IDS: Any = bindparam("row_ids", expanding=True)
# Plain columns: these are said every second, and rows of entities cost several times as much.
_TRY, _CHARGE, _SETUP, _PAYER = (cast(Table, model.__table__).c for model in (Attempt, Charge, Setup, Customer))
# By the ids alone, and judged here: states as conditions would lead a database through everything that is open.
_ASKING = (
    select(
        *(_TRY.id, _TRY.charge_id, _TRY.number, _TRY.key_number),
        *(_CHARGE.purpose, _CHARGE.subject_id, _CHARGE.what, _CHARGE.amount_minor, _CHARGE.currency),
        *(_PAYER.gateway_id, _SETUP.method_id),
        *(_TRY.state.label("tried"), _TRY.first_try_at, _CHARGE.state.label("charge"), _SETUP.state.label("card")),
    )
    .join(_CHARGE.id.table, _CHARGE.id == _TRY.charge_id)
    .join(_SETUP.id.table, _SETUP.id == _TRY.setup_id)
    .join(_PAYER.id.table, _PAYER.payer_id == _CHARGE.payer_id)
    .where(_TRY.id.in_(_IDS))
    .order_by(_TRY.id)
)
_NOTED = (
    update(_TRY.id.table)
    .where(_TRY.id.in_(_IDS), _TRY.state == "open", _TRY.first_try_at.is_(None), _TRY.key_number == 1)
    .values(first_try_at=bindparam("now", type_=db.UtcDateTime()))
    .returning(_TRY.id)
)
_HELD = (
    select(_TRY.id, _TRY.state, _CHARGE.state.label("charge"))
    .join(_CHARGE.id.table, _CHARGE.id == _TRY.charge_id)
    .where(_TRY.id.in_(_IDS))
    .order_by(_TRY.id)
    .with_for_update(of=(_TRY.id, _CHARGE.id))
)


_CARDS = select(_SETUP.id, _SETUP.state, _SETUP.method_id).where(_SETUP.id.in_(_IDS)).order_by(_SETUP.id)


def send_each(attempt_ids: Sequence[int]) -> dict[int, Outcome]:
    """Charge the cards of attempts that never went out, and take what was paid in one transaction; what became of each.

    As many go out as there are slots; the others are told when to come back. Who is not among the answers was not sent
    here, or not to its end, and is for `attempts.send`.
    """
    rows = db.session.execute(_ASKING, {"row_ids": list(attempt_ids)})
    asking = [Asking(*row[: len(Asking._fields)]) for row in rows if _is_plain(row)]
    if not asking:
        return {}
    slots, waits = pace.turns(len(asking))
    waiting: dict[int, Outcome] = {one.id: wait for one, wait in zip(asking[slots:], waits, strict=True)}
    answers, failed = _asked(_noted(asking[:slots]))
    taken = _taken({one: answer for one, answer in answers.items() if _is_paid(one, answer)})
    unusual = {one: answer for one, answer in answers.items() if one.id not in taken}
    return {**waiting, **failed, **dict.fromkeys(taken), **_answered(unusual)}


def take_off_each(setup_ids: Sequence[int]) -> dict[int, Outcome]:
    """Take forgotten cards off their customers at Stripe, as many as there are slots; what became of each.

    Who is not among the answers is for `setups.look`. Taking a card off twice is harmless.
    """
    rows = db.session.execute(_CARDS, {"row_ids": list(setup_ids)})
    cards = [(row.id, row.method_id) for row in rows if row.state == "forgotten" and row.method_id]
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
    return ended


def _in_time(items: Sequence[T]) -> Iterator[T]:
    """One after the other, until it is enough; who is left goes by itself, as others then do in between."""
    until = clock.real() + ENOUGH
    yield from takewhile(lambda _: clock.real() < until, items)


def _is_plain(row: Any) -> bool:
    """Whether an attempt never went out, and needs to: any other is for `attempts.send`."""
    return (row.tried, row.first_try_at, row.key_number, row.charge, row.card) == ("open", None, 1, "open", "saved")


def _noted(asking: Sequence[Asking]) -> list[Asking]:
    """Those whose first try is noted now; who was called off at this instant is not among them."""
    mine = db.changed_each(_NOTED, row_ids=[one.id for one in asking], now=clock.now()) if asking else []
    return [one for one in asking if one.id in set(mine)]


def _asked(asking: Sequence[Asking]) -> tuple[Answers, dict[int, Outcome]]:
    """Ask Stripe one after the other, until it is silent or so slow that it is enough."""
    answers: Answers = {}
    failed: dict[int, Outcome] = {}
    with db.outside():
        for one in _in_time(asking):
            try:
                answers[one] = attempts.charged(one)
            except GatewayDeclined as no:
                answers[one] = no
            except GatewayError as error:
                failed[one.id] = error
                if isinstance(error, GatewayDown):
                    break
    return answers, failed


def _is_paid(asking: Asking, answer: Intent | GatewayDeclined) -> bool:
    if isinstance(answer, GatewayDeclined) or answer.status != "succeeded":
        return False
    return captures.fits(asking, answer.amount_received_minor, answer.currency)


def _taken(paid: Mapping[Asking, Any]) -> set[int]:
    """Take payments together; the attempts of which. One that a notice took at this instant is not among them."""
    if not paid:
        return set()
    # First the attempts and their charges, each in the order of the ids, then what the owners need.
    found = db.session.execute(_HELD, {"row_ids": [one.id for one in paid]})
    held = {row.id for row in found if row.state == row.charge == "open"}
    if mine := [one for one in paid if one.id in held]:
        now: datetime = clock.now()
        told = [{"id": one.id, "intent_id": paid[one].id} for one in mine]
        moves.move_held(Attempt, told, "succeed", "open", ended_at=now, due_at=None)
        captures.take_held([Captured(one.charge_id, paid[one].id, one.purpose, one.subject_id) for one in mine])
    return held


def _answered(answers: Mapping[Asking, Intent | GatewayDeclined]) -> dict[int, Outcome]:
    """Act on each of the other answers by itself, after what was taken together is written down."""
    ended: dict[int, Outcome] = {}
    if answers:
        with db.outside():
            pass
    for one, answer in answers.items():
        try:
            with db.session.begin_nested():
                ended[one.id] = attempts.answered(one.id, answer)
        except Exception as error:
            ended[one.id] = error
    return ended
