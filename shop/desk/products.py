"""The products of a brand at the desk: write, change, put on the shelf and take off again."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user, login_required
from wtforms import ValidationError

from community.joining import brands
from kernel import house, money
from kernel.forms import Choice, Form, Line, Press, Prose, options
from shop import products, shelf, stock, terms
from shop.desk import bp
from shop.desk.stock import VariantForm
from shop.products import PLATES, Product

STATES = {"draft": (_l("Draft"), "wait"), "live": (_l("On the shelf"), "done"), "retired": (_l("Taken off"), "off")}
WHO = {"public": _l("Everybody"), "members": _l("Members"), "unlocked": _l("Only those who can buy")}
NOT_GOODS = ("face-", "spot-", "mark", "cover", "stall", "evening")


class ProductForm(Form):
    """What a product says; figures one a line, term and value parted by a colon."""

    brand_id = Choice(_l("Brand"), coerce=int)
    title = Line(_l("Title"), most=120)
    dek = Line(_l("In one sentence"), most=240)
    story = Prose(_l("Story"), least=40, most=8000)
    figures = Prose(_l("In figures"), most=2000, required=False)
    visibility = Choice(_l("Who sees it"), choices=options(WHO.items()), default="members")
    plate_1 = Choice(_l("First picture"))
    alt_1 = Line(_l("What it shows"), most=200, required=False)
    plate_2 = Choice(_l("Second picture"))
    alt_2 = Line(_l("What it shows"), most=200, required=False)
    plate_3 = Choice(_l("Third picture"))
    alt_3 = Line(_l("What it shows"), most=200, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.brand_id.choices = options((brand.id, brand.name) for brand in brands.of(current_user))
        drawn = [("", _("None"))] + [(name, name) for name in drawings()]
        self.plate_1.choices = self.plate_2.choices = self.plate_3.choices = options(drawn)

    def validate_figures(self, field: Any) -> None:
        """Every line holds a term and a value."""
        if any(":" not in line for line in _lines(field.data)):
            raise ValidationError(_("One a line, with a colon: High: 8.2 cm"))

    @property
    def words(self) -> dict[str, Any]:
        """The fields as the domain takes them."""
        figures = [[part.strip() for part in line.split(":", 1)] for line in _lines(self.figures.data)]
        chosen = [(self[f"plate_{n}"].data, self[f"alt_{n}"].data or "") for n in range(1, PLATES + 1)]
        return {
            "title": self.title.data,
            "dek": self.dek.data,
            "story": self.story.data,
            "visibility": self.visibility.data,
            "figures": figures,
            "plates": [list(pair) for pair in chosen if pair[0]],
        }


@bp.get("/products", endpoint="products")
@login_required
def every() -> str:
    """The products of the brands that this person sells for, with their stock."""
    rows = shelf.of_brands(brands.ids_of(current_user))
    return render_template("desk/shop/products.html", products=rows, states=STATES, who=WHO)


@bp.get("/products/new")
@login_required
def new_product(form: ProductForm | None = None) -> str:
    """A form for a new product."""
    brands.ids_of(current_user)
    return render_template("desk/shop/new_product.html", form=form or ProductForm())


@bp.post("/products")
@login_required
def create() -> Any:
    """Write a new product as a draft."""
    brands.ids_of(current_user)
    form = ProductForm()
    form.check(new_product)
    product_id = products.write(current_user, form.brand_id.data, form.key.data, **form.words)
    flash(_("Written down as a draft. Add its variants, then put it on the shelf."), "success")
    return redirect(url_for("desk_shop.product", product_id=product_id), 303)


@bp.get("/products/<id:product_id>")
@login_required
def product(product_id: int, form: ProductForm | None = None, variant_form: Form | None = None) -> str:
    """One product: its words, its variants with their stock, and whether it stands on the shelf."""
    row = products.owned(current_user, product_id)
    return render_template(
        "desk/shop/product.html",
        product=row,
        state=STATES[row.state],
        variants=stock.of(product_id),
        form=form or ProductForm(formdata=None, data=_typed(row)),
        wrong=variant_form,
        # Only a form of its own kind is shown again: one about a variant that stands there would add another.
        variant_form=variant_form if isinstance(variant_form, VariantForm) else VariantForm(formdata=None),
        major=lambda minor: f"{money.major(minor, terms.currency()):f}",
    )


@bp.post("/products/<id:product_id>")
@login_required
def change(product_id: int) -> Any:
    """Change what a product says."""
    row = products.owned(current_user, product_id)
    form = ProductForm()
    form.brand_id.data = row.brand_id
    form.check(lambda form: product(product_id, form))
    products.change(current_user, product_id, **form.words)
    flash(_("Kept."), "success")
    return redirect(url_for("desk_shop.product", product_id=product_id), 303)


@bp.post("/products/<id:product_id>/publication")
@login_required
def publish(product_id: int) -> Any:
    """Put a product on the shelf."""
    Press().check(lambda form: product(product_id))
    shelf.publish(current_user, product_id)
    flash(_("It stands on the shelf."), "success")
    return redirect(url_for("desk_shop.product", product_id=product_id), 303)


@bp.post("/products/<id:product_id>/retirement")
@login_required
def retire(product_id: int) -> Any:
    """Take a product off the shelf."""
    Press().check(lambda form: product(product_id))
    shelf.retire(current_user, product_id)
    flash(_("Taken off the shelf."), "success")
    return redirect(url_for("desk_shop.product", product_id=product_id), 303)


def drawings() -> list[str]:
    """The names of the drawings that show goods."""
    return [name for name in house.current().plates() if not name.startswith(NOT_GOODS)]


def _typed(row: Product) -> dict[str, Any]:
    plates = [*row.plates, *([["", ""]] * PLATES)][:PLATES]
    pictures = {f"{part}_{n}": pair[i] for n, pair in enumerate(plates, 1) for i, part in enumerate(("plate", "alt"))}
    figures = "\n".join(f"{term}: {value}" for term, value in row.figures)
    words = {name: getattr(row, name) for name in ("title", "dek", "story", "visibility", "brand_id")}
    return {**words, **pictures, "figures": figures}


def _lines(text: str | None) -> list[str]:
    return [line.strip() for line in (text or "").splitlines() if line.strip()]
