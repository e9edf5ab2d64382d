"""Payments: charges, refunds and notices over a gateway port; knows purposes and plain ids, never who owns them."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from kernel.house import House
from kernel.worker import Chore

SENTENCES = {
    "payments.nothing_to_refund": _l("There is not that much left to refund."),
    "payments.disputed": _l(
        "The payer's bank holds this money in a dispute: nothing can be refunded until it decides."
    ),
    "payments.outside_waits": _l(
        "An operator says that it was paid by bank transfer: that waits for approval. Refuse it first, then send this."
    ),
    "payments.went_after_all": _l(
        "Stripe has sent this refund after all. Send it again here: it is taken in, and not sent twice."
    ),
    "payments.waits_for_payer": _l(
        "Stripe waits for the payer to take this refund. Cancel it at Stripe first; then it can be paid another way."
    ),
    "payments.subscribed": _l("You pay for this already. Change it instead."),
    "payments.no_answer": _l("The payment service does not answer. Nothing was changed; try again in a minute."),
    "payments.change_declined": _l("Your bank refused the card. Nothing was changed; try another card first."),
}


def contribute(house: House) -> None:
    """Bring the gateway, the inbox, the sweep and the invariants into the house."""
    from payments import (  # noqa: F401
        attempts,
        charges,
        checkouts,
        invariants,
        notices,
        pages,
        payables,
        reconciliation,
        refunds,
        renewals,
        setups,
        strays,
        subscription_invariants,
        subscriptions,
    )
    from payments.connection import connect
    from payments.desk import contribute as contribute_desk
    from payments.desk import payouts
    from payments.web import bp
    from payments.web.reconciliation import reconcile

    gateway = connect(house)
    charges.configure(house.config.currency, house.purposes)
    setups.configure(house.card_purposes)
    subscriptions.configure(house.subscription_purposes)
    pages.configure(house.config.site_url)
    house.gateway_hosts = lambda: gateway.hosts
    house.exempt.append(bp)
    house.say(SENTENCES)
    house.chores += _chores()
    house.tickers.append(reconciliation.hourly())
    house.demo["payments"] = strays.story
    house.commands.append(reconcile)
    house.invariants.update(invariants.invariants() | reconciliation.invariants())
    house.invariants.update(subscription_invariants.invariants())
    contribute_desk(house)
    payouts.contribute(house)


def _chores() -> list[Chore]:
    """What the worker does for payments."""
    from payments import (
        attempts,
        charges,
        checkouts,
        notices,
        reconciliation,
        refunds,
        renewals,
        rounds,
        setups,
        subscriptions,
    )

    return [
        Chore("notices", notices.Notice, notices.handle, notices.handle_each),
        Chore("charges", charges.Charge, checkouts.look),
        Chore("refunds", refunds.Refund, refunds.send),
        Chore("setups", setups.Setup, setups.look, rounds.take_off_each, rounds.CLAIMED),
        Chore("attempts", attempts.Attempt, attempts.send, rounds.send_each, rounds.CLAIMED),
        Chore("subscriptions", subscriptions.Subscription, renewals.look),
        Chore("reconciliation", reconciliation.Run, reconciliation.proceed),
    ]
