"""Phases: a run goes through what the provider has, newest first, a page at a time, then through what only we have.

A page is fetched with no transaction open and matched in one; what looks wrong is named for a look by itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from sqlalchemy import exists, select

from kernel import db, texts
from payments import connection, disputes, invoices, notices
from payments.charges import Charge
from payments.dispute_rows import Dispute
from payments.payouts import rows as transfers
from payments.reconciliation import judging
from payments.reconciliation.rows import MARGIN, Finding, Run
from payments.refunds import BANK, Refund

PAGE = 100  # what the provider lists at once
Suspect = tuple[str, str]  # the kind of a finding, and the object that may become one


@dataclass
class Seen:
    """What one page held: counts by the run's columns, sums by currency, and what has to be looked at by itself."""

    counts: Counter[str] = field(default_factory=Counter)
    sums: dict[str, Counter[str]] = field(default_factory=dict)
    suspects: list[Suspect] = field(default_factory=list)

    def add(self, currency: str, name: str, minor: int) -> None:
        """Add to a sum."""
        self.sums.setdefault(currency.upper(), Counter())[name] += minor


@dataclass(frozen=True)
class Phase:
    """A list, and what is made of a page of it; `outside` when it is the provider's."""

    fetch: Callable[[Run], Iterator[Any]]
    match: Callable[[Run, list[Any]], Seen]
    outside: bool = True

    def page(self, run: Run) -> list[Any]:
        """The next page."""
        if not self.outside:
            return list(islice(self.fetch(run), PAGE))
        with db.outside():
            return list(islice(self.fetch(run), PAGE))


def _old(run: Run, things: Iterable[Any]) -> list[Any]:
    """Those that are no longer on their way to us."""
    return [thing for thing in things if thing.created_at is None or thing.created_at < run.asked_at - MARGIN]


def _notices(run: Run, page: list[Any]) -> Seen:
    heard = [told for told in _old(run, page) if told.type.startswith(connection.HEARD)]
    known = set(
        db.session.scalars(
            select(notices.Notice.event_id).where(notices.Notice.event_id.in_([told.id for told in heard]))
        )
    )
    missing = [told for told in reversed(heard) if told.id not in known]
    gateway = connection.batch
    for told in missing:
        notices.receive(told, gateway.livemode, gateway.api_version)
    return Seen(Counter(notices_count=len(heard), filled_count=len(missing)))


def _invoices(run: Run, page: list[Any]) -> Seen:
    paid = {bill.id: bill for bill in _old(run, page) if bill.status == "paid" and bill.subscription_id}
    ours = [bill_id for bill_id, bill in paid.items() if bill.metadata.get("subscription")]
    waiting = invoices.unpaid_among(ours) if ours else set()
    # What the inbox cannot make of them shows as payments that nobody knows.
    asked = sum(notices.found("invoice.paid", bill_id) for bill_id in sorted(waiting))
    return Seen(Counter(invoices_count=len(paid), asked_count=asked))


def _charges(run: Run, page: list[Any]) -> Seen:
    taken = [charge for charge in _old(run, page) if charge.paid]
    columns = (Charge.intent_id, Charge.id, Charge.amount_minor, Charge.currency)
    rows = db.session.execute(select(*columns).where(Charge.intent_id.in_([c.intent_id for c in taken if c.intent_id])))
    ours = {row.intent_id: row for row in rows}
    back = judging.went_back([row.id for row in ours.values()])
    seen, matched = Seen(), []
    for charge in taken:
        seen.add(charge.currency, "captured", charge.amount_minor)
        row = ours.get(charge.intent_id)
        if row is None:
            if charge.refunded_minor < charge.amount_minor:
                seen.suspects.append(("unknown_payment", charge.id))
        elif (row.amount_minor, row.currency) != (charge.amount_minor, charge.currency.upper()):
            seen.suspects.append(("other_payment", str(row.id)))
        else:
            matched.append(row.id)
            if back.get(row.id, 0) != charge.refunded_minor:
                seen.suspects.append(("other_refunds", str(row.id)))
    judging.matched(matched)
    seen.counts.update(charges_count=len(taken), matched_count=len(matched))
    return seen


