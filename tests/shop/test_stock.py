"""Stock: two columns, guarded, and an equation that the database itself holds."""

from __future__ import annotations

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from kernel import db
from kernel.errors import Invalid, NotFound, SoldOut
from shop import stock
from shop.stock import Variant
from tests import builders
from tests.shop import goods
from tests.shop.goods import left

pytestmark = pytest.mark.usefixtures("app")


@pytest.mark.db
def test_a_hold_takes_what_is_there_and_not_one_more():
    bowl = goods.product(stock_count=3)
    with builders.work():
        stock.hold({bowl: 2})
    with pytest.raises(SoldOut) as refusal, builders.work():
        stock.hold({bowl: 2})
    assert refusal.value.values["left"] == 1
    assert left(bowl) == (3, 2, 0)


def test_what_is_held_is_sold_or_let_go():
    bowl = goods.product(stock_count=3)
    with builders.work():
        stock.hold({bowl: 3})
        stock.release({bowl: 1})
        stock.sell({bowl: 2})
    assert left(bowl) == (1, 0, 2)
    with builders.work():
        stock.give_back({bowl: 1})
    assert left(bowl) == (2, 0, 2)


@pytest.mark.db
@pytest.mark.parametrize("values", [{"held": 4}, {"held": -1}, {"on_hand": 2}, {"sold": 1}])
def test_the_database_refuses_what_does_not_add_up(values):
    bowl = goods.product(stock_count=3)
    with pytest.raises(IntegrityError), builders.work():
        db.session.execute(update(Variant).where(Variant.id == bowl).values(**values))


def test_only_the_brands_own_admin_restocks_and_prices():
    bowl = goods.product(stock_count=3)
    for stranger in (builders.member("Ben Brown"), goods.admin("Tea"), builders.operator()):
        with pytest.raises(NotFound), builders.work():
            stock.restock(builders.viewer(stranger), bowl, 5)
        with pytest.raises(NotFound), builders.work():
            stock.change(builders.viewer(stranger), bowl, "Blue", "", 100)
    with builders.work():
        stock.restock(builders.viewer(goods.admin()), bowl, 5)
    assert left(bowl) == (8, 0, 0)


def test_two_variants_of_a_product_do_not_share_a_name():
    bowl = goods.product()
    seller = builders.viewer(goods.admin())
    with builders.work():
        product_id = db.session.get_one(Variant, bowl).product_id
        straw = stock.add(seller, product_id, "Straw", "", 4800, 1)
        assert stock.add(seller, product_id, "Straw", "", 4800, 1) == straw
    with pytest.raises(Invalid, match="kind_taken"), builders.work():
        stock.change(seller, straw, "Blue", "", 4800)
