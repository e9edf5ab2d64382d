"""Products and prices: what is taken every month or every year; a price is never edited, only closed to newcomers."""

from typing import Any

from payments.sandbox import events, lists
from payments.sandbox.currencies import MAXIMUM, known
from payments.sandbox.handlers import imitates
from payments.sandbox.metadata import within_limits
from payments.sandbox.periods import MONTHS
from payments.sandbox.refusals import Refusal, missing_param, unsupported
from payments.sandbox.turns import Turn, fresh_id

Json = dict[str, Any]
KIND = "price"
HEEDED = (
    *("currency", "unit_amount", "nickname", "metadata", "recurring.interval", "product", "product_data.name"),
    "product_data.metadata",
)


@imitates("POST /v1/prices", *HEEDED)
def create(turn: Turn, params: Json) -> Json:
    """A price that recurs, of a product of its own or of one that is there."""
    if "recurring" not in params:
        raise unsupported("prices that are taken once", "recurring")
    interval = params["recurring"]["interval"]
    if interval not in MONTHS:
        raise unsupported(f"the interval {interval}", "recurring[interval]")
    amount = params.get("unit_amount")
    if amount is None:
        raise missing_param("unit_amount")
    if not 0 <= amount <= MAXIMUM:
        message = "Invalid non-negative integer" if amount < 0 else f"Amount must be no more than {MAXIMUM}"
        raise Refusal(message, code="parameter_invalid_integer", param="unit_amount")
    price = {
        "id": fresh_id("price"),
        "object": KIND,
        "active": True,
        "billing_scheme": "per_unit",
        "created": turn.now,
        "currency": known(params["currency"], "currency"),
        "livemode": False,
        "lookup_key": None,
        "metadata": within_limits(params),
        "nickname": params.get("nickname"),
        "product": _product(turn, params)["id"],
        "recurring": {"interval": interval, "interval_count": 1, "meter": None, "usage_type": "licensed"},
        "tax_behavior": "unspecified",
        "type": "recurring",
        "unit_amount": amount,
        "unit_amount_decimal": str(amount),
    }
    turn.rows.put(price)
    events.emit(turn, "price.created", price)
    return price


@imitates("GET /v1/prices/{price}")
def retrieve(turn: Turn, params: Json) -> Json:
    """One price."""
    return turn.named(KIND, "price")


@imitates("GET /v1/prices", "product", *lists.PAGING)
def listed(turn: Turn, params: Json) -> Json:
    """Prices, of a product perhaps."""
    return lists.page(turn, KIND, "/v1/prices", params, equal=("product",))


@imitates("POST /v1/prices/{price}", "active", "nickname")
def update(turn: Turn, params: Json) -> Json:
    """Closes a price to newcomers or opens it again; who has it keeps it."""
    price = turn.named(KIND, "price")
    price.update(params)
    turn.rows.put(price)
    events.emit(turn, "price.updated", price)
    return price


@imitates("GET /v1/products/{id}")
def product(turn: Turn, params: Json) -> Json:
    """One product."""
    return turn.named("product", "id")


def open_to_newcomers(turn: Turn, price_id: str, param: str) -> Json:
    """The price, refused when it is closed."""
    price = turn.need(KIND, price_id, param)
    if not price["active"]:
        raise Refusal("The price specified is inactive. This field only accepts active prices.", param=param)
    return price


def name(turn: Turn, price: Json) -> str:
    """What its product is called."""
    return str(turn.need("product", price["product"], "product")["name"])


def _product(turn: Turn, params: Json) -> Json:
    if "product" in params and "product_data" in params:
        message = "You may only specify one of these parameters: product, product_data."
        raise Refusal(message, code="parameters_exclusive", param="product")
    if "product" in params:
        return turn.need("product", params["product"], "product")
    if "product_data" not in params:
        raise missing_param("product")
    made = {
        "id": fresh_id("prod"),
        "object": "product",
        "active": True,
        "created": turn.now,
        "default_price": None,
        "description": None,
        "images": [],
        "livemode": False,
        "marketing_features": [],
        "metadata": within_limits(params["product_data"], "product_data[metadata]"),
        "name": params["product_data"]["name"],
        "type": "service",
        "updated": turn.now,
    }
    turn.rows.put(made)
    events.emit(turn, "product.created", made)
    return made
