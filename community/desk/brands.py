"""Brands at the desk: make one, name its admins."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user, login_required

from community.desk import bp
from community.joining import brands as makers
from community.joining import members, roles
from kernel.errors import Invalid, NotFound
from kernel.forms import Form, Line, Prose


class BrandForm(Form):
    """A brand to make."""

    name = Line(_l("Name"), most=60)
    about = Prose(_l("What it makes"), most=500)


class AdminForm(Form):
    """An admin to name."""

    email = Line(_l("E-mail of a member"), most=254)


@bp.get("/brands")
@login_required
def brands(form: Any = None) -> str:
    """Every brand, and the form for another."""
    if not current_user.has("operator"):
        raise NotFound
    return render_template("desk/community/brands.html", rows=makers.every(), form=form or BrandForm(formdata=None))


@bp.post("/brands", endpoint="make_brand")
@login_required
def make_brand() -> Any:
    """Make a brand."""
    if not current_user.has("operator"):
        raise NotFound
    form = BrandForm()
    form.check(brands)
    brand_id = makers.make(current_user, form.name.data, form.about.data)
    return redirect(url_for("desk_community.brand", brand_id=brand_id))


@bp.get("/brands/<id:brand_id>")
@login_required
def brand(brand_id: int, form: Any = None) -> str:
    """One brand with its admins."""
    if not current_user.has("operator"):
        raise NotFound
    found = makers.get(brand_id)
    admins = members.people(roles.holders("brand_admin", brand_id))
    form = form or AdminForm(formdata=None)
    return render_template("desk/community/brand.html", brand=found, admins=admins.values(), form=form)


@bp.post("/brands/<id:brand_id>/admins", endpoint="name_admin")
@login_required
def name_admin(brand_id: int) -> Any:
    """Name a member admin of the brand."""
    if not current_user.has("operator"):
        raise NotFound
    form = AdminForm()
    form.check(lambda form: brand(brand_id, form=form))
    found = members.by_email(form.email.data)
    if found is None:
        raise Invalid("community.no_such_member", field="email")
    makers.name_admin(current_user, brand_id, found.id)
    flash(_("Named."), "success")
    return redirect(url_for("desk_community.brand", brand_id=brand_id))
