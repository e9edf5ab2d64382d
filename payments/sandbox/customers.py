"""Customers: one for each member who ever pays."""

import re
from typing import Any

from payments.sandbox import lists
from payments.sandbox.file import shown
from payments.sandbox.handlers import imitates
from payments.sandbox.metadata import within_limits
from payments.sandbox.refusals import Refusal
from payments.sandbox.turns import Turn, fresh_id

Json = dict[str, Any]
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
LENGTHS = {"email": 512, "name": 256, "description": 350, "phone": 20}


@imitates("POST /v1/customers", "email", "name", "description", "phone", "metadata")
def create(turn: Turn, params: Json) -> Json:
    """A new customer, even for an address that has one already, as with Stripe."""
    if "email" in params:
        valid_email(params["email"], "email")
    for name, most in LENGTHS.items():
        if len(params.get(name, "")) > most:
            raise Refusal(f"Invalid string: {name} must be at most {most} characters", param=name)
    customer = {
        "id": fresh_id("cus"),
        "object": "customer",
        "created": turn.now,
        "livemode": False,
        "email": params.get("email"),
        "name": params.get("name"),
        "description": params.get("description"),
        "phone": params.get("phone"),
        "balance": 0,
        "invoice_settings": {"default_payment_method": None},
        "metadata": within_limits(params),
    }
    turn.rows.put(customer)
    return customer


@imitates("GET /v1/customers/{customer}")
def retrieve(turn: Turn, params: Json) -> Json:
    """One customer."""
    return shown(turn.named("customer", "customer"))


@imitates("GET /v1/customers", "email", *lists.PAGING)
def listed(turn: Turn, params: Json) -> Json:
    """Customers, by address perhaps."""
    return lists.page(turn, "customer", "/v1/customers", params, equal=("email",))


def valid_email(email: str, param: str) -> None:
    """Refused with `email_invalid` unless it could be an address."""
    if not EMAIL.fullmatch(email):
        raise Refusal(f"Invalid email address: {email}", code="email_invalid", param=param)
