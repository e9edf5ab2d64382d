"""Sending payouts: by an operator's bank transfer or by Stripe; above 500.00 another operator looks first (TRUST)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from kernel import approvals, audits, clock, moves
from kernel.approvals import Approval
from kernel.errors import Conflict, NotFound
from kernel.viewer import Viewer
from payments import operators, payables, payees
from payments.payables import Payable
from payments.payouts import books, letters, rows, transferring
from payments.payouts.preparing import for_operator
from payments.payouts.rows import BANK, CONNECT, Payout

ACT = "payments.payout"
ARRIVES = timedelta(days=7)  # a bank transfer that did not come back until then has arrived
CHANGED = "payments.payout_changed"


def send(viewer: Viewer, number: str, total_minor: int, method: str, reference: str = "") -> bool:
    """Send a prepared payout as an operator who saw this total; False when another operator has to approve it first.

    `reference` is what stands on the bank transfer. Raises NotFound, and Conflict when the payout is another by now,
    or cannot be sent that way. To their own brand nobody sends anything alone.
    """
    payout = for_operator(viewer, number)
    _assert_sendable(payout, total_minor, method)
    if takes_four_eyes(payout, viewer):
        said = {"number": number, "total_minor": total_minor, "currency": payout.currency, "method": method}
        name = payees.names([payout.payee])[payout.payee]
        approvals.ask(viewer, ACT, f"payout:{number}", reference or name, name=name, reference=reference, **said)
        return False
    _send(payout, viewer.id, total_minor, method, reference)
    return True


def approved(wish: Approval) -> None:
    """Send what another operator approved, or what a lone one asked for a day ago. Raises Conflict."""
    said = wish.values
    payout = by_number(said["number"])
    _send(payout, wish.asked_by_id, said["total_minor"], said["method"], said["reference"])


def concerns(subject: str, values: dict[str, Any]) -> list[int]:
    """Who gets the money: nobody is the second pair of eyes about what their own brand is sent."""
    return list(payees.people(by_number(values["number"]).payee))


def takes_four_eyes(payout: Payout, viewer: Viewer) -> bool:
    """Whether a payout is above what one operator may send alone, or goes to their own brand."""
    return payout.total_minor > operators.alone_minor(payout.currency) or payout.payee in payees.of(viewer)


def come_back(viewer: Viewer, number: str, why: str) -> None:
    """The bank gave a payout back: it has failed, and all of it is owed as before. Raises NotFound, Conflict."""
    payout = for_operator(viewer, number)
    payees.held(payout.payee)
    payout = rows.get(payout.id)
    if payout.method != BANK:
        raise Conflict("kernel.moved_on", table="payments_payouts", verb="fail")
    moves.move(Payout, payout.id, "fail", viewer.id, why=why[:200], ended_at=clock.now(), due_at=None)
    books.came_back(payout)
    payables.fall_back(Payable.payout_id == payout.id)
    audits.record(viewer.id, "payments.payout_came_back", f"payout {number}", why, total_minor=payout.total_minor)
    letters.failed(rows.get(payout.id))


def arrive(payout_id: int) -> None:
    """A bank transfer that did not come back within a week has arrived."""
    moves.tried(Payout, payout_id, "finish", None, ended_at=clock.now(), due_at=None)


def by_number(number: str) -> Payout:
    """The payout of a number. Raises NotFound."""
    found = rows.find(Payout.number == number)
    if found is None:
        raise NotFound
    return found


def _send(payout: Payout, by: int | None, total_minor: int, method: str, reference: str) -> None:
    payees.held(payout.payee)
    payout = rows.get(payout.id)
    _assert_sendable(payout, total_minor, method)
    now = clock.now()
    due_at = now + ARRIVES if method == BANK else None
    said = {"method": method, "reference": reference, "sent_at": now, "due_at": due_at, "by_id": by}
    moves.move(Payout, payout.id, "send", by, **said)
    audits.record(by, "payments.payout", f"payout {payout.number}", reference, total_minor=total_minor, method=method)
    if method == CONNECT:
        transferring.begin(rows.get(payout.id))
        return
    assert payables.moved("pay", Payable.payout_id == payout.id, by=by, paid_at=now), "it pays something"
    books.sent_by_bank(rows.get(payout.id))
    letters.sent(rows.get(payout.id))


def _assert_sendable(payout: Payout, total_minor: int, method: str) -> None:
    """Raise Conflict unless the payout is still what the operator saw and can be sent that way."""
    if payout.state != "prepared" or payout.total_minor != total_minor:
        raise Conflict(CHANGED)
    if method == CONNECT and not payees.get(payout.payee).may_receive:
        raise Conflict("payments.not_connected")
