"""Products: who may know of which, and who may write them."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from kernel import db
from kernel.errors import Conflict, Invalid, NotFound
from kernel.viewer import VISITOR
from shop import products, shelf
from shop.products import Product
from shop.stock import Variant
from tests import builders
from tests.shop import goods

pytestmark = pytest.mark.usefixtures("app")
WORDS = {
    "title": "Jug",
    "dek": "One stroke.",
    "story": goods.STORY,
    "figures": [],
    "plates": [],
    "visibility": "public",
}


def titles(viewer) -> list[str]:
    return sorted(row.title for row in shelf.listed(viewer))


def test_everybody_sees_what_the_rules_let_them_see():
    for visibility in ("public", "members", "unlocked"):
        goods.product(title=visibility.title(), visibility=visibility)
    goods.product(title="Draft", live=False)
    ben, ann = builders.member("Ben Brown"), builders.engaged("Ann Adams")
    assert titles(VISITOR) == ["Public"]
    assert titles(builders.viewer(ben)) == ["Members", "Public"]
    assert titles(builders.viewer(ann)) == ["Members", "Public", "Unlocked"]
    builders.suspend(ann)
    assert titles(builders.viewer(ann)) == ["Members", "Public"]


def test_what_one_may_not_know_of_is_not_found_by_its_address():
    vase = goods.slug(goods.product(title="Vase", visibility="unlocked"))
    draft = goods.slug(goods.product(title="Draft", live=False))
    ann, ben = builders.viewer(builders.engaged("Ann Adams")), builders.viewer(builders.member("Ben Brown"))
    assert shelf.find(ann, vase).title == "Vase"
    for viewer, slug in ((ben, vase), (VISITOR, vase), (ann, draft)):
        with pytest.raises(NotFound):
            shelf.find(viewer, slug)


def test_a_product_is_written_once_a_key_and_titles_may_repeat():
    seller, brand_id = builders.viewer(goods.admin()), goods.brand()
    with builders.work():
        first = products.write(seller, brand_id, "one", **WORDS)
        assert products.write(seller, brand_id, "one", **WORDS) == first
        second = products.write(seller, brand_id, "two", **WORDS)
    slugs = db.session.scalars(select(Product.slug).where(Product.id.in_([first, second])).order_by(Product.id)).all()
    assert slugs[0] == "jug"
    assert slugs[1].startswith("jug-")


def test_a_product_without_a_variant_stays_a_draft():
    seller, brand_id = builders.viewer(goods.admin()), goods.brand()
    with builders.work():
        jug = products.write(seller, brand_id, "one", **WORDS)
    with pytest.raises(Invalid, match="no_variant"), builders.work():
        shelf.publish(seller, jug)


def test_only_the_brands_admin_writes_changes_and_moves_a_product():
    bowl = goods.product()
    product_id = db.session.scalars(select(Variant.product_id).where(Variant.id == bowl)).one()
    for stranger in (builders.engaged("Ann Adams"), goods.admin("Tea"), builders.operator()):
        viewer = builders.viewer(stranger)
        for act in (
            lambda viewer=viewer: products.write(viewer, goods.brand(), "x", **WORDS),
            lambda viewer=viewer: products.change(viewer, product_id, **WORDS),
            lambda viewer=viewer: shelf.retire(viewer, product_id),
            lambda viewer=viewer: products.owned(viewer, product_id),
        ):
            with pytest.raises(NotFound), builders.work():
                act()


def test_a_retired_product_comes_back_to_the_shelf_but_not_twice():
    bowl = goods.product()
    seller = builders.viewer(goods.admin())
    product_id = db.session.scalars(select(Variant.product_id).where(Variant.id == bowl)).one()
    with builders.work():
        shelf.retire(seller, product_id)
    assert titles(VISITOR) == []
    with builders.work():
        shelf.publish(seller, product_id)
    with pytest.raises(Conflict), builders.work():
        shelf.publish(seller, product_id)


def test_the_shelf_is_sorted_filtered_and_paged():
    for title, price_minor in (("A", 300), ("B", 100), ("C", 200)):
        goods.product(title=title, price_minor=price_minor, visibility="public")
    goods.product("Tea", "Tin", price_minor=50, visibility="public")
    order = lambda sort, **how: [row.title for row in shelf.listed(VISITOR, sort=sort, **how)]  # noqa: E731
    assert order("price") == ["Tin", "B", "C", "A"]
    assert order("price-desc", brand="kiln") == ["A", "C", "B"]
    assert order("price", most=2) == ["Tin", "B", "C"]
    assert order("price", most=2, page=2) == ["C", "A"]
    assert [(row.name, row.count) for row in shelf.brands_shown(VISITOR)] == [("Kiln", 3), ("Tea", 1)]
