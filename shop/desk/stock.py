"""Variants and their stock at the desk: add one, change its price, restock it."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user, login_required
from wtforms import ValidationError

from kernel import money
from kernel.forms import Form, Line, Money, Whole
from kernel.web.words import language
from shop import prices, stock, terms
from shop.desk import bp


class Chargeable(Money):
    """An amount that can be charged: nothing at all, or what Stripe takes at once."""

    def __init__(self, label: Any = "", **kwargs: Any) -> None:
        super().__init__(label, high_minor=prices.MOST_MINOR, **kwargs)

    def pre_validate(self, form: Any) -> None:
        """Refuse what is more than nothing and less than the least."""
        if 0 < (self.minor or 0) < prices.LEAST_MINOR:
            least = money.formatted(prices.LEAST_MINOR, terms.currency(), language())
            raise ValidationError(_("Nothing, or at least %(least)s, please.", least=least))
        super().pre_validate(form)


class VariantForm(Form):
    """One kind of a product, with its price and how many there are at first."""

    kind = Line(_l("Variant"), most=80)
    note = Line(_l("Note"), most=120, required=False)
    price = Chargeable(_l("Price"))
    initial = Whole(_l("On hand"), low=0, high=stock.MOST, default="0")


class PriceForm(Form):
    """What a variant is called and costs from now on."""

    kind = Line(_l("Variant"), most=80)
    note = Line(_l("Note"), most=120, required=False)
    price = Chargeable(_l("Price"))


class RestockForm(Form):
    """How many new units."""

    count = Whole(_l("New units"), low=1, high=stock.MOST)


@bp.post("/products/<id:product_id>/variants")
@login_required
def add_variant(product_id: int) -> Any:
    """Add a variant."""
    stock.brand_of(current_user, product_id)
    form = VariantForm()
    form.check(_again(product_id))
    stock.add(current_user, product_id, form.kind.data, form.note.data or "", form.price.data, form.initial.data)
    flash(_("Added."), "success")
    return _back(product_id)


@bp.post("/products/<id:product_id>/variants/<id:variant_id>")
@login_required
def change_variant(product_id: int, variant_id: int) -> Any:
    """Change a variant."""
    stock.brand_of(current_user, product_id)
    form = PriceForm()
    form.check(_again(product_id))
    stock.change(current_user, variant_id, form.kind.data, form.note.data or "", form.price.data)
    flash(_("Kept."), "success")
    return _back(product_id)


@bp.post("/products/<id:product_id>/variants/<id:variant_id>/restocking")
@login_required
def restock(product_id: int, variant_id: int) -> Any:
    """Put new units on the shelf."""
    stock.brand_of(current_user, product_id)
    form = RestockForm()
    form.check(_again(product_id))
    stock.restock(current_user, variant_id, form.count.data)
    flash(_("Restocked."), "success")
    return _back(product_id)


def _again(product_id: int) -> Any:
    from shop.desk.products import product

    return lambda form: product(product_id, variant_form=form)


def _back(product_id: int) -> Any:
    return redirect(url_for("desk_shop.product", product_id=product_id), 303)
