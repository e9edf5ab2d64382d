"""The shelf and the product page: the same for every visitor, with a price and a lock; members buy here."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

from flask import current_app, render_template, request
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from markupsafe import Markup
from wtforms import HiddenField

from community.earning import milestones
from kernel import house, money
from kernel.forms import Form, Whole
from kernel.viewer import VISITOR, Viewer
from kernel.web import fragments
from kernel.web.addresses import page_number
from kernel.web.visitors import cached_for_visitors
from kernel.web.words import address
from shop import carts, prices, shelf, stock, terms
from shop.products import GATE
from shop.web import bp

FEW = 3
EAGER = 4  # the first row of the shelf is seen at once


class PutForm(Form):
    """Some units of one variant for the cart."""

    variant = HiddenField()
    quantity = Whole(low=1, high=carts.MOST, default="1")


@bp.get("/shop")
@cached_for_visitors
def index() -> str:
    """The shelf: what this viewer may know of, by brand, in three orders."""
    viewer = _viewer()
    brand, sort, page = request.args.get("brand", ""), request.args.get("sort", "new"), page_number()
    sort = sort if sort in shelf.SORTS else "new"
    brands = shelf.brands_shown(viewer)
    brand = brand if brand in {row.slug for row in brands} else ""
    rows = shelf.listed(viewer, brand or None, sort, page)
    return render_template(
        "shop/index.html",
        cards=[good(row, eager=place < EAGER) for place, row in enumerate(rows[: shelf.PAGE])],
        more=_address(brand, sort, page + 1) if len(rows) > shelf.PAGE else None,
        brands=[(row.name, _address(row.slug, sort), row.slug == brand, row.count) for row in brands],
        everything=(_("Everything"), _address("", sort), not brand, sum(row.count for row in brands)),
        sorts=[(text, _address(brand, name), name == sort) for name, text in _sorts()],
        may=viewer.may(GATE),
    )


@bp.get("/shop/products/<slug:slug>")
@cached_for_visitors
def product(slug: str, form: PutForm | None = None) -> str:
    """A product: its story for everybody who may know of it, the way to buy it for those who may."""
    viewer = _viewer()
    row = shelf.find(viewer, slug)
    variants = stock.of(row.id)
    may = viewer.may(GATE)
    locked = viewer.state == "active" and not may
    lowest = min((variant.price_minor for variant in variants), default=0)
    return render_template(
        "shop/product.html",
        product=row,
        pictures=pictures(row.plates),
        variants=variants,
        few=FEW,
        chosen=_chosen(form, variants),
        lowest=lowest,
        several=len({variant.price_minor for variant in variants}) > 1,
        spend=_spend(viewer, lowest) if may else None,
        earns=lowest // terms.minor_per_hundred(),
        missing=milestones.lacking(viewer.id) if locked else None,
        may=may,
        form=form or (PutForm() if may else None),
        beside=[] if locked else [good(other) for other in shelf.beside(viewer, row)],
        structured=_structured(row, variants),
    )


def good(row: Any, eager: bool = False) -> Markup:
    """A product's card, rendered once for what it shows."""
    drawn = tuple(map(tuple, row.plates))
    key = (row.slug, row.title, row.brand, row.price_minor, min(int(row.left), FEW + 1), drawn[:1], eager)
    return fragments.kept("ui/good.html", "good", key, lambda: (card(row), 3, eager))


def cards(most: int) -> list[Any]:
    """Public products as cards, for the landing page."""
    return [card(row) for row in shelf.public_cards(most)]


def card(row: Any) -> Any:
    """A product as the `good` macro shows it."""
    left = int(row.left)
    note = _("Sold out") if left <= 0 else ""
    if 0 < left <= FEW:
        note = ngettext("The last one", "The last %(num)d", left)
    return SimpleNamespace(
        title=row.title,
        url=address("shop.product", slug=row.slug),
        brand=row.brand,
        price_minor=row.price_minor,
        picture=pictures(row.plates)[0],
        note=note,
    )


def pictures(plates: list[Any]) -> list[Any]:
    """A product's drawings with the brand's own words; a bowl stands in where there is none."""
    drawn = []
    for name, alt in plates or [["spot-bowl", ""]]:
        plate = house.current().plate(name)
        drawn.append(SimpleNamespace(**{**vars(plate), "alt": alt or plate.alt}))
    return drawn


def _viewer() -> Viewer:
    return current_user if current_user.is_authenticated else VISITOR


def _address(brand: str, sort: str, page: int = 1) -> str:
    return address(
        "shop.index",
        brand=brand or None,
        sort=sort if sort != "new" else None,
        page=page if page > 1 else None,
    )


def _sorts() -> list[tuple[str, str]]:
    return [("new", _("Newest")), ("price", _("Price, low first")), ("price-desc", _("Price, high first"))]


def _chosen(form: PutForm | None, variants: list[Any]) -> int | None:
    """The variant that stands ticked: the one sent before, else the first that can be had."""
    sent = str(form.variant.data) if form else ""
    ids = [variant.id for variant in variants if variant.on_hand > variant.held]
    return next((i for i in ids if str(i) == sent), ids[0] if ids else None)


def _spend(viewer: Viewer, unit_minor: int) -> tuple[int, int] | None:
    """(points that one unit would take, what is left to pay), or None without any."""
    worth = terms.minor_per_hundred()
    points = min(viewer.purse, prices.most_points(unit_minor, 0, worth))
    return (points, unit_minor - prices.worth(points, worth)) if points > 0 else None


def _structured(row: Any, variants: list[Any]) -> Markup | None:
    """Product and Offer for search engines, of public products only; data, which no content policy runs."""
    if row.visibility != "public":
        return None
    site = current_app.extensions["config"].site_url
    url, currency = f"{site}{address('shop.product', slug=row.slug)}", terms.currency()
    offers = [
        {
            "@type": "Offer",
            "url": url,
            "name": variant.title,
            "price": str(money.major(variant.price_minor, currency)),
            "priceCurrency": currency,
            "availability": f"https://schema.org/{'InStock' if variant.on_hand > variant.held else 'OutOfStock'}",
        }
        for variant in variants
    ]
    words = {
        "@context": "https://schema.org",
        "@type": "Product",
        "name": row.title,
        "description": row.dek,
        "image": [f"{site}{picture.src}" for picture in pictures(row.plates)],
        "brand": {"@type": "Brand", "name": row.brand},
        "offers": offers,
    }
    text = json.dumps(words, ensure_ascii=False).replace("<", "\\u003c").replace("&", "\\u0026")
    return Markup('<script type="application/ld+json">%s</script>') % Markup(text)  # noqa: S704 - JSON, `<` and `&` escaped
