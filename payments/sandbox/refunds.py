"""Refunds: money on its way back, never more than was taken."""

from typing import Any

from payments.sandbox import disputes, events, lists
from payments.sandbox.currencies import written
from payments.sandbox.file import shown
from payments.sandbox.handlers import imitates
from payments.sandbox.metadata import within_limits
from payments.sandbox.refusals import Refusal, missing_param
from payments.sandbox.turns import Turn, fresh_id

Json = dict[str, Any]


@imitates("POST /v1/refunds", "payment_intent", "charge", "amount", "reason", "metadata")
def create(turn: Turn, params: Json) -> Json:
    """Sends back `amount`, or the whole rest; refused over the rest (`charge_already_refunded` once there is none)."""
    charge = _charge(turn, params)
    rest = charge["amount_captured"] - charge["amount_refunded"]
    if not rest:
        raise Refusal(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    disputes.refundable(turn, charge)
    amount = params.get("amount", rest)
    if amount < 1:
        raise Refusal(
            "This value must be greater than or equal to 1.", code="parameter_invalid_integer", param="amount"
        )
    if amount > rest:
        asked, left = written(amount, charge["currency"]), written(rest, charge["currency"])
        raise Refusal(f"Refund amount ({asked}) is greater than unrefunded amount on charge ({left})", param="amount")
    refund = _of(turn, charge, amount, params)
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount_captured"]
    turn.rows.put(refund)
    turn.rows.put(charge)
    events.emit(turn, "refund.created", refund)
    events.emit(turn, "charge.refunded", charge)
    # Stripe tells again once the bank's reference has come; here it comes at once.
    events.emit(turn, "refund.updated", refund)
    disputes.refunded(turn, charge)
    return refund


@imitates("GET /v1/refunds/{refund}")
def retrieve(turn: Turn, params: Json) -> Json:
    """One refund."""
    return shown(turn.named("refund", "refund"))


@imitates("GET /v1/refunds", "charge", "payment_intent", *lists.PAGING)
def listed(turn: Turn, params: Json) -> Json:
    """Refunds, of a charge or an intent perhaps."""
    return lists.page(turn, "refund", "/v1/refunds", params, equal=("charge", "payment_intent"))


def _charge(turn: Turn, params: Json) -> Json:
    """The captured charge that the parameters name."""
    if "charge" in params and "payment_intent" in params:
        message = "You may only specify one of these parameters: charge, payment_intent."
        raise Refusal(message, code="parameters_exclusive", param="payment_intent")
    if "payment_intent" in params:
        intent = turn.need("payment_intent", params["payment_intent"], "payment_intent")
        if intent["status"] != "succeeded":
            message = f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund."
            raise Refusal(message, code="payment_intent_unexpected_state", param="payment_intent")
        return turn.need("charge", intent["latest_charge"], "charge")
    if "charge" not in params:
        raise missing_param("charge")
    charge = turn.need("charge", params["charge"], "charge")
    if not charge["paid"]:
        raise Refusal(f"Charge {charge['id']} has not been paid.", param="charge")
    return charge


def _of(turn: Turn, charge: Json, amount: int, params: Json) -> Json:
    reference = {"type": "refund", "reference_status": "available", "reference_type": "acquirer_reference_number"}
    return {
        "id": fresh_id("re"),
        "object": "refund",
        "created": turn.now,
        "status": "succeeded",
        "amount": amount,
        "currency": charge["currency"],
        "charge": charge["id"],
        "payment_intent": charge["payment_intent"],
        "reason": params.get("reason"),
        "destination_details": {"type": "card", "card": reference},
        "metadata": within_limits(params),
    }
