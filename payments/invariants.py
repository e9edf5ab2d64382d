"""What must always be true of payments (PAYMENTS: Always true)."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import and_, func, select

from kernel import clock, db
from kernel.ledger import Account, LegRow
from payments.attempts import Attempt
from payments.charges import Charge
from payments.dispute_rows import HOLDING, Dispute
from payments.disputes import beyond
from payments.refunds import BANK, Refund
from payments.setups import Setup


def invariants() -> dict[str, Callable[[], list[str]]]:
    """By name, for `flask verify`."""
    return {
        "payments that were refused are being refunded": refused_are_refunded,
        "refunds equal what their charge promised back": refunds_add_up,
        "what disputes hold of a charge is counted on it": disputes_add_up,
        "nothing is promised back of what a dispute holds": nothing_asked_in_a_dispute,
        "the gateway's account equals charges less refunds": gateway_is_true,
        "no charge outlives its end by more than a sweep": none_outlives_its_end,
        "no setup outlives its end by more than a sweep": no_setup_outlives_its_end,
        "no refused card is kept": no_refused_card_is_kept,
        "there is one way to pay a charge at a time": one_way_to_pay,
        "an open attempt is on its way": attempts_are_on_their_way,
        "a charged card paid its charge or is paid back": charged_cards_paid,
    }


def refused_are_refunded() -> list[str]:
    """Captured payments that belong to nobody and do not go back in full; what a bank holds waits for it."""
    rows = db.session.scalars(
        select(Charge.id).where(
            Charge.state == "refused", Charge.refunded_minor + Charge.held_minor < Charge.amount_minor
        )
    )
    return [f"charge {charge} was refused and kept" for charge in rows]


def refunds_add_up() -> list[str]:
    """Charges whose counter differs from their refund rows."""
    total = func.coalesce(func.sum(Refund.amount_minor), 0)
    rows = db.session.execute(
        select(Charge.id, Charge.refunded_minor, total)
        .outerjoin(Refund, and_(Refund.charge_id == Charge.id, Refund.state != "void"))
        .group_by(Charge.id, Charge.refunded_minor)
        .having(total != Charge.refunded_minor)
    )
    return [f"charge {charge} promised {kept}, rows say {summed}" for charge, kept, summed in rows]


def disputes_add_up() -> list[str]:
    """Charges whose counter differs from what their open disputes hold, and lost ones that count nowhere as gone."""
    held = func.coalesce(func.sum(Dispute.held_minor), 0)
    holding = and_(Dispute.charge_id == Charge.id, Dispute.state.in_(HOLDING))
    rows = db.session.execute(
        select(Charge.id, Charge.held_minor, held)
        .outerjoin(Dispute, holding)
        .group_by(Charge.id, Charge.held_minor)
        .having(held != Charge.held_minor)
    )
    gone = and_(Refund.gateway_id == Dispute.gateway_id, Refund.amount_minor == Dispute.held_minor)
    lost = select(Dispute.id).outerjoin(Refund, gone).where(Dispute.state == "lost", Dispute.held_minor > 0)
    return [f"charge {charge} counts {kept} as held, its disputes hold {summed}" for charge, kept, summed in rows] + [
        f"dispute {dispute} was lost and counts nowhere"
        for dispute in db.session.scalars(lost.where(Refund.id.is_(None)))
    ]


def nothing_asked_in_a_dispute() -> list[str]:
    """Refunds of ours that are still to be sent while the payer's bank holds money of the same charge."""
    rows = select(Refund.id).join(Charge, Charge.id == Refund.charge_id)
    return [
        f"refund {refund}" for refund in db.session.scalars(rows.where(Refund.state == "asked", Charge.held_minor > 0))
    ]


def gateway_is_true() -> list[str]:
    """The ledger's picture of the gateway against our charges and finished refunds.

    What our bank paid never left the gateway; of a refused charge it is then all that the books know of. What lost
    disputes took beyond their charges left it too.
    """
    taken = (
        db.session.scalar(select(func.coalesce(func.sum(Charge.amount_minor), 0)).where(Charge.state == "paid")) or 0
    )
    back = select(func.coalesce(func.sum(Refund.amount_minor), 0)).join(Charge, Charge.id == Refund.charge_id)
    went = and_(Refund.state == "done", Refund.source != BANK, Charge.state == "paid")
    returned = db.session.scalar(back.where(went)) or 0
    taken += db.session.scalar(back.where(Refund.source == BANK, Charge.state == "refused")) or 0
    returned += db.session.scalar(select(func.coalesce(func.sum(beyond()), 0)).where(Dispute.state == "lost")) or 0
    legs = select(func.coalesce(func.sum(LegRow.amount), 0)).join(Account, Account.id == LegRow.account_id)
    booked = db.session.scalar(legs.where(Account.owner == "gateway", Account.name != "transfers")) or 0
    return [] if booked == taken - returned else [f"the ledger says {booked}, charges say {taken} less {returned}"]


def none_outlives_its_end() -> list[str]:
    """Open charges that the sweep should have ended ten minutes ago."""
    from kernel.verify import STALE

    rows = db.session.scalars(select(Charge.id).where(Charge.state == "open", Charge.expires_at < clock.now() - STALE))
    return [f"charge {charge} is still open" for charge in rows]


def no_setup_outlives_its_end() -> list[str]:
    """Open setups that the sweep should have ended ten minutes ago."""
    from kernel.verify import STALE

    rows = db.session.scalars(select(Setup.id).where(Setup.state == "open", Setup.expires_at < clock.now() - STALE))
    return [f"setup {setup} is still open" for setup in rows]


def no_refused_card_is_kept() -> list[str]:
    """Cards that their owner refused and nobody takes off at Stripe."""
    due = (Setup.state == "forgotten", Setup.parked_at.is_not(None))
    rows = db.session.scalars(select(Setup.id).where((Setup.state == "refused") | and_(*due)))
    return [f"the card of setup {setup} is still on file" for setup in rows]


def one_way_to_pay() -> list[str]:
    """Open charges with two open attempts, or with an open page and an open attempt."""
    attempted = select(Attempt.charge_id).where(Attempt.state == "open")
    twice = db.session.scalars(attempted.group_by(Attempt.charge_id).having(func.count() > 1))
    paged = select(Charge.id).where(Charge.state == "open", Charge.session_id.is_not(None), Charge.id.in_(attempted))
    return [f"charge {charge} is attempted twice at once" for charge in twice] + [
        f"charge {charge} has a page and an attempt at once" for charge in db.session.scalars(paged)
    ]


def attempts_are_on_their_way() -> list[str]:
    """Open attempts that no worker will ever send."""
    rows = db.session.scalars(select(Attempt.id).where(Attempt.state == "open", Attempt.due_at.is_(None)))
    return [f"attempt {attempt} is open and never sent" for attempt in rows]


def charged_cards_paid() -> list[str]:
    """Attempts that succeeded and whose payment no charge has."""
    taken = select(Charge.intent_id).where(Charge.state.in_(["paid", "refused"]), Charge.intent_id.is_not(None))
    lost = select(Attempt.id).where(Attempt.state == "succeeded", Attempt.intent_id.not_in(taken))
    return [f"the payment of attempt {attempt} belongs to nothing" for attempt in db.session.scalars(lost)]
