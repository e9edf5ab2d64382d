"""Lines: what a page that takes money asks for, priced by the caller."""

from typing import Any

from payments.sandbox.currencies import chargeable, known
from payments.sandbox.refusals import Refusal, missing_param, unsupported

Json = dict[str, Any]
MOST = 100


def read(params: Json) -> tuple[list[Json], str, int]:
    """The rows of the page, their one currency and their sum."""
    if len(params["line_items"]) > MOST:
        raise Refusal(f"You can only pass up to {MOST} line items.", param="line_items")
    lines = [_line(item, f"line_items[{i}]") for i, item in enumerate(params["line_items"])]
    currencies = sorted({line["currency"] for line in lines})
    if len(currencies) > 1:
        message = f"All line items must have the same currency; you passed {', '.join(currencies)}."
        raise Refusal(message, param="line_items")
    total = sum(line["amount_total"] for line in lines)
    chargeable(total, currencies[0], "line_items")
    return lines, currencies[0], total


def _line(item: Json, param: str) -> Json:
    if "price" in item:
        raise unsupported("prices in the mode payment", f"{param}[price]")
    if "price_data" not in item:
        raise Refusal(f"You must specify either `price` or `price_data` in `{param}`.", param=param)
    if "quantity" not in item:
        raise Refusal(f"Quantity is required. Add `quantity` to `{param}`", param=f"{param}[quantity]")
    price = item["price_data"]
    if "product_data" not in price:
        raise missing_param(f"{param}[price_data][product]")
    if "unit_amount" not in price:
        raise missing_param(f"{param}[price_data][unit_amount]")
    for name, number, least in (("quantity", item["quantity"], 1), ("unit_amount", price["unit_amount"], 0)):
        if number < least:
            message = f"This value must be greater than or equal to {least}."
            raise Refusal(message, code="parameter_invalid_integer", param=f"{param}[{name}]")
    return {
        "name": price["product_data"]["name"],
        "description": price["product_data"].get("description"),
        "quantity": item["quantity"],
        "currency": known(price["currency"], f"{param}[price_data][currency]"),
        "amount_total": item["quantity"] * price["unit_amount"],
    }
