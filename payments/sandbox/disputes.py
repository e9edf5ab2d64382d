"""Disputes: a payer's bank takes money back, or only asks first; answered, won or lost at the dispute desk."""

from typing import Any

from payments.sandbox import events, lists
from payments.sandbox.file import Rows, load, shown
from payments.sandbox.handlers import imitates
from payments.sandbox.metadata import within_limits
from payments.sandbox.refusals import Refusal
from payments.sandbox.turns import Turn, fresh_id

Json = dict[str, Any]
KIND = "dispute"
ANSWER_S = 9 * 24 * 3600  # Stripe: usually 7 to 21 days, as the card's network has it
REASONS = ("fraudulent", "product_not_received", "product_unacceptable", "duplicate", "credit_not_processed", "general")
OPEN = ("needs_response", "under_review")
INQUIRIES = ("warning_needs_response", "warning_under_review")
WAITING = ("needs_response", "warning_needs_response")
# What makes the test bank decide at once, sent as `uncategorized_text` (docs.stripe.com/testing, Disputes).
VERDICTS = {"winning_evidence": True, "losing_evidence": False}
UNANSWERED = f"""FROM objects WHERE kind = '{KIND}'
    AND json_extract(body, '$.status') IN ('needs_response', 'warning_needs_response')"""  # as its index is
NEXT = f"SELECT min(json_extract(body, '$.evidence_details.due_by')) AS at {UNANSWERED}"
DUE = f"SELECT body {UNANSWERED} AND json_extract(body, '$.evidence_details.due_by') <= ?"


def begin(
    turn: Turn, charge: Json, reason: str = "fraudulent", *, inquiry: bool = False, amount: int | None = None
) -> Json:
    """The payer's bank disputes a captured charge, or a part of it, or only inquires.

    Refused when it was disputed or went back, or for more than is left of it.
    """
    if not charge["captured"] or charge["refunded"]:
        raise Refusal(f"Charge {charge['id']} holds no money that could be disputed.", param="charge")
    if charge["disputed"]:
        raise Refusal(f"Charge {charge['id']} has been disputed before.", param="charge")
    rest = charge["amount_captured"] - charge["amount_refunded"]
    if amount is not None and not 0 < amount <= rest:
        raise Refusal(f"Charge {charge['id']} does not hold as much.", param="amount")
    dispute = _fresh(turn, charge, reason, inquiry, amount or rest)
    turn.rows.put(charge | {"disputed": True})
    turn.rows.put(dispute)
    events.emit(turn, "charge.dispute.created", dispute)
    if not inquiry:
        events.emit(turn, "charge.dispute.funds_withdrawn", dispute)
    return dispute


