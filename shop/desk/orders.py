"""All orders, for operators: look at one, give it back whole with a reason."""

from __future__ import annotations

from typing import Any

from babel import Locale
from flask import flash, redirect, render_template, request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user, login_required

from kernel.forms import Form, Prose
from payments import charges, refunds
from shop import orders, parcels
from shop.desk import bp
from shop.orders import KEPT
from shop.web.orders.receipt import ordered
from shop.web.orders.timeline import PARCELS, STATES, events
from shop.web.products import page_number


class RefundForm(Form):
    """Why a whole order is given back."""

    why = Prose(_l("Why"), least=5, most=500)


@bp.get("/orders", endpoint="orders")
@login_required
def every() -> str:
    """Everybody's orders, newest first, by state."""
    chosen, page = request.args.get("state", ""), page_number()
    chosen = chosen if chosen in STATES else ""
    rows = orders.all_of(current_user, chosen or None, page)
    return render_template(
        "desk/shop/orders.html",
        orders=rows[: orders.PAGE],
        states=STATES,
        chosen=chosen,
        older=url_for("desk_shop.orders", state=chosen or None, page=page + 1) if len(rows) > orders.PAGE else None,
        newer=url_for("desk_shop.orders", state=chosen or None, page=page - 1) if page > 1 else None,
    )


@bp.get("/orders/<number:number>")
@login_required
def order(number: str, form: RefundForm | None = None) -> str:
    """One order with everything about it, and the refund."""
    row = orders.for_operator(current_user, number)
    packed = parcels.of(row.id)
    charge = charges.of(orders.PURPOSE, row.id)
    return render_template(
        "desk/shop/order.html",
        order=row,
        state=STATES[row.state],
        lines=orders.lines(row.id),
        parcels=packed,
        parcel_states=PARCELS,
        receipt=ordered(row, packed),
        events=events(row, packed),
        charge=charge,
        refunds=refunds.of_charge(charge.id) if charge else [],
        refundable=row.state in KEPT and row.refund_asked_at is None,
        country=Locale.parse(str(get_locale() or "en")).territories.get(row.country, row.country),
        form=form or RefundForm(),
    )


@bp.post("/orders/<number:number>/refund")
@login_required
def refund(number: str) -> Any:
    """Give a whole order back."""
    form = RefundForm()
    form.check(lambda form: order(number, form))
    orders.refund(current_user, number, form.why.data)
    flash(_("The refund is on its way to Stripe."), "success")
    return redirect(url_for("desk_shop.order", number=number), 303)
