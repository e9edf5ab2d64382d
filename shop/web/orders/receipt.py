"""The sum of an order as a ledger's rows: goods, points, post by brand and the tax inside."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from shop.orders import Order
from shop.prices import Quote, Step


def quoted(price: Quote, brands: dict[int, str]) -> list[tuple[str, Step]]:
    """The steps of a quote with their words; the total stands by itself."""
    return _told((step for step in price.steps if step.key != "total"), brands)


def ordered(order: Order, parcels: list[Any]) -> list[tuple[str, Step]]:
    """The steps of an order as it was placed."""
    steps = [Step("goods", order.merchandise_minor)]
    if order.points:
        steps.append(Step("points", -order.points_minor, order.points))
    steps += [Step("shipping", parcel.shipping_minor, brand_id=parcel.brand_id) for parcel in parcels]
    steps.append(Step("tax", order.tax_minor))
    return _told(steps, {parcel.brand_id: parcel.brand for parcel in parcels})


def _told(steps: Iterable[Step], brands: dict[int, str]) -> list[tuple[str, Step]]:
    return [(_term(step, brands), step) for step in steps]


def _term(step: Step, brands: dict[int, str]) -> str:
    if step.key == "points":
        return str(ngettext("%(num)d point", "%(num)d points", step.count))
    if step.key == "shipping":
        return str(_("Post, %(brand)s", brand=brands.get(step.brand_id or 0, "")))
    return str(_("Goods") if step.key == "goods" else _("Tax, included"))
