"""Today at a brand's desk, beside the queue: what was sold lately, and what runs low."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from kernel import clock
from kernel.house import Panel
from kernel.viewer import Viewer
from kernel.web.instants import zone
from shop import parcels, stock
from shop.web.orders.timeline import PARCELS

DAYS = 28
NEWEST = 6


def panels(viewer: Viewer) -> Iterable[Panel]:
    """Sales a day, stock running low and the latest parcels of the brands that this person sells for; two queries."""
    brands = viewer.scopes("brand_admin")
    if not brands:
        return []
    now = clock.now()
    rows = parcels.paid_since(brands, now - timedelta(days=DAYS))
    low = stock.low(brands)
    return [
        Panel(_("Sold in four weeks"), "desk/shop/panel_sales.html", {"sales": _sales(rows)}),
        Panel(
            _("Running low"),
            "desk/shop/panel_stock.html",
            {"rows": low},
            (_("Products"), url_for("desk_shop.products")),
        ),
        Panel(
            _("Latest parcels"),
            "desk/shop/panel_parcels.html",
            {"rows": rows[:NEWEST], "states": PARCELS},
            (_("All parcels"), url_for("desk_shop.parcels", show="sent")),
            wide=True,
        ),
    ]


def _sales(rows: list[Any]) -> dict[str, Any]:
    """The sums of the last days in the reader's zone, the oldest first, with what the whole comes to."""
    today = clock.now().astimezone(zone()).date()
    days = [today - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
    sums = dict.fromkeys(days, 0)
    kept = [row for row in rows if row.state not in ("cancelled", "refunded")]
    for row in kept:
        day = row.paid_at.astimezone(zone()).date()
        if day in sums:
            sums[day] += row.goods_minor
    return {
        "days": list(sums.items()),
        "most": max(sums.values()) or 1,
        "sum": sum(sums.values()),
        "parcels": len(kept),
        "best": max(sums, key=lambda day: sums[day]),
    }
