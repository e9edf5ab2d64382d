"""What the shop's refusals say to people."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

SENTENCES = {
    "shop.sold_out": _l("%(title)s has just sold out. Nothing was ordered."),
    "shop.too_few_left": _l("Only %(left)s of %(title)s are left. Nothing was ordered."),
    "shop.gone": _l("%(title)s is not for sale any more. Take it out of your cart to go on."),
    "shop.cart_empty": _l("Your cart is empty."),
    "shop.cart_full": _l("A cart takes %(most)s different things. Order these first."),
    "shop.cart_most": _l("At most %(most)s of one thing, please."),
    "shop.not_sent_there": _l("%(brand)s does not send there."),
    "shop.points_most": _l("You can use up to %(most)s points on this order."),
    "shop.too_dear": _l("One order takes up to %(most)s. Please make two of it."),
    "shop.total_changed": _l(
        "The total is now %(total)s. Nothing was ordered: look at the sum, and press the button again if it is right."
    ),
    "shop.two_unpaid": _l("Two of your orders wait for payment. Pay or cancel one of them first."),
    "shop.not_payable": _l("There is nothing to pay on this order any more."),
    "shop.not_cancellable": _l("This order cannot be cancelled any more."),
    "shop.not_renewable": _l("An order is held for longer only once."),
    "shop.not_refundable": _l("There is not that much left to give back of this order."),
    "shop.whole_or_parts": _l("You typed amounts. Choose that a part goes back, or leave them empty."),
    "shop.nothing_chosen": _l("Say how much goes back, for one parcel at least."),
    "shop.disputed": _l("The buyer's bank disputes this payment: nothing is sent until it has decided."),
    "shop.kind_taken": _l("Another variant of this product has that name."),
    "entry.shop.order_paid": _l("Order paid"),
    "entry.shop.order_refunded": _l("Order given back"),
    "account.goods": _l("Goods"),
    "account.tax": _l("Tax"),
    "account.waiver": _l("Paid with points"),
    "shop.no_variant": _l("Add at least one variant with a price before it goes on the shelf."),
}
