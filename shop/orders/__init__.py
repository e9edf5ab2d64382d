"""Orders: placed, paid, sent, closed, or ended and given back (RULES 8)."""

from shop.orders import parts
from shop.orders.disputing import decided, disputed
from shop.orders.ending import cancel, lapsed, renew, sweep
from shop.orders.paying import paid
from shop.orders.placing import ask, place, priced
from shop.orders.reading import PAGE, all_of, desk_page_of, for_operator, last_address, lines, mine, of, page_of
from shop.orders.refunding import ACT, approved, concerns, hold, refund, refunded, share_out, void
from shop.orders.rows import HOLD, KEPT, MOVES, PURPOSE, Address, Order, OrderLine

__all__ = [
    "ACT",
    "HOLD",
    "KEPT",
    "MOVES",
    "PAGE",
    "PURPOSE",
    "Address",
    "Order",
    "OrderLine",
    "all_of",
    "approved",
    "ask",
    "cancel",
    "concerns",
    "decided",
    "desk_page_of",
    "disputed",
    "for_operator",
    "hold",
    "lapsed",
    "last_address",
    "lines",
    "mine",
    "of",
    "page_of",
    "paid",
    "parts",
    "place",
    "priced",
    "refund",
    "refunded",
    "renew",
    "share_out",
    "sweep",
    "void",
]
