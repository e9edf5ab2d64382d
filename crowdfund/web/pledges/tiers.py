"""The rewards of a campaign as choices: their words, what they ask, and the places that are left."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from babel import Locale
from flask_babel import gettext as _
from flask_babel import ngettext

from crowdfund.web.pledges.forms import WITHOUT, shown
from kernel.web.words import language

FEW = 3


def tier(row: Any, held: int | None) -> Any:
    """A reward as a choice: its words, its price and its places left; one's own place is never gone."""
    if row is None:
        note = _("A gift to the campaign: nothing is sent.")
        return SimpleNamespace(value=WITHOUT, title=_("Without a reward"), note=note, price="", places="", gone=False)
    left = None if row.places is None else row.places - row.taken
    gone = left is not None and left <= 0 and row.id != held
    said = [row.text]
    if row.ships:
        fee = _("Post %(fee)s.", fee=shown(row.shipping_minor)) if row.shipping_minor else _("Post is free.")
        said.append(str(fee))
    if row.estimated_on:
        month = Locale.parse(language()).months["stand-alone"]["wide"][row.estimated_on.month]
        said.append(str(_("Expected in %(month)s %(year)s.", month=month, year=row.estimated_on.year)))
    places = _("all taken") if gone else ngettext("the last place", "%(num)d places left", left) if left else ""
    return SimpleNamespace(
        value=str(row.id),
        title=row.title,
        note=" ".join(filter(None, said)),
        price=shown(row.price_minor),
        places=places,
        few=left is not None and 0 < left <= FEW,
        gone=gone,
    )