def _fresh(turn: Turn, charge: Json, reason: str, inquiry: bool, amount: int) -> Json:
    return {
        "id": fresh_id("du"),
        "object": KIND,
        "created": turn.now,
        "livemode": False,
        "status": "warning_needs_response" if inquiry else "needs_response",
        "reason": reason,
        "amount": amount,
        "currency": charge["currency"],
        "charge": charge["id"],
        "payment_intent": charge["payment_intent"],
        "is_charge_refundable": inquiry,
        "evidence": {},
        "evidence_details": {
            "due_by": turn.now + ANSWER_S,
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "metadata": {},
    }


@imitates("GET /v1/disputes/{dispute}")
def retrieve(turn: Turn, params: Json) -> Json:
    """One dispute."""
    return shown(turn.named(KIND, "dispute"))


@imitates("GET /v1/disputes", "charge", "payment_intent", *lists.PAGING)
def listed(turn: Turn, params: Json) -> Json:
    """Disputes, of a charge or an intent perhaps."""
    return lists.page(turn, KIND, "/v1/disputes", params, equal=("charge", "payment_intent"))


@imitates("POST /v1/disputes/{dispute}", "evidence", "submit", "metadata")
def update(turn: Turn, params: Json) -> Json:
    """Stages evidence, or hands it to the bank (unless `submit` is false): once, and while there is time."""
    dispute = turn.named(KIND, "dispute")
    if "metadata" in params:
        dispute["metadata"] = within_limits({"metadata": dispute["metadata"] | params["metadata"]})
        turn.rows.put(dispute)
    if "evidence" in params or params.get("submit"):
        answer(turn, dispute, params.get("evidence", {}), submit=params.get("submit", True))
    return shown(dispute)


@imitates("POST /v1/disputes/{dispute}/close")
def close(turn: Turn, params: Json) -> Json:
    """Gives in: the dispute is lost; refused once it was answered or has ended."""
    dispute = turn.named(KIND, "dispute")
    _waits(dispute)
    decide(turn, dispute, won=False)
    return shown(dispute)


def disputed(turn: Turn, charge_id: str, reason: str, *, inquiry: bool, amount: int | None = None) -> Json:
    """By hand: the bank of a charge's payer disputes it."""
    return begin(turn, turn.need("charge", charge_id, "charge", status=404), reason, inquiry=inquiry, amount=amount)


def answered(turn: Turn, dispute_id: str, text: str) -> None:
    """By hand: evidence in one's own words is handed to the bank."""
    answer(turn, turn.need(KIND, dispute_id, "dispute", status=404), {"uncategorized_text": text}, submit=True)


def decided(turn: Turn, dispute_id: str, *, won: bool) -> None:
    """By hand: the bank decides."""
    decide(turn, turn.need(KIND, dispute_id, "dispute", status=404), won=won)


def answer(turn: Turn, dispute: Json, evidence: Json, *, submit: bool) -> None:
    """Stage evidence, or hand it to the bank; refused once it was handed in or the dispute has ended."""
    _waits(dispute)
    dispute["evidence"] |= evidence
    details = dispute["evidence_details"]
    details["has_evidence"] = bool(dispute["evidence"])
    if submit:
        details["submission_count"] += 1
        dispute["status"] = dispute["status"].replace("needs_response", "under_review")
    turn.rows.put(dispute)
    events.emit(turn, "charge.dispute.updated", dispute)
    verdict = VERDICTS.get(str(dispute["evidence"].get("uncategorized_text")))
    if submit and verdict is not None:
        decide(turn, dispute, won=verdict)


def decide(turn: Turn, dispute: Json, *, won: bool) -> None:
    """The bank decides an open dispute: the money comes back, or stays away. An inquiry only closes."""
    if dispute["status"] not in OPEN + INQUIRIES:
        raise Refusal(f"This dispute is already closed ({dispute['status']}).")
    inquiry = dispute["status"] in INQUIRIES
    dispute["status"] = "warning_closed" if inquiry else "won" if won else "lost"
    dispute["is_charge_refundable"] = inquiry or won
    turn.rows.put(dispute)
    events.emit(turn, "charge.dispute.closed", dispute)
    if won and not inquiry:
        events.emit(turn, "charge.dispute.funds_reinstated", dispute)


def refundable(turn: Turn, charge: Json) -> None:
    """Refused with `charge_disputed` while a bank has the money of a charge, or has kept it."""
    if charge["disputed"] and not _of(turn, charge)["is_charge_refundable"]:
        raise Refusal(f"Charge {charge['id']} has been charged back; cannot issue a refund.", code="charge_disputed")


def refunded(turn: Turn, charge: Json) -> None:
    """A charge went back whole: an inquiry about it has lost its object."""
    if charge["disputed"] and charge["refunded"]:
        dispute = _of(turn, charge)
        if dispute["status"] in INQUIRIES:
            decide(turn, dispute, won=False)


def lose_due(turn: Turn) -> int:
    """What nobody answered in time is lost; answers how many."""
    due = [load(row) for row in turn.rows.all(DUE, turn.now)]
    for dispute in due:
        dispute["evidence_details"]["past_due"] = True
        decide(turn, dispute, won=False)
    return len(due)


def next_at(rows: Rows) -> int | None:
    """When the time to answer a dispute is up next, in seconds."""
    row = rows.one(NEXT)
    return row["at"] if row else None


def _of(turn: Turn, charge: Json) -> Json:
    # Found by the intent, for which there is an index; a charge is disputed once.
    row = turn.rows.one(
        "SELECT body FROM objects WHERE json_extract(body, '$.payment_intent') = ? AND kind != 'event' AND kind = ?",
        *(charge["payment_intent"], KIND),
    )
    assert row is not None
    return load(row)


def _waits(dispute: Json) -> None:
    if dispute["status"] not in WAITING:
        what = "answered" if dispute["status"] in OPEN + INQUIRIES else "closed"
        raise Refusal(f"This dispute is already {what} ({dispute['status']}).")
