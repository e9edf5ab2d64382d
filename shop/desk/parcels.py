"""The parcels of a brand at the desk: what is to be sent, to whom, and that it went."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from babel import Locale
from flask import flash, redirect, render_template, request, url_for
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user, login_required

from community.joining import brands
from kernel import clock
from kernel.forms import Form, Line
from kernel.house import Waiting
from kernel.viewer import Viewer
from kernel.web import addresses
from shop import orders, parcels
from shop.desk import bp
from shop.orders import parts
from shop.web.orders.timeline import PARCELS
from shop.web.products import pictures

FILTERS = {
    "waiting": (("waiting",), _l("To send")),
    "sent": (("sent",), _l("On their way")),
    "done": (("delivered", "cancelled", "refunded"), _l("Done")),
}
LATE_DAYS = 3


class SendForm(Form):
    """How the member can follow the parcel."""

    tracking = Line(_l("Tracking"), most=120, required=False)


@bp.get("/parcels", endpoint="parcels")
@login_required
def every() -> str:
    """The parcels of the brands that this person sells for."""
    sold = brands.ids_of(current_user)
    chosen = request.args.get("show", "waiting")
    chosen = chosen if chosen in FILTERS else "waiting"
    page = addresses.page_number()
    rows = parcels.of_brands(sold, FILTERS[chosen][0], page)
    return render_template(
        "desk/shop/parcels.html",
        parcels=rows[: parcels.PAGE],
        tabs=[
            (text, url_for("desk_shop.parcels", show=name), name == chosen, None)
            for name, (_states, text) in FILTERS.items()
        ],
        chosen=chosen,
        states=PARCELS,
        several=len(sold) > 1,
        **addresses.turned("desk_shop.parcels", page, len(rows) > parcels.PAGE, show=chosen),
    )


@bp.get("/parcels/<number:number>")
@login_required
def parcel(number: str, form: SendForm | None = None) -> str:
    """One parcel: address, what goes into it, and sending it."""
    row = parcels.for_brand(current_user, number)
    own = [line for line in orders.lines(row.order_id) if line.brand_id == row.brand_id]
    return render_template(
        "desk/shop/parcel.html",
        parcel=row,
        state=PARCELS[row.state],
        lines=[(line, pictures(line.plates)[0]) for line in own],
        back_minor=parts.taken_from_brand(row.id),
        country=Locale.parse(str(get_locale() or "en")).territories.get(row.country, row.country),
        form=form or SendForm(),
    )


@bp.post("/parcels/<number:number>/sending")
@login_required
def send(number: str) -> Any:
    """Note that a parcel went."""
    form = SendForm()
    form.check(lambda form: parcel(number, form))
    parcels.send(current_user, number, form.tracking.data or "")
    flash(_("Sent. The member has mail."), "success")
    return redirect(url_for("desk_shop.parcels"), 303)


def waiting(viewer: Viewer) -> Iterable[Waiting]:
    """What waits at the desk: parcels to send; late ones stand first."""
    if not viewer.scopes("brand_admin"):
        return []
    rows = parcels.of_brands(viewer.scopes("brand_admin"), ("waiting",))
    if not rows:
        return []
    days = (clock.now() - rows[0].paid_at).days
    detail = ngettext("The oldest was paid %(num)d day ago", "The oldest was paid %(num)d days ago", days)
    return [
        Waiting(
            count=len(rows),
            title=ngettext("Parcel to send", "Parcels to send", len(rows)),
            detail=detail if days else _("All paid today"),
            url=url_for("desk_shop.parcels"),
            action=_("Send"),
            late=days >= LATE_DAYS,
        )
    ]
