"""What must always be true of the way in: seats, places, consent and audit (TRUST 4, 12)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import String, and_, cast, func, literal, select

from community.joining.applications import LIVE, Application
from community.joining.cells import SEATS, Cell
from community.joining.covenants import Acceptance
from community.joining.fees import Fee
from community.joining.members import Member
from community.joining.memberships import Suspension
from community.joining.squads import Squad
from kernel import db
from kernel.audits import Audit
from payments.charges import Charge

DECIDED = ("approved", "covenant_due", "intro_due", "active", "rejected")


def invariants() -> dict[str, Callable[[], list[str]]]:
    """The promises of joining, by the sentence that `flask verify` prints."""
    return {
        "seats of a cell equal its people and approvals, 99 at most": seats_are_true,
        "places of a squad equal its people": places_are_true,
        "a person has one live application at most": one_live_application,
        "nobody is a member without having accepted the covenant": members_accepted,
        "no fee is asked without an approval": fees_follow_approval,
        "a paid fee has a paid charge of its amount": fees_are_charged,
        "decisions and suspensions stand in the audit trail": privileged_acts_are_audited,
    }


def seats_are_true() -> list[str]:
    """Cells whose counters are not what their rows say."""
    people = select(func.count()).where(Member.cell_id == Cell.id).scalar_subquery()
    approvals = select(func.count()).where(Application.cell_id == Cell.id, Application.seat == "reserved")
    kept, taken = Cell.seats_reserved, Cell.seats_taken
    wrong = (people != taken) | (approvals.scalar_subquery() != kept) | (kept + taken > SEATS)
    rows = db.session.execute(select(Cell.slug, taken, people, kept).where(wrong))
    return [f"{slug}: {t} taken for {p} people, {r} reserved" for slug, t, p, r in rows]


def places_are_true() -> list[str]:
    """Squads whose counter is not what their rows say, or that hold too many."""
    people = select(func.count()).where(Member.squad_id == Squad.id, Member.cell_id == Squad.cell_id).scalar_subquery()
    wrong = (people != Squad.taken) | (Squad.taken > Squad.places)
    rows = db.session.execute(select(Squad.id, Squad.taken, people).where(wrong))
    return [f"squad {squad}: {taken} taken for {count} people" for squad, taken, count in rows]


def one_live_application() -> list[str]:
    """People with two live applications."""
    live = select(Application.member_id).where(Application.state.in_(LIVE)).group_by(Application.member_id)
    return [f"member {member}" for member in db.session.scalars(live.having(func.count() > 1))]


def members_accepted() -> list[str]:
    """People in a cell who accepted nothing."""
    accepted = select(Acceptance.id).where(Acceptance.member_id == Member.id).exists()
    rows = db.session.scalars(select(Member.handle).where(Member.cell_id.is_not(None), ~accepted))
    return [f"{handle} is in a cell without a covenant" for handle in rows]


def fees_follow_approval() -> list[str]:
    """Fees of applications that nobody approved."""
    rows = select(Fee.id).join(Application, Application.id == Fee.application_id)
    return [f"fee {fee}" for fee in db.session.scalars(rows.where(Application.decided_at.is_(None)))]


def fees_are_charged() -> list[str]:
    """Fees that were paid without a captured payment of the same amount and currency, or went back otherwise.

    One that is on its way back waits while the payer's bank holds the money.
    """
    same = (Charge.amount_minor == Fee.amount_minor, Charge.currency == Fee.currency, Charge.state == "paid")
    rows = select(Fee.id, Fee.state, Charge.id.label("charge_id"), Charge.refunded_minor)
    rows = rows.add_columns(Fee.amount_minor, Charge.held_minor)
    rows = rows.outerjoin(Charge, and_(Charge.id == Fee.charge_id, *same)).where(Fee.paid_at.is_not(None))
    return [
        f"fee {row.id} is {row.state}, its charge {row.charge_id} gave back {row.refunded_minor}"
        for row in db.session.execute(rows)
        if row.charge_id is None or not _went_back_as_it_says(row)
    ]


def _went_back_as_it_says(row: Any) -> bool:
    if row.held_minor and row.state == "returning":
        return True
    return bool((row.state in ("returning", "returned")) == (row.refunded_minor == row.amount_minor))


def privileged_acts_are_audited() -> list[str]:
    """Decisions and suspensions without an audit row."""
    decided = select(Application.id).where(Application.state.in_(DECIDED), ~_audited("application", Application.id))
    suspended = select(Suspension.id).where(~_audited("member", Suspension.member_id))
    return [f"application {row}" for row in db.session.scalars(decided)] + [
        f"suspension {row}" for row in db.session.scalars(suspended)
    ]


def _audited(kind: str, row_id: Any) -> Any:
    return select(Audit.id).where(Audit.subject == literal(f"{kind}:") + cast(row_id, String)).exists()
