"""Today's queue: notices that were parked, and refunds that wait for a person."""

from __future__ import annotations

from collections.abc import Iterable

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from kernel.house import Waiting
from kernel.viewer import Viewer
from payments import inbox


def waiting(viewer: Viewer) -> Iterable[Waiting]:
    """What of money needs an operator; one query."""
    if not viewer.has("operator"):
        return []
    notices, charges, refunds = inbox.waiting()
    parked = Waiting(
        notices,
        ngettext("Parked notice", "Parked notices", notices),
        _("Stripe told something that could not be handled."),
        url_for("desk_payments.notices", show="parked"),
        _("Look"),
        late=True,
    )
    unclear = Waiting(
        charges,
        ngettext("Charge that is not clear", "Charges that are not clear", charges),
        _("What Stripe says of it is not what was asked for."),
        url_for("desk_payments.charges", state="parked"),
        _("Look"),
        late=True,
    )
    stuck = Waiting(
        refunds,
        ngettext("Refund that waits", "Refunds that wait", refunds),
        _("The money has not gone back yet."),
        url_for("desk_payments.refunds", show="parked"),
        _("Look"),
        late=True,
    )
    return [item for item in (parked, unclear, stuck) if item.count]
