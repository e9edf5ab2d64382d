"""Transfers: money goes on to a connected account, and may come back from there."""

from typing import Any

from payments.sandbox import accounts, books, events, lists
from payments.sandbox.currencies import known, written
from payments.sandbox.file import shown
from payments.sandbox.handlers import imitates
from payments.sandbox.metadata import within_limits
from payments.sandbox.refusals import Refusal, missing_param
from payments.sandbox.turns import Turn, fresh_id

Json = dict[str, Any]
KIND, BACK = "transfer", "transfer_reversal"
HEEDED = ("amount", "currency", "destination", "transfer_group", "source_transaction", "description", "metadata")


@imitates("POST /v1/transfers", *HEEDED)
def create(turn: Turn, params: Json) -> Json:
    """Sends money from one charge, or from the balance; refused when neither holds as much."""
    currency = known(params["currency"], "currency")
    if "amount" not in params:
        raise missing_param("amount")
    _positive(params["amount"])
    accounts.receives(turn, params["destination"])
    if "source_transaction" in params:
        _from_charge(turn, params["source_transaction"], params["amount"], currency)
    elif params["amount"] > books.balance(turn.rows, currency):
        raise Refusal("You have insufficient available funds in your Stripe account.", code="balance_insufficient")
    transfer = _made(turn, params, currency)
    turn.rows.put(transfer)
    events.emit(turn, "transfer.created", transfer)
    return shown(transfer)


@imitates("GET /v1/transfers/{transfer}")
def retrieve(turn: Turn, params: Json) -> Json:
    """One transfer."""
    return shown(turn.named(KIND, "transfer"))


@imitates("GET /v1/transfers", "destination", "transfer_group", *lists.PAGING)
def listed(turn: Turn, params: Json) -> Json:
    """Transfers, to an account or of a group perhaps."""
    return lists.page(turn, KIND, "/v1/transfers", params, equal=("destination", "transfer_group"))


@imitates("POST /v1/transfers/{id}/reversals", "amount", "description", "metadata")
def reverse(turn: Turn, params: Json) -> Json:
    """Takes a part, or the whole rest, back; refused over the rest, or when the account no longer holds it."""
    return take_back(turn, turn.named(KIND, "id"), params)


def take_back(turn: Turn, transfer: Json, params: Json) -> Json:
    """The same for a transfer that was found before, as by hand."""
    rest = transfer["amount"] - transfer["amount_reversed"]
    if not rest:
        raise Refusal(f"Transfer {transfer['id']} is already fully reversed.")
    amount = params.get("amount", rest)
    _positive(amount)
    if amount > rest:
        asked, left = written(amount, transfer["currency"]), written(rest, transfer["currency"])
        message = f"Transfer reversal amount ({asked}) is greater than unreversed amount on transfer ({left})"
        raise Refusal(message, param="amount")
    if amount > books.held_by(turn.rows, transfer["destination"], transfer["currency"]):
        message = f"The connected account {transfer['destination']} does not hold as much any more."
        raise Refusal(message, code="balance_insufficient")
    transfer["amount_reversed"] += amount
    transfer["reversed"] = transfer["amount_reversed"] == transfer["amount"]
    back = {
        "id": fresh_id("trr"),
        "object": BACK,
        "created": turn.now,
        "amount": amount,
        "currency": transfer["currency"],
        "transfer": transfer["id"],
        "metadata": within_limits(params),
    }
    turn.rows.put(back)
    turn.rows.put(transfer)
    events.emit(turn, "transfer.reversed", transfer)
    return back


@imitates("GET /v1/transfers/{id}/reversals", "limit", "starting_after")
def reversals(turn: Turn, params: Json) -> Json:
    """What came back of a transfer."""
    transfer = turn.named(KIND, "id")
    url = f"/v1/transfers/{transfer['id']}/reversals"
    return lists.page(turn, BACK, url, params | {"transfer": transfer["id"]}, equal=("transfer",))


def pay_out(turn: Turn, account_id: str) -> None:
    """By hand: all that an account holds goes to its holder's bank, out of reach of any reversal."""
    account = turn.need(accounts.KIND, account_id, "account", status=404)
    paid_out: Json = account.setdefault("_paid_out", {})
    for currency in books.currencies_of(turn.rows, account_id):
        paid_out[currency] = paid_out.get(currency, 0) + books.held_by(turn.rows, account_id, currency)
    turn.rows.put(account)


def _from_charge(turn: Turn, charge_id: str, amount: int, currency: str) -> None:
    charge = turn.need("charge", charge_id, "source_transaction")
    if not charge["captured"]:
        raise Refusal(f"Charge {charge_id} has taken no money to transfer.", param="source_transaction")
    if charge["currency"] != currency:
        message = f"The currency of source_transaction's balance transaction ({charge['currency']}) must be the same."
        raise Refusal(message, param="currency")
    rest = charge["amount_captured"] - books.sent_on(turn.rows, charge_id)
    if amount > rest:
        asked, left = written(amount, currency), written(rest, currency)
        message = f"The transfer ({asked}) is greater than what is left of source_transaction ({left})."
        raise Refusal(message, param="amount")


def _positive(amount: int) -> None:
    if amount < 1:
        message = "This value must be greater than or equal to 1."
        raise Refusal(message, code="parameter_invalid_integer", param="amount")


def _made(turn: Turn, params: Json, currency: str) -> Json:
    source, transfer_id = params.get("source_transaction"), fresh_id("tr")
    return {
        "id": transfer_id,
        "object": KIND,
        "created": turn.now,
        "livemode": False,
        "amount": params["amount"],
        "amount_reversed": 0,
        "currency": currency,
        "description": params.get("description"),
        "destination": params["destination"],
        "reversed": False,
        "source_transaction": source,
        "source_type": "card",
        "transfer_group": params.get("transfer_group") or (f"group_{source}" if source else None),
        "metadata": within_limits(params),
    }
