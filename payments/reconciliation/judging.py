"""Judging: one object that looks wrong is looked at by itself; the inbox acts on it first, and what it cannot explain
becomes a finding.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import func, select, update

from kernel import clock, db, texts
from payments import charges, connection, disputes, notices, refunds
from payments.charges import Charge
from payments.dispute_rows import Dispute
from payments.gateway import GatewayRefused, Intent
from payments.gateway import Refund as Sent
from payments.payouts import rows as transfers
from payments.reconciliation import findings
from payments.reconciliation.findings import Doubt
from payments.reconciliation.rows import Run
from payments.refunds import BANK, NOT_BY_STRIPE, Refund

WENT, FAILED = ("succeeded", "pending"), ("failed", "canceled")
MISSING = "resource_missing"


def judge(run_id: int, kind: str, object_id: str) -> str:
    """Look at one object as it is now; the counter of the run that this belongs to, or nothing when nothing changed.

    Goes outside. May raise GatewayDown.
    """
    try:
        doubt = LOOKS[kind](object_id)
    except GatewayRefused as no:
        if no.code != MISSING:
            raise
        doubt = None  # the provider itself no longer has it
    if doubt is None:
        return "closed_count" if findings.explain(kind, object_id) else ""
    if doubt.told and notices.found(*doubt.told, doubt.mark):
        return "asked_count"
    return "opened_count" if findings.note(run_id, kind, object_id, doubt) else ""


def heard(transfer_name: str) -> None:
    """Act on a notice: money of a transfer came back. What we did not ask for is found at once, however old it is.

    Before the first run there is nothing to note it with; that run sees it.
    """
    last = db.session.scalar(select(func.max(Run.id)))
    if last is not None:
        judge(last, "other_transfer" if transfers.of_transfer(transfer_name) else "unknown_transfer", transfer_name)


def went_after_all(refund_name: str) -> None:
    """Act on a notice: a refund went although our bank had paid it meanwhile. It is found at once, however old."""
    last = db.session.scalar(select(func.max(Run.id)))
    if last is not None:
        judge(last, "unknown_refund", refund_name)


def lost_twice(dispute_name: str) -> None:
    """Act on a notice: a lost dispute took what had gone back already. It is found at once, however old."""
    last = db.session.scalar(select(func.max(Run.id)))
    if last is not None:
        judge(last, "other_dispute", dispute_name)


def went_back(charge_ids: list[int]) -> dict[int, int]:
    """What went back of charges by refunds, ours and others', in minor units; not what disputes or our bank took."""
    rows = select(Refund.charge_id, func.sum(Refund.amount_minor)).group_by(Refund.charge_id)
    done = rows.where(Refund.charge_id.in_(charge_ids), Refund.state == "done", Refund.source.not_in(NOT_BY_STRIPE))
    return {charge_id: int(total) for charge_id, total in db.session.execute(done)}


def matched(charge_ids: list[int]) -> None:
    """The provider has the payments of these charges, each with its amount and currency."""
    if charge_ids:
        new = update(Charge).where(Charge.id.in_(charge_ids), Charge.matched_at.is_(None))
        db.changed(new.values(matched_at=clock.now()))


def _payment(charge_name: str) -> Doubt | None:
    """Money that the provider took and that no charge of ours is about, unless it went back whole."""
    with db.outside():
        taken = connection.batch.charge(charge_name)
        intent = connection.batch.intent(taken.intent_id) if taken.intent_id else None
    if not taken.paid or taken.refunded_minor == taken.amount_minor:
        return None
    if intent is None:
        return Doubt(None, taken.amount_minor, None, taken.currency)
    if charges.by_intent(intent.id) is not None:
        return None
    asked = _asked(intent)
    told = ("payment_intent.succeeded", intent.id)
    return Doubt(asked and asked[0], taken.amount_minor, asked and asked[1], taken.currency, told)


def _asked(intent: Intent) -> tuple[int, int] | None:
    """(charge, amount) of ours that a payment names, whatever became of it."""
    charge_id = texts.whole(intent.metadata.get("charge"))
    if charge_id is None:
        return None
    row = db.session.execute(select(Charge.id, Charge.amount_minor).where(Charge.id == charge_id)).one_or_none()
    return (row.id, row.amount_minor) if row else None


def _charge(number: str) -> Doubt | None:
    """A charge of ours that is paid: the provider must have captured the same amount in the same currency."""
    charge = charges.get(int(number))
    charge_id, intent_id, ours = charge.id, charge.intent_id, (charge.amount_minor, charge.currency)
    if intent_id is None:
        return None
    try:
        with db.outside():
            intent = connection.batch.intent(intent_id)
    except GatewayRefused as no:
        if no.code != MISSING:
            raise
        return Doubt(charge_id, None, ours[0], ours[1])
    theirs = (intent.amount_received_minor, intent.currency.upper())
    if intent.status == "succeeded" and theirs == ours:
        matched([charge_id])
        return None
    return Doubt(charge_id, theirs[0], ours[0], theirs[1])


