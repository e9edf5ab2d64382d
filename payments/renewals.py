"""Renewals: what Stripe says of a subscription and its invoices, fetched as it is now and applied once (PAYMENTS).

Notice, look-up and sweep all end in `follow`: whatever came first, came twice or never came, the rows end alike.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, update

from kernel import clock, db, moves
from payments import charges, connection, customers, invoices, pages, refunds, subscriptions
from payments.charges import Charge
from payments.gateway import GatewayRefused, Intent, Session
from payments.gateway import Invoice as Bill
from payments.gateway import Subscription as AtStripe
from payments.subscriptions import BEHIND, Subscription

SLACK = timedelta(hours=2)  # Stripe charges a renewal about an hour after the period began
DAILY = timedelta(days=1)
EARLIER = timedelta(days=3)  # so far before the newest paid invoice one may have been made that we never heard of


def url(row_id: int) -> str | None:
    """The address of the page that subscribes; None when the gateway does not answer or it is too late.

    Goes outside: what was written before is committed.
    """
    row = subscriptions.get(row_id)
    if row.state != "open" or pages.has_ended(row):
        return None
    return pages.standing(row) or pages.url(Subscription, row_id, _opened)


def look(row_id: int) -> datetime | None:
    """Ask Stripe how a subscription stands, tell it what we wish, and act on it; when to look again, None when over."""
    row = subscriptions.get(row_id)
    if row.state == "open":
        _look_at_page(row)
    elif row.state == "live" and row.gateway_id:
        if row.wish:
            _carry_out(row.id, row.gateway_id, row.wish)
        follow(row_id, row.gateway_id)
    row = subscriptions.get(row_id)
    if row.state == "open":
        return pages.next_look(row)
    return _next_look(row) if row.state == "live" else None


def lapse(row_id: int) -> None:
    """End an open subscription that was never begun; its page is expired first. What began meanwhile stands.

    Raises GatewayDown when Stripe does not answer; then nothing has ended.
    """
    row = subscriptions.get(row_id)
    if row.state != "open":
        return
    if row.session_id is None:
        _lapsed(row_id)
        return
    observed(row_id, pages.ended(row.session_id), ending=True)


def observed(row_id: int, session: Session, ending: bool = False) -> None:
    """Act on a subscription page as it is now. May go outside."""
    row = subscriptions.get(row_id)
    if session.status == "complete" and session.subscription_id:
        follow(row_id, session.subscription_id)
    elif session.status == "expired" and row.session_id in (session.id, None):
        if ending or pages.has_ended(row):
            _lapsed(row_id)
        else:
            pages.over(Subscription, row_id, session.id)


def follow(row_id: int, gateway_id: str, invoice_id: str = "") -> None:
    """Fetch a subscription of Stripe's with its invoice, or its latest invoices, and apply them to our row.

    Idempotent, in whatever order notices come. Goes outside. Raises Mismatch for money that nobody asked for.
    """
    asked_at = clock.now()
    row = subscriptions.get(row_id)
    # Another one has paid for nothing here. A change of price makes an invoice in the middle of what is paid.
    known = invoices.newest_made(row_id) if row.gateway_id == gateway_id else None
    since = (known or row.created_at) - EARLIER
    with db.outside():
        order = connection.batch.subscription(gateway_id)
        bills = _bills(gateway_id, invoice_id, since)
    fresh = invoices.unpaid_among([bill.id for bill in bills])
    with db.outside():
        intents = {bill.id: _intent(bill) for bill in bills if bill.id in fresh}
    row = subscriptions.held(row_id)
    if row.gateway_id not in (None, gateway_id) or row.state == "lapsed":
        _return(row, order, bills, intents)
    else:
        _applied(row, order, bills, intents, asked_at)


def account_anew(row_id: int) -> datetime | None:
    """Count again until when a subscription is paid, under its lock; the instant, None for never."""
    subscriptions.held(row_id)
    until = invoices.paid_through(row_id)
    db.changed(update(Subscription).where(Subscription.id == row_id).values(paid_through=until))
    return until


def withhold(charge_id: int, yes: bool) -> bool:
    """Take the time that a charge's invoice paid for out of account, or count it again; False when it was so already.

    The caller holds the charge.
    """
    bill = invoices.of_charge(charge_id)
    if bill is None:
        return False
    subscriptions.held(bill.subscription_id)
    if not invoices.withhold(bill.id, yes):
        return False
    account_anew(bill.subscription_id)
    return True


def _applied(
    row: Any, order: AtStripe, bills: list[Bill], intents: dict[str, Intent | None], asked_at: datetime
) -> None:
    owner, runs = subscriptions.purpose_of(row), order.status not in ("incomplete", "incomplete_expired")
    began = runs and _began(row, order)
    was_behind, was_retry = row.status in BEHIND, row.retry_at
    if subscriptions.get(row.id).gateway_id is None:
        return
    _noted(row, order, bills, asked_at)
    row = subscriptions.get(row.id)
    paid = [invoices.seen(row, bill, intents.get(bill.id)) for bill in sorted(bills, key=lambda bill: bill.created_at)]
    until = account_anew(row.id)
    if began:
        owner.on_begun(row.subject_id)
    for charge_id in paid:
        if charge_id is not None and until is not None:
            owner.on_paid(row.subject_id, until, charge_id)
    row = subscriptions.get(row.id)
    if row.status in BEHIND and not (was_behind and was_retry == row.retry_at):
        owner.on_failed(row.subject_id, row.retry_at)
    ended_at = order.ended_at or clock.now()
    if row.status == "canceled" and moves.tried(Subscription, row.id, "end", ended_at=ended_at, due_at=None, wish=""):
        owner.on_ended(row.subject_id)


def _began(row: Any, order: AtStripe) -> bool:
    begun = {"gateway_id": order.id, "began_at": clock.now(), "session_url": None, "due_at": clock.now() + SLACK}
    return row.state == "open" and moves.tried(Subscription, row.id, "begin", row.payer_id, **begun)


def _noted(row: Any, order: AtStripe, bills: list[Bill], asked_at: datetime) -> None:
    """Write down what Stripe said, unless something newer stands there; another price is paid for something else."""
    retries = [bill.retry_at for bill in bills if bill.status == "open" and bill.retry_at]
    newer = or_(Subscription.seen_at.is_(None), Subscription.seen_at <= asked_at)
    said: dict[str, Any] = {"status": order.status[:40], "price_id": order.price_id, "seen_at": asked_at}
    said |= {"trial_ends_at": order.trial_ends_at, "ends_at": order.ends_at}
    if retries or order.status not in BEHIND:
        said["retry_at"] = max(retries, default=None)
    if not order.is_discounted:
        said["coupon_id"] = ""  # used up, over, or taken off
    if order.price_id != row.price_id and (what := subscriptions.purpose_of(row).names(order.price_id)):
        said["what"] = what
    db.changed(update(Subscription).where(Subscription.id == row.id, newer).values(**said))


def _return(row: Any, order: AtStripe, bills: list[Bill], intents: dict[str, Intent | None]) -> None:
    """A second subscription of one row: it is ended at Stripe, and what it took goes back in full."""
    for bill in bills:
        if bill.status != "paid" or not bill.paid_minor or bill.id not in intents:
            continue
        invoices.check(bill, intents[bill.id])
        words = (row.purpose, row.subject_id, row.payer_id, row.what, bill.paid_minor)
        second = charges.taken(*words, email=row.email, intent_id=bill.intent_id, fulfils=False)
        if second is not None and db.session.get_one(Charge, second).refunded_minor == 0:
            refunds.ask(second, bill.paid_minor, "it was subscribed twice", None, owed=True)
    if order.status != "canceled":
        with db.outside(), suppress(GatewayRefused):
            connection.batch.end_subscription(subscription_id=order.id, now=True)


def _carry_out(row_id: int, gateway_id: str, wish: str) -> None:
    with db.outside(), suppress(GatewayRefused):  # it ended in the meantime
        connection.batch.end_subscription(subscription_id=gateway_id, now=wish == "now")
    told = update(Subscription).where(Subscription.id == row_id, Subscription.wish == wish)
    db.changed(told.values(wish=""))


def _look_at_page(row: Any) -> None:
    if pages.has_ended(row):
        lapse(row.id)
    elif row.session_id:
        row_id, session_id = row.id, row.session_id
        with db.outside():
            session = connection.batch.session(session_id)
        observed(row_id, session)


def _lapsed(row_id: int) -> None:
    if moves.tried(Subscription, row_id, "lapse", due_at=None):
        row = subscriptions.get(row_id)
        subscriptions.purpose_of(row).on_lapsed(row.subject_id)


def _bills(gateway_id: str, invoice_id: str, since: datetime) -> list[Bill]:
    if invoice_id:
        return [connection.batch.invoice(invoice_id)]
    return list(connection.batch.invoices(since=since, subscription_id=gateway_id))


def _intent(bill: Bill) -> Intent | None:
    return connection.batch.intent(bill.intent_id) if bill.paid_minor and bill.intent_id else None


def _next_look(row: Any) -> datetime:
    ends = (row.paid_through, row.trial_ends_at, row.ends_at, row.retry_at)
    later = (at + SLACK for at in ends if at is not None)
    return min((at for at in later if at > clock.now()), default=clock.now() + DAILY)


def _opened(row: Any) -> Session:
    number = row.session_number + 1
    page = f"{pages.site_url}{subscriptions.purpose_of(row).page(row.subject_id)}"
    customer = customers.at_stripe(row.payer_id, row.email, f"customer-{row.payer_id}-subscription-{row.id}-{number}")
    with db.outside():
        return connection.gateway.open_subscription_session(
            key=f"subscription-{row.id}-s{number}",
            customer_id=customer,
            price_id=row.price_id,
            trial_days=row.trial_days,
            coupon_id=row.coupon_id,
            success_url=f"{page}?returned=1",
            cancel_url=page,
            expires_at=pages.end(row.expires_at),
            metadata={"subscription": str(row.id), "purpose": row.purpose},
            locale="en",
        )
