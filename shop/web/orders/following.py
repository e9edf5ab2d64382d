"""Orders after they were placed: pay, wait, receive; one's own only, 404 for everybody else's."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from babel import Locale
from flask import flash, redirect, render_template, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_login import current_user, login_required

from kernel import clock
from kernel.errors import NotFound
from kernel.forms import Click, Form
from kernel.web import addresses
from payments import checkouts
from shop import orders, parcels
from shop.orders import Order, parts
from shop.web import bp
from shop.web.orders.receipt import ordered
from shop.web.orders.timeline import PARCELS, STATES, events
from shop.web.products import pictures

CONFIRMING = 10  # refreshes of three seconds each, then mail has to do


@bp.get("/shop/orders", endpoint="orders")
@login_required
def every() -> str:
    """The member's orders, newest first."""
    page = addresses.page_number()
    rows = orders.of(current_user, page)
    beside = addresses.turned("shop.orders", page, len(rows) > orders.PAGE)
    return render_template("shop/orders.html", orders=rows[: orders.PAGE], states=STATES, **beside)


@bp.get("/shop/orders/<number:number>")
def order(number: str, form: Form | None = None) -> str:
    """One's own order: what happens next, parcels, lines and the sum."""
    row = _mine(number)
    lines, packed = orders.lines(row.id), parcels.of(row.id)
    gone = parts.history(row.charge_id if row.paid_at else None)
    back = gone.returned
    again = addresses.looks()
    now = clock.now()
    return render_template(
        "shop/order.html",
        order=row,
        state=STATES[row.state],
        parcels=[_packed(parcel, lines, back.get(parcel.id, 0)) for parcel in packed],
        back_minor=sum(back.values()),
        receipt=ordered(row, packed),
        events=events(row, packed, gone.refunds),
        confirming=row.state == "placed" and 0 < again <= CONFIRMING,
        overdue=row.state == "placed" and again > CONFIRMING,
        again=url_for("shop.order", number=number, returned=again + 1),
        payable=row.state == "placed" and row.cancel_asked_at is None and row.expires_at > now,
        left_s=max(0, int((row.expires_at - now).total_seconds())),
        renewable=row.renewed_at is None,
        parcel_states=PARCELS,
        country=Locale.parse(str(get_locale() or "en")).territories.get(row.country, row.country),
        form=form,
    )


@bp.post("/shop/orders/<number:number>/payment")
@login_required
def pay(number: str) -> Any:
    """Go to Stripe for a placed order."""
    Click().check(lambda form: order(number, form))
    return to_payment(_mine(number))


@bp.post("/shop/orders/<number:number>/cancellation")
@login_required
def cancel(number: str) -> Any:
    """Call off a placed order."""
    Click().check(lambda form: order(number, form))
    orders.cancel(current_user, number)
    return redirect(url_for("shop.order", number=number), 303)


@bp.post("/shop/orders/<number:number>/hold")
@login_required
def renew(number: str) -> Any:
    """Hold a placed order for longer, once."""
    Click().check(lambda form: order(number, form))
    orders.renew(current_user, number)
    flash(_("Held for you for another 31 minutes."), "success")
    return redirect(url_for("shop.order", number=number), 303)


@bp.post("/shop/orders/<number:number>/parcels/<number:parcel>/delivery")
@login_required
def deliver(number: str, parcel: str) -> Any:
    """Say that a parcel came."""
    Click().check(lambda form: order(number, form))
    parcels.deliver(current_user, number, parcel)
    flash(_("Good. We have noted that it came."), "success")
    return redirect(url_for("shop.order", number=number), 303)


def _packed(parcel: Any, lines: list[Any], back_minor: int) -> Any:
    own = [line for line in lines if line.brand_id == parcel.brand_id]
    return SimpleNamespace(row=parcel, back_minor=back_minor, lines=[(line, pictures(line.plates)[0]) for line in own])


def _mine(number: str) -> Order:
    if not current_user.is_authenticated:
        raise NotFound
    return orders.mine(current_user, number)


def to_payment(row: Order) -> Any:
    """Redirect to Stripe, or to the order's page when there is nothing to pay or Stripe does not answer."""
    page = url_for("shop.order", number=row.number)
    if row.state != "placed":
        return redirect(page, 303)
    url = checkouts.url(orders.ask(row.id))
    if url is None:
        flash(_("Stripe does not answer right now. Your order is held; pay it here in a minute."), "error")
    return redirect(url or page, 303)
