"""What brands are owed for by the shop, as a person reads it: its parcels."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from kernel import db
from kernel.house import Cause
from kernel.viewer import Viewer
from shop.orders.rows import Order
from shop.parcels import Parcel

TABLE = Parcel.__tablename__


def find(viewer: Viewer, ids: Iterable[int]) -> dict[int, Cause]:
    """The parcels with these ids: their numbers, and the page of the desk on which this person may look at one."""
    rows = select(Parcel.id, Parcel.number, Parcel.brand_id, Order.number.label("order"))
    rows = rows.join(Order, Order.id == Parcel.order_id).where(Parcel.id.in_(list(ids)))
    found: dict[int, Cause] = {}
    for row in db.session.execute(rows):
        url = f"/desk/orders/{row.order}" if viewer.has("operator") else None
        if viewer.has("brand_admin", row.brand_id):
            url = f"/desk/parcels/{row.number}"
        found[row.id] = Cause(row.number, url)
    return found
