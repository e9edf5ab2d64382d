"""The desk of money: what operators see of it and do with it, and what those whom we owe see of theirs."""

from __future__ import annotations

from flask import Blueprint
from flask_babel import lazy_gettext as _l

from kernel.house import DeskItem, House
from kernel.viewer import Viewer

bp = Blueprint("desk_payments", __name__, url_prefix="/desk/payments")

from payments.desk import charges, disputes, journal, notices, reconciliation, refunding, refunds  # noqa: E402, F401 - routes hang on the blueprint

HEAD = _l("Money")
CHARGE = ("desk_payments.charge", "desk_payments.refund")
SENTENCES = {"payments.not_parked": _l("This is not parked any more: somebody let it go on, or it was done.")}


def contribute(house: House) -> None:
    """Bring charges, refunds, notices and the journal to the desk of operators, and what is parked to today's queue."""
    from payments import disputes as claims
    from payments import inbox
    from payments.desk import today
    from payments.reconciliation import findings
    from payments.refunds import giving

    house.blueprint(bp)
    house.say(SENTENCES)
    house.tallies |= inbox.tallies() | claims.tallies() | findings.tallies()
    house.today += [disputes.waiting, today.waiting, reconciliation.waiting]
    house.acts[giving.ACT] = refunding.act()
    house.desk += [
        DeskItem(HEAD, "coins", _l("Charges"), "desk_payments.charges", 50, _is_operator, CHARGE),
        DeskItem(HEAD, "undo-2", _l("Refunds"), "desk_payments.refunds", 51, _is_operator),
        DeskItem(
            HEAD,
            "circle-alert",
            _l("Disputes"),
            "desk_payments.disputes",
            52,
            _is_operator,
            ("desk_payments.dispute",),
        ),
        DeskItem(
            HEAD,
            "scale",
            _l("Reconciliation"),
            "desk_payments.reconciliation",
            57,
            _is_operator,
            ("desk_payments.finding",),
        ),
        DeskItem(HEAD, "inbox", _l("Notices"), "desk_payments.notices", 58, _is_operator),
        DeskItem(
            HEAD,
            "scroll-text",
            _l("Journal"),
            "desk_payments.journal",
            59,
            _is_operator,
            ("desk_payments.books", "desk_payments.accounts"),
        ),
    ]


def _is_operator(viewer: Viewer) -> bool:
    return viewer.has("operator")
