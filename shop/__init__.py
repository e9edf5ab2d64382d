"""The shop: products, stock, carts, orders and parcels; it asks community who may buy and payments for the money."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from kernel.house import CauseKind, DeskItem, House, NavItem, Purpose
from kernel.worker import Chore


def contribute(house: House) -> None:
    """Bring the shelf, the cart, orders and the desks of brand admins and operators into the house."""
    from shop import carts, causes, demo, invariants, orders, parcels, terms
    from shop.desk import bp as desk
    from shop.desk.orders import act
    from shop.desk.parcels import waiting
    from shop.desk.today import panels
    from shop.web import bp
    from shop.web.products import cards
    from shop.web.sentences import SENTENCES

    terms.configure(house.config.currency)
    house.blueprint(bp, desk)
    house.say(SENTENCES)
    house.nav.append(NavItem(_l("Shop"), "shop.index", 40))
    house.desk += _desk_items()
    house.today.append(waiting)
    house.beside.append(panels)
    house.counters["cart"] = carts.count_of
    house.landing["goods"] = lambda: cards(4)
    house.purposes[orders.PURPOSE] = Purpose(
        orders.PURPOSE,
        orders.paid,
        orders.lapsed,
        orders.refunded,
        orders.page_of,
        on_refund_asked=orders.share_out,
        on_refund_void=orders.void,
        on_disputed=orders.disputed,
        on_dispute_closed=orders.decided,
        label=_l("Order"),
        desk_page=orders.desk_page_of,
        cause=lambda order_id: f"shop_orders:{order_id}",
    )
    house.acts[orders.ACT] = act()
    house.chores += [Chore("orders", orders.Order, orders.sweep), Chore("parcels", parcels.Parcel, parcels.arrive)]
    house.invariants.update(invariants.invariants())
    house.causes[causes.TABLE] = CauseKind(_l("Parcel"), causes.find)
    house.demo["shop"] = demo.story


def _desk_items() -> list[DeskItem]:
    head = _l("Shop")
    return [
        DeskItem(head, "package", _l("Parcels"), "desk_shop.parcels", 40, lambda viewer: viewer.holds("brand_admin")),
        DeskItem(head, "tag", _l("Products"), "desk_shop.products", 41, lambda viewer: viewer.holds("brand_admin")),
        DeskItem(
            head, "truck", _l("Post and tax"), "desk_shop.shipping", 42, lambda viewer: viewer.holds("brand_admin")
        ),
        DeskItem(head, "scroll-text", _l("Orders"), "desk_shop.orders", 43, lambda viewer: viewer.has("operator")),
    ]
