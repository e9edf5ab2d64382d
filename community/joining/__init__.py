"""Joining: accounts, the way in, cells and squads, roles and brands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from kernel import approvals, outbox, tallies
from kernel.house import DeskItem, House, PayeeKind, Waiting
from kernel.viewer import Viewer
from kernel.worker import Chore


def contribute(house: House) -> None:
    """Bring accounts, the way in and the desk's part of it into the house."""
    from community.desk import dues as desk_dues
    from community.desk import mails
    from community.joining import (
        accounts,
        applications,
        deadlines,
        fees,
        invariants,
        operators,
        portraits,
        proofs,
        roles,
    )
    from community.web.sentences_joining import SENTENCES

    _pages()
    accounts.configure(house.config.timezone)
    proofs.configure(house.config.secret_key)
    house.say(SENTENCES)
    _introduce(house)
    house.chores.append(Chore("applications", applications.Application, deadlines.meet))
    house.invariants.update(invariants.invariants())
    desk_dues.contribute(house)
    house.pictures[portraits.PURPOSE] = portraits.may_see
    house.commands.append(operators.operator)
    house.landing.update(fee=lambda: fees.AMOUNT_MINOR, seats=_seats)
    house.operators = roles.operators
    house.tallies |= {"kernel_approvals": approvals.tally, "kernel_mails": outbox.tally}
    house.today += [_waiting, _wished, mails.waiting]
    house.desk.extend(_desk())


def _pages() -> None:
    """Importing pages adds their routes."""
    from community.desk import applications as _applications  # noqa: F401
    from community.desk import approvals as _approvals  # noqa: F401
    from community.desk import brands, cells, members  # noqa: F401
    from community.web import accounts, applications, covenants, fees, introductions  # noqa: F401
    from community.web import members as profiles  # noqa: F401


def _introduce(house: House) -> None:
    """Let payments know who pays here and who is paid, and what the joining fee is."""
    from community.joining import brands, fees, members

    seen = {"label": _l("Joining fee"), "desk_page": fees.desk_page, "cause": fees.cause}
    house.purposes[fees.PURPOSE] = replace(fees.purpose(), **seen)
    house.payers = members.names
    house.owners.update(member=members.named, brand=brands.named)
    house.payees["brand"] = PayeeKind("brand_admin", brands.names, brands.people)


def _desk() -> list[DeskItem]:
    head = _l("Community")
    return [
        DeskItem(head, "mail", _l("Applications"), "desk_community.applications", 10, _decides),
        DeskItem(head, "users-round", _l("Members"), "desk_community.members", 11, _decides),
        DeskItem(head, "house", _l("Cells"), "desk_community.cells", 12, _operates),
        DeskItem(head, "store", _l("Brands"), "desk_community.brands", 13, _operates),
        DeskItem(head, "stamp", _l("Approvals"), "desk_community.approvals", 14, _operates),
    ]


def _decides(viewer: Viewer) -> bool:
    return viewer.holds("steward", "operator")


def _operates(viewer: Viewer) -> bool:
    return viewer.has("operator")


def _seats() -> Any:
    """The fullest cell that still has room, for the landing page."""
    from community.joining import cells

    free = [room for room in cells.rooms() if room.free]
    return {"cell": free[0].name, "taken": free[0].taken, "free": free[0].free} if free else None


def _waiting(viewer: Viewer) -> Iterable[Waiting]:
    from community.joining import decisions

    if not decisions.may(viewer):
        return []
    count, late = decisions.counted()
    url, read = url_for("desk_community.applications"), _("Read")
    return [
        Waiting(late, _("Applications past seven days"), _("The oldest stands first"), url, read, late=True),
        Waiting(count - late, _("Applications to read"), _("An answer within seven days"), url, read),
    ]


def _wished(viewer: Viewer) -> Iterable[Waiting]:
    if not viewer.has("operator"):
        return []
    # Counted together with everything else; only where there are any is each asked whom it concerns.
    count = approvals.to_decide(viewer) if tallies.of(viewer, "kernel_approvals") else 0
    title = _("Acts that wait for a second pair of eyes")
    return [Waiting(count, title, _("Asked for by another operator"), url_for("desk_community.approvals"), _("Decide"))]
