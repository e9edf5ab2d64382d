"""Today's queue: notices that were parked, and refunds that wait for a person."""

from __future__ import annotations

from collections.abc import Iterable

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from kernel import tallies
from kernel.house import Waiting
from kernel.viewer import Viewer


def waiting(viewer: Viewer) -> Iterable[Waiting]:
    """What of money needs an operator."""
    if not viewer.has("operator"):
        return []
    notices, charges, refunds = (tallies.of(viewer, f"payments_{name}") for name in ("notices", "charges", "refunds"))
    parked = url_for("desk_payments.notices", show="parked")
    unclear = url_for("desk_payments.charges", state="parked")
    stuck = url_for("desk_payments.refunds", show="parked")
    return [
        _late(
            notices,
            ngettext("Parked notice", "Parked notices", notices),
            _("Stripe told something that could not be handled."),
            parked,
        ),
        _late(
            charges,
            ngettext("Charge that is not clear", "Charges that are not clear", charges),
            _("What Stripe says of it is not what was asked for."),
            unclear,
        ),
        _late(
            refunds,
            ngettext("Refund that waits", "Refunds that wait", refunds),
            _("The money has not gone back yet."),
            stuck,
        ),
    ]


def _late(count: int, title: str, detail: str, url: str) -> Waiting:
    return Waiting(count, title, detail, url, _("Look"), late=True)
