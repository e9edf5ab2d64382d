"""What a brand asks for sending, zone by zone, and the tax inside its prices."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user, login_required
from wtforms.validators import Optional

from community.joining import brands
from kernel.errors import NotFound
from kernel.forms import Choice, Form, Money, Whole, options
from shop import prices, shipping, terms
from shop.desk import bp
from shop.desk.stock import Chargeable

ZONES = {"europe": _l("Europe"), "america": _l("The Americas"), "world": _l("Elsewhere")}


class RateForm(Form):
    """One flat rate into one zone."""

    zone = Choice(_l("Zone"), choices=options(ZONES.items()))
    flat = Chargeable(_l("A parcel costs"))
    free_from = Money(_l("Free from"), high_minor=prices.MOST_MINOR, validators=[Optional()])


class TaxForm(Form):
    """The tax inside prices, in hundredths of a percent."""

    tax_bp = Whole(_l("Tax inside prices"), low=0, high=5000)


@bp.get("/shipping", endpoint="shipping")
@login_required
def every(form: Form | None = None) -> str:
    """The rates and the tax of each brand that this person sells for."""
    rates = terms.tax_rates(brands.ids_of(current_user))
    return render_template(
        "desk/shop/shipping.html",
        brands=[(brand, shipping.of(brand.id), rates.get(brand.id, 0)) for brand in brands.of(current_user)],
        zones=ZONES,
        form=form,
        rate_form=form if isinstance(form, RateForm) else RateForm(formdata=None),
        tax_form=form if isinstance(form, TaxForm) else TaxForm(formdata=None),
    )


@bp.post("/shipping/<id:brand_id>/rates")
@login_required
def set_rate(brand_id: int) -> Any:
    """Say what a parcel into a zone costs."""
    _assert_mine(brand_id)
    form = RateForm()
    form.check(every)
    shipping.set_rate(current_user, brand_id, form.zone.data, form.flat.data, form.free_from.data or None)
    flash(_("Kept."), "success")
    return redirect(url_for("desk_shop.shipping"), 303)


@bp.post("/shipping/<id:brand_id>/tax")
@login_required
def set_tax(brand_id: int) -> Any:
    """Say which tax is inside the prices."""
    _assert_mine(brand_id)
    form = TaxForm()
    form.check(every)
    terms.set_tax(current_user, brand_id, form.tax_bp.data)
    flash(_("Kept."), "success")
    return redirect(url_for("desk_shop.shipping"), 303)


def _assert_mine(brand_id: int) -> None:
    if not current_user.has("brand_admin", brand_id):
        raise NotFound
