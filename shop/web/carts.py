"""The cart: put in, change, take out; what is locked or gone stays in it and says so."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user, login_required

from community.earning import milestones
from kernel import texts
from kernel.errors import NotFound
from kernel.forms import Click, Form, Whole
from shop import carts
from shop.products import GATE
from shop.web import bp
from shop.web.products import PutForm, pictures, product


class QuantityForm(Form):
    """How many units of a line."""

    quantity = Whole(low=1, high=carts.MOST)


@bp.get("/shop/cart")
@login_required
def cart(form: Form | None = None) -> str:
    """What this member has put aside, brand by brand, with what it comes to before shipping."""
    lines = carts.of(current_user)
    may = current_user.may(GATE)
    buyable = [line for line in lines if line.open]
    return render_template(
        "shop/cart.html",
        brands=[(brand, [shown(line) for line in group]) for brand, group in groupby(lines, lambda line: line.brand)],
        goods_minor=sum(line.item.goods_minor for line in buyable),
        units=sum(line.quantity for line in buyable),
        ready=may and len(buyable) == len(lines) and all(line.enough for line in lines),
        may=may,
        missing=milestones.lacking(current_user.id) if current_user.state == "active" and not may else None,
        form=form,
        most=carts.MOST,
    )


@bp.post("/shop/products/<slug:slug>/cart")
@login_required
def put(slug: str) -> Any:
    """Put units of a variant into the cart."""
    form = PutForm()
    form.check(lambda form: product(slug, form))
    carts.put(current_user, _variant_id(form.variant.data), form.quantity.data, form.key.data)
    flash(_("It lies in your cart."), "success")
    return redirect(url_for("shop.cart"), 303)


@bp.post("/shop/cart/<id:variant_id>")
@login_required
def change(variant_id: int) -> Any:
    """Change how many units of a line lie in the cart."""
    form = QuantityForm()
    form.check(cart)
    carts.change(current_user, variant_id, form.quantity.data)
    return redirect(url_for("shop.cart"), 303)


@bp.post("/shop/cart/<id:variant_id>/removal")
@login_required
def remove(variant_id: int) -> Any:
    """Take a line out of the cart; open to everybody who has one."""
    Click().check(cart)
    carts.remove(current_user, variant_id)
    flash(_("Taken out of your cart."), "success")
    return redirect(url_for("shop.cart"), 303)


def shown(line: carts.InCart) -> dict[str, Any]:
    """A cart line as pages show it."""
    return {
        "variant_id": line.variant_id,
        "title": line.title,
        "kind": line.kind,
        "url": url_for("shop.product", slug=line.slug) if line.open else None,
        "picture": pictures(line.plates)[0],
        "unit_minor": line.unit_minor,
        "goods_minor": line.item.goods_minor,
        "quantity": line.quantity,
        "left": line.left,
        "open": line.open,
        "enough": line.enough,
        "brand": line.brand,
    }


def _variant_id(text: str | None) -> int:
    read = texts.whole(text)
    if read is None:
        raise NotFound
    return read
