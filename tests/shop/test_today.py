"""Today at a brand's desk: what was sold and what runs low, beside the queue, within six queries."""

from __future__ import annotations

from html import unescape

import pytest

from tests import builders
from tests.shop import goods

pytestmark = pytest.mark.usefixtures("app")


def test_a_brand_admin_sees_sales_stock_and_parcels_of_the_own_brand_only(sign_in, queries):
    ann = builders.engaged("Ann Adams")
    number = goods.order(ann, goods.product(), goods.product("Tea", "Tin"))
    mine, foreign = sorted(goods.packed(number), key=lambda parcel: parcel.brand_id != goods.brand())
    dee = sign_in(goods.admin())
    dee.get("/desk")
    with queries() as seen:
        page = unescape(dee.get("/desk").text)
    assert len(seen) <= 6, seen
    assert "Sold in four weeks" in page
    assert "Running low" in page
    assert mine.number in page
    assert foreign.number not in page


def test_a_steward_sees_seats_and_talks_and_no_sales(sign_in, queries):
    client = sign_in(builders.operator())
    client.get("/desk")
    with queries() as seen:
        page = unescape(client.get("/desk").text)
    assert len(seen) <= 6, seen
    assert "Seats and talks" in page
    assert "Sold in four weeks" not in page
