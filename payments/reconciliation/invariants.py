"""What must always be true of reconciliation."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import exists, or_, select

from kernel import db
from payments.charges import Charge
from payments.reconciliation.rows import MARGIN, Finding, Run


def invariants() -> dict[str, Callable[[], list[str]]]:
    """By name, for `flask verify`."""
    return {
        "a run of reconciliation is on its way or done": runs_end,
        "a payment that a run passed over is matched or found": passed_over,
        "a finding is explained by a look, or by a person with a reason": explained,
    }


def runs_end() -> list[str]:
    """Open runs that no worker will go on with, and done ones that stopped half way."""
    stuck = select(Run.id).where(Run.state == "open", or_(Run.due_at.is_(None), Run.phase == ""))
    half = select(Run.id).where(Run.state == "done", Run.phase != "")
    return [f"run {run} is open and nobody is at it" for run in db.session.scalars(stuck)] + [
        f"run {run} is done and had not come to its end" for run in db.session.scalars(half)
    ]


def passed_over() -> list[str]:
    """Charges that were paid before the last run that ended, and that it neither saw at the provider nor found."""
    last = db.session.scalar(select(Run.asked_at).where(Run.state == "done").order_by(Run.id.desc()).limit(1))
    if last is None:
        return []
    found = exists().where(Finding.kind == "other_payment", Finding.charge_id == Charge.id)
    taken = (Charge.state.in_(["paid", "refused"]), Charge.intent_id.is_not(None), Charge.matched_at.is_(None))
    rows = db.session.scalars(select(Charge.id).where(*taken, Charge.paid_at < last - MARGIN, ~found))
    return [f"the payment of charge {charge} was passed over" for charge in rows]


def explained() -> list[str]:
    """Findings that somebody closed without a word, or that are closed without a time."""
    closed = Finding.state == "explained"
    wordless = closed & (Finding.explained_by_id.is_not(None) & (Finding.why == "") | Finding.explained_at.is_(None))
    return [
        f"finding {finding} is closed and not explained"
        for finding in db.session.scalars(select(Finding.id).where(wordless))
    ]