def _refund(name: str) -> Doubt | None:
    """A refund at the provider: it must be one of ours, gone or failed as it says."""
    with db.outside():
        sent = connection.batch.refund_of(name)
    charge_id = charges.by_intent(sent.intent_id or "")
    if charge_id is None or _is_known(sent):
        return None  # without a charge the payment itself is what is found
    told = None if refunds.paid_outside(sent) else ("refund.updated", name)  # the inbox books it no second time
    return Doubt(charge_id, sent.amount_minor, None, sent.currency, told, sent.status)


def _is_known(sent: Sent) -> bool:
    state = db.session.scalar(select(Refund.state).where(Refund.gateway_id == sent.id, Refund.source != BANK))
    if sent.status in WENT:
        return state == "done"
    return state != "done" if sent.status in FAILED else True


def _refunds(number: str) -> Doubt | None:
    """What went back of a charge of ours: the provider's sum must be ours, once nothing is on its way."""
    charge = charges.get(int(number))
    charge_id, intent_id, currency = charge.id, charge.intent_id, charge.currency
    if intent_id is None:
        return None
    with db.outside():
        name = connection.batch.intent(intent_id).charge_id
        theirs = connection.batch.charge(name).refunded_minor if name else 0
        newest = next(connection.batch.refunds(intent_id=intent_id), None)
    ours = went_back([charge_id]).get(charge_id, 0)
    under_way = select(Refund.id).where(Refund.charge_id == charge_id, Refund.state == "asked").limit(1)
    if theirs == ours or db.session.scalar(under_way) is not None:
        return None
    told = ("refund.updated", newest.id) if newest else None  # what the inbox makes of one it does with all
    return Doubt(charge_id, theirs, ours, currency, told, str(theirs))


def _dispute(name: str) -> Doubt | None:
    """A dispute at the provider: ours must stand where it does, and take nothing that had gone back already."""
    with db.outside():
        sent = connection.batch.dispute(name)
    charge_id = charges.by_intent(sent.intent_id or "")
    ours = db.session.execute(
        select(Dispute.state, Dispute.amount_minor).where(Dispute.gateway_id == name)
    ).one_or_none()
    if charge_id is None:
        return None
    if ours is not None and ours.state == disputes.STATES[sent.status]:
        twice = disputes.taken_twice([name]).get(name, 0)
        if twice:  # once it is booked, what to do about it only a person can tell
            disputes.observed(sent)
        return Doubt(charge_id, sent.amount_minor, sent.amount_minor - twice, sent.currency) if twice else None
    told = ("charge.dispute.updated", name)
    return Doubt(charge_id, sent.amount_minor, ours.amount_minor if ours else None, sent.currency, told, sent.status)


def _unknown_transfer(name: str) -> Doubt | None:
    """Money that went to somebody's account and that no transfer of ours is about, unless it came back whole."""
    with db.outside():
        sent = connection.batch.transfer_of(name)
    if sent.reversed_minor == sent.amount_minor or transfers.of_transfer(name) is not None:
        return None
    ours = texts.whole(sent.metadata.get("transfer")) or 0
    if db.session.scalar(select(transfers.Transfer.state).where(transfers.Transfer.id == ours)) == "open":
        return None  # its answer was lost: the worker finds it
    return Doubt(None, sent.amount_minor - sent.reversed_minor, None, sent.currency)


def _other_transfer(name: str) -> Doubt | None:
    """A transfer of ours: at the provider as much of it came back as we asked for, or what is on its way."""
    with db.outside():
        sent = connection.batch.transfer_of(name)
    payout = transfers.of_transfer(name)
    if payout is None:
        return None
    amount, back, most = transfers.came_back([name])[name]
    same = (amount, payout.currency) == (sent.amount_minor, sent.currency.upper())
    if same and back <= sent.reversed_minor <= most:
        return None
    return Doubt(None, sent.amount_minor - sent.reversed_minor, amount - back, sent.currency)


LOOKS: dict[str, Callable[[str], Doubt | None]] = {
    "unknown_payment": _payment,
    "other_payment": _charge,
    "unknown_refund": _refund,
    "other_refunds": _refunds,
    "other_dispute": _dispute,
    "unknown_transfer": _unknown_transfer,
    "other_transfer": _other_transfer,
}
