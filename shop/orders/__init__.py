"""Orders: placed, paid, sent, closed, or ended and given back (RULES 8)."""

from shop.orders.ending import cancel, lapsed, renew, sweep
from shop.orders.paying import paid
from shop.orders.placing import ask, place, priced
from shop.orders.reading import PAGE, all_of, for_operator, last_address, lines, mine, of, page_of
from shop.orders.refunding import refund, refunded
from shop.orders.rows import HOLD, KEPT, MOVES, PURPOSE, Address, Order, OrderLine

__all__ = [
    "HOLD",
    "KEPT",
    "MOVES",
    "PAGE",
    "PURPOSE",
    "Address",
    "Order",
    "OrderLine",
    "all_of",
    "ask",
    "cancel",
    "for_operator",
    "lapsed",
    "last_address",
    "lines",
    "mine",
    "of",
    "page_of",
    "paid",
    "place",
    "priced",
    "refund",
    "refunded",
    "renew",
    "sweep",
]
