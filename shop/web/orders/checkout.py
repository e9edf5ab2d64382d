"""Checkout: where it goes, how many points, the sum, and from there to Stripe."""

from __future__ import annotations

from typing import Any

from babel import Locale
from flask import redirect, render_template, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user, login_required
from wtforms import HiddenField, ValidationError

from community.earning import milestones
from kernel import texts
from kernel.forms import Choice, Form, Line, Whole, options
from kernel.web.app import only_reads
from shop import carts, orders, shipping, terms
from shop.orders import Address
from shop.products import GATE
from shop.web import bp
from shop.web.carts import shown
from shop.web.orders.following import to_payment
from shop.web.orders.receipt import quoted

MOST_POINTS = 999_999_999


class CheckoutForm(Form):
    """Where it goes, how many points, and the total that the member saw."""

    recipient = Line(_l("Full name"), most=120)
    street = Line(_l("Street and number"), most=160)
    postcode = Line(_l("Postcode"), most=20)
    town = Line(_l("Town"), most=80)
    country = Choice(_l("Country"))
    phone = Line(_l("Telephone"), most=40, required=False)
    points = Whole(_l("Points to use"), low=0, high=MOST_POINTS, default="0")
    seen_minor = Whole(_l("Total"), low=0, high=999_999_999, widget=HiddenField.widget)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = Locale.parse(str(get_locale() or "en")).territories
        by_name = sorted(((c, names.get(c, c)) for c in shipping.COUNTRIES), key=lambda pair: pair[1])
        self.country.choices = options(by_name)

    def validate_phone(self, field: Any) -> None:
        """A number that a carrier could ring, when there is one."""
        if field.data and not any(letter.isdigit() for letter in field.data):
            raise ValidationError(_("This is not a telephone number."))

    @property
    def address(self) -> Address:
        """The typed address."""
        return Address(
            self.recipient.data,
            self.street.data,
            self.postcode.data,
            self.town.data,
            self.country.data,
            self.phone.data or "",
        )


@bp.get("/shop/checkout")
@login_required
def checkout(form: CheckoutForm | None = None) -> Any:
    """Address, points and the sum; a cart that cannot be bought goes back to itself."""
    milestones.require(current_user, GATE)
    lines = carts.of(current_user)
    if not lines and form is None:
        return redirect(url_for("shop.cart"))
    form = form or _begun()
    price = orders.priced(lines, form.country.data or shipping.HOME, _points(form), current_user.purse)
    form.seen_minor.data = price.total_minor
    return render_template(
        "shop/checkout.html",
        form=form,
        lines=[shown(line) for line in lines],
        price=price,
        steps=quoted(price, {line.brand_id: line.brand for line in lines}),
        earns=(price.merchandise_minor - price.points_minor) // terms.minor_per_hundred(),
        worth=terms.minor_per_hundred(),
    )


@bp.post("/shop/checkout")
@login_required
@only_reads
def recount() -> Any:
    """Work out the sum anew for what was typed; nothing is ordered."""
    return checkout(CheckoutForm())


@bp.post("/shop/orders")
@login_required
def place() -> Any:
    """Place the order and go to Stripe; to the order with its Pay button when Stripe does not answer."""
    form = CheckoutForm()
    form.check(checkout)
    number = orders.place(current_user, form.address, form.points.data, form.seen_minor.data, form.key.data)
    return to_payment(orders.mine(current_user, number))


def _begun() -> CheckoutForm:
    known = orders.last_address(current_user.id)
    address = vars(known) if known else {"recipient": current_user.name, "country": shipping.HOME}
    return CheckoutForm(formdata=None, data={**address, "points": "0"})


def _points(form: CheckoutForm) -> int:
    return texts.whole(str(form.points.data), MOST_POINTS) or 0
