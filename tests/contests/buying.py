"""Units, slots and payments that people compete for in the shop."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from kernel import db
from payments import captures, charges
from payments.charges import Charge
from shop import carts, orders, stock
from shop.orders import Order
from shop.orders.placing import priced
from shop.stock import Variant
from tests import builders
from tests.contests.judging import count, exactly_one
from tests.shop import goods

BUYERS = ("Ann Okafor", "Ben Castillo", "Carla Dias")


# One unit, three holds.
def one_unit() -> tuple[Any, ...]:
    return (goods.product(stock_count=1),)


def hold_it(variant_id: int) -> str:
    stock.hold({variant_id: 1})
    return "held"


def never_more_than_there_is(outcomes: list[Any]) -> str | None:
    row = db.session.execute(select(Variant.on_hand, Variant.held)).one()
    return exactly_one("held")(outcomes) or (None if row.held <= row.on_hand else f"{row}")


# A double click on "Pay": the same key three times at once.
def one_cart() -> tuple[Any, ...]:
    variant_id, member_id = goods.product(stock_count=5), builders.engaged("Ann Okafor")
    goods.put(member_id, variant_id)
    return (member_id,)


def click(member_id: int) -> str:
    who = builders.viewer(member_id)
    total = priced(carts.of(who), "PT", 0, who.purse).total_minor
    return "order " + orders.place(who, goods.HOME, 0, total, "the same key")


def one_order(outcomes: list[Any]) -> str | None:
    numbers = {o for o in outcomes if str(o).startswith("order ")}
    if count(Order) != 1 or len(numbers) != 1:
        return f"{count(Order)} orders, answers {outcomes}"
    return None


# Three payments' news of one order at once: paid once, one unit sold once.
def one_paid_order() -> tuple[Any, ...]:
    variant_id, member_id = goods.product(stock_count=5), builders.engaged("Ann Okafor")
    goods.place(member_id, variant_id)
    charge_id = db.session.scalars(select(Charge.id).where(Charge.purpose == "shop.order")).one()
    return (charge_id,)


def take_it(charge_id: int) -> str:
    captures.take(charge_id, "cs_1", "pi_1")
    return charges.get(charge_id).state


def sold_once(outcomes: list[Any]) -> str | None:
    sold = db.session.scalar(select(Variant.sold))
    return None if sold == 1 and set(outcomes) == {"paid"} else f"sold {sold}, {outcomes}"


RACES: dict[str, dict[str, Any]] = {
    "one unit, held by three": {
        "act": "buying:hold_it",
        "prepare": one_unit,
        "lost": never_more_than_there_is,
        "rules": (("shop_variants", "ck_shop_variants_in_stock"),),
    },
    "one click on pay, three times": {
        "act": "buying:click",
        "prepare": one_cart,
        "lost": one_order,
        "rules": (
            ("shop_orders", "uq_shop_orders_placed_once"),
            ("shop_orders", "uq_shop_orders_unpaid_slots"),
        ),
        "guard_is_a_rule": True,
        "mutant_on": ("postgresql",),
    },
    "one payment, told three times": {
        "act": "buying:take_it",
        "prepare": one_paid_order,
        "lost": sold_once,
        "rules": (
            ("shop_variants", "ck_shop_variants_in_stock"),
            ("shop_variants", "ck_shop_variants_stock_adds_up"),
        ),
    },
}
