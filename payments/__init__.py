"""Payments: charges, refunds and notices over a gateway port; knows purposes and plain ids, never who owns them."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from kernel.house import House
from kernel.worker import Chore

SENTENCES = {
    "payments.nothing_to_refund": _l("There is not that much left to refund."),
}


def contribute(house: House) -> None:
    """Bring the gateway, the inbox, the sweep and the invariants into the house."""
    from payments import attempts, charges, checkouts, invariants, notices, pages, refunds, setups
    from payments.connection import connect
    from payments.web import bp

    gateway = connect(house)
    charges.configure(house.config.currency, house.purposes)
    setups.configure(house.card_purposes)
    pages.configure(house.config.site_url)
    house.gateway_hosts = lambda: gateway.hosts
    house.exempt.append(bp)
    house.say(SENTENCES)
    house.chores += [
        Chore("notices", notices.Notice, notices.handle),
        Chore("charges", charges.Charge, checkouts.look),
        Chore("refunds", refunds.Refund, refunds.send),
        Chore("setups", setups.Setup, setups.look),
        Chore("attempts", attempts.Attempt, attempts.send),
    ]
    house.invariants.update(invariants.invariants())