def _refunds(run: Run, page: list[Any]) -> Seen:
    sent = _old(run, page)
    rows = db.session.execute(
        select(Refund.gateway_id, Refund.state).where(
            Refund.gateway_id.in_([refund.id for refund in sent]), Refund.source != BANK
        )
    )
    ours = {row.gateway_id: row.state for row in rows}
    seen = Seen(Counter(refunds_count=len(sent)))
    for refund in sent:
        went, is_done = refund.status in judging.WENT, ours.get(refund.id) == "done"
        if went:
            seen.add(refund.currency, "refunded", refund.amount_minor)
        if went != is_done and (went or refund.status in judging.FAILED):
            seen.suspects.append(("unknown_refund", refund.id))
    return seen


def _disputes(run: Run, page: list[Any]) -> Seen:
    claims = _old(run, page)
    rows = db.session.execute(
        select(Dispute.gateway_id, Dispute.state).where(Dispute.gateway_id.in_([claim.id for claim in claims]))
    )
    ours = {row.gateway_id: row.state for row in rows}
    twice = disputes.taken_twice(claim.id for claim in claims)
    seen = Seen(Counter(disputes_count=len(claims)))
    for claim in claims:
        seen.add(claim.currency, "disputed", claim.amount_minor)
        if claim.id in twice or ours.get(claim.id) != disputes.STATES[claim.status]:
            seen.suspects.append(("other_dispute", claim.id))
    return seen


def _transfers(run: Run, page: list[Any]) -> Seen:
    """Money that went on to payees: each is one of ours, and came back only as far as we asked for it."""
    sent = _old(run, page)
    ours = transfers.came_back([transfer.id for transfer in sent])
    seen = Seen(Counter(transfers_count=len(sent)))
    for transfer in sent:
        seen.add(transfer.currency, "sent", transfer.amount_minor - transfer.reversed_minor)
        amount, back, most = ours.get(transfer.id, (0, 0, 0))
        if transfer.id not in ours:
            if transfer.reversed_minor < transfer.amount_minor:
                seen.suspects.append(("unknown_transfer", transfer.id))
        elif amount != transfer.amount_minor or not back <= transfer.reversed_minor <= most:
            seen.suspects.append(("other_transfer", transfer.id))
    return seen


def _unmatched(run: Run) -> Iterator[Any]:
    """Charges of ours that are paid and that no run has seen at the provider, nor found wanting."""
    found = exists().where(Finding.kind == "other_payment", Finding.charge_id == Charge.id)
    taken = (Charge.state.in_(["paid", "refused"]), Charge.intent_id.is_not(None), Charge.matched_at.is_(None))
    rows = select(Charge.id).where(*taken, Charge.paid_at < run.asked_at - MARGIN, ~found, Charge.id > _number(run))
    return iter(db.session.execute(rows.order_by(Charge.id).limit(PAGE)).all())


def _standing(run: Run) -> Iterator[Any]:
    """Open findings that this run has not come across."""
    rows = select(Finding.id, Finding.kind, Finding.object_id)
    rows = rows.where(Finding.state == "open", Finding.run_id != run.id, Finding.id > _number(run))
    return iter(db.session.execute(rows.order_by(Finding.id).limit(PAGE)).all())


def _number(run: Run) -> int:
    return texts.whole(run.after) or 0


PHASES: dict[str, Phase] = {
    "notices": Phase(lambda run: connection.batch.notices(since=run.notices_since, after=run.after), _notices),
    "invoices": Phase(lambda run: connection.batch.invoices(since=run.since, after=run.after), _invoices),
    "charges": Phase(lambda run: connection.batch.charges(since=run.since, after=run.after), _charges),
    "refunds": Phase(lambda run: connection.batch.refunds(since=run.since, after=run.after), _refunds),
    "disputes": Phase(lambda run: connection.batch.disputes(since=run.since, after=run.after), _disputes),
    "transfers": Phase(lambda run: connection.batch.transfers(since=run.since, after=run.after), _transfers),
    "ours": Phase(
        _unmatched, lambda run, page: Seen(suspects=[("other_payment", str(row.id)) for row in page]), outside=False
    ),
    "findings": Phase(
        _standing, lambda run, page: Seen(suspects=[(row.kind, row.object_id) for row in page]), outside=False
    ),
}
ORDER = tuple(PHASES)
