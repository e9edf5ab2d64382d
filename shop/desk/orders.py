"""All orders, for operators: look at one, give it back whole with a reason."""

from __future__ import annotations

from typing import Any

from babel import Locale
from flask import flash, redirect, render_template, request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user, login_required
from wtforms.validators import Optional

from kernel import approvals, money
from kernel.approvals import Act
from kernel.errors import Invalid
from kernel.forms import Choice, Form, Money, Prose, options
from kernel.web import addresses
from payments import operators
from shop import orders, parcels
from shop.desk import bp
from shop.orders import KEPT, parts
from shop.web.orders.receipt import ordered
from shop.web.orders.timeline import PARCELS, REFUNDS, STATES, events


class RefundForm(Form):
    """Why an order is given back, and what of it: everything that is left, or so much of each parcel."""

    how_much = Choice(
        _l("What goes back"), choices=options((("whole", _l("All that is left")), ("parts", _l("A part"))))
    )
    why = Prose(_l("Why"), least=5, most=500)


def refund_form(packed: list[Any], left: dict[int, int]) -> type[RefundForm]:
    """The form of one order: a field for each parcel of which something is left, named by the parcel's number."""
    fields: dict[str, Any] = {
        f"of_{parcel.number}": Money(parcel.brand, high_minor=left[parcel.id], validators=[Optional()])
        for parcel in packed
        if left[parcel.id]
    }
    return type("OrderRefundForm", (RefundForm,), fields)


@bp.get("/orders", endpoint="orders")
@login_required
def every() -> str:
    """Everybody's orders, newest first, by state."""
    chosen, page = request.args.get("state", ""), addresses.page_number()
    chosen = chosen if chosen in STATES else ""
    rows = orders.all_of(current_user, chosen or None, page)
    return render_template(
        "desk/shop/orders.html",
        orders=rows[: orders.PAGE],
        states=STATES,
        chosen=chosen,
        **addresses.turned("desk_shop.orders", page, len(rows) > orders.PAGE, state=chosen),
    )


@bp.get("/orders/<number:number>")
@login_required
def order(number: str, form: RefundForm | None = None) -> str:
    """One order with everything about it, and the refund."""
    row = orders.for_operator(current_user, number)
    packed = parcels.of(row.id)
    gone = parts.history(row.charge_id)
    left = gone.left(packed)
    left_minor = sum(left.values())
    return render_template(
        "desk/shop/order.html",
        order=row,
        state=STATES[row.state],
        lines=orders.lines(row.id),
        parcels=packed,
        parcel_states=PARCELS,
        receipt=ordered(row, packed),
        events=events(row, packed, gone.refunds),
        refunds=gone.refunds,
        refund_states=REFUNDS,
        left=left,
        left_minor=left_minor,
        alone_minor=operators.alone_minor(row.currency),
        wish=approvals.waiting(orders.ACT, f"order {number}"),
        refundable=row.state in KEPT and row.refund_asked_at is None and row.disputed_at is None,
        country=Locale.parse(str(get_locale() or "en")).territories.get(row.country, row.country),
        form=form or refund_form(packed, left)(),
    )


@bp.post("/orders/<number:number>/refund")
@login_required
def refund(number: str) -> Any:
    """Give an order back, or a part of it."""
    row = orders.for_operator(current_user, number)
    packed = parcels.of(row.id)
    left = parts.history(row.charge_id).left(packed)
    form = refund_form(packed, left)()
    form.check(lambda form: order(number, form))
    typed = {parcel.number: form[f"of_{parcel.number}"].data or 0 for parcel in packed if left[parcel.id]}
    chosen = typed if form.how_much.data == "parts" else None
    if chosen is None and any(typed.values()):  # nobody gives back all by having forgotten a choice
        raise Invalid("shop.whole_or_parts", field="how_much")
    if orders.refund(current_user, number, form.why.data, chosen, form.key.data):
        flash(_("The refund is on its way to Stripe."), "success")
    else:
        flash(_("It takes a second pair of eyes: what it waits for stands here."), "success")
    return redirect(url_for("desk_shop.order", number=number), 303)


def act() -> Act:
    """The act of a large refund of an order, for whoever approves it."""
    page = "/desk/orders/{number}".format_map
    return Act(_l("Refund of an order"), orders.approved, _words, page, orders.concerns, hold=orders.hold)


def _words(told: dict[str, Any]) -> str:
    amount = money.formatted(told["amount_minor"], told["currency"], str(get_locale() or "en"))
    return str(_("Give %(amount)s of order %(number)s back", amount=amount, number=told["number"]))
