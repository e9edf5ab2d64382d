"""Subscriptions: what a payer pays for again and again; Stripe renews and retries, our row says how far (PAYMENTS).

At most one is open or live a payer and purpose. What Stripe says of it is fetched and applied by `renewals.follow`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import CheckConstraint, Index, select, text, update

from kernel import clock, db, moves
from kernel.due import Due
from kernel.errors import Conflict
from kernel.house import SubscriptionPurpose
from kernel.moves import Moves
from payments.pages import Paged

STANDS = text("state IN ('open', 'live')")
BEHIND = ("past_due", "unpaid")  # Stripe's words for a period whose invoice was refused
Wish = Literal["now", "period"]


class Subscription(Paged, Due, db.Model):
    """One payer's subscription; `status`, `price_id` and the instants are Stripe's, as of `seen_at`. `coupon_id` is
    what makes it cheaper, empty once Stripe takes nothing off any more.

    `paid_through` is the end of the time that its invoices, less those that went back, have paid for. `wish` is our
    own wish to end it, now or with its period, until the worker has told Stripe.
    """

    __tablename__ = "payments_subscriptions"
    __table_args__ = (
        db.state("open", "live", "ended", "lapsed"),
        CheckConstraint("state NOT IN ('live', 'ended') OR gateway_id IS NOT NULL", name="live_at_the_gateway"),
        CheckConstraint("wish IN ('', 'now', 'period')", name="wish_known"),
        CheckConstraint("trial_days >= 0", name="trial_not_negative"),
        Index(
            "uq_payments_subscriptions_one_stands_a_payer",
            "purpose",
            "payer_id",
            unique=True,
            sqlite_where=STANDS,
            postgresql_where=STANDS,
        ),
        Index("ix_payments_subscriptions_of_a_payer", "purpose", "payer_id", "id"),
        Due.index("payments_subscriptions"),
    )

    id: db.Mapped[int] = db.pk()
    purpose: db.Mapped[str] = db.text(40)
    subject_id: db.Mapped[int]
    payer_id: db.Mapped[int]
    email: db.Mapped[str] = db.text(254)
    what: db.Mapped[str] = db.text(200)
    price_id: db.Mapped[str] = db.text(120)
    coupon_id: db.Mapped[str] = db.text(120)
    trial_days: db.Mapped[int]
    state: db.Mapped[str] = db.text(20)
    gateway_id: db.Mapped[str | None] = db.text(120, unique=True)
    status: db.Mapped[str] = db.text(40)
    paid_through: db.Mapped[datetime | None]
    trial_ends_at: db.Mapped[datetime | None]
    ends_at: db.Mapped[datetime | None]  # it was told to stop then
    retry_at: db.Mapped[datetime | None]  # when Stripe tries the card again
    wish: db.Mapped[str] = db.text(10, default="")
    expires_at: db.Mapped[datetime | None]
    seen_at: db.Mapped[datetime | None]
    created_at: db.Mapped[datetime]
    began_at: db.Mapped[datetime | None]
    ended_at: db.Mapped[datetime | None]


MOVES: Moves = moves.declare(
    Subscription,
    {"begin": (("open",), "live"), "lapse": (("open",), "lapsed"), "end": (("live",), "ended")},
)

PURPOSES: dict[str, SubscriptionPurpose] = {}


def configure(purposes: dict[str, SubscriptionPurpose]) -> None:
    """Take the owners' purposes, once at start."""
    global PURPOSES
    PURPOSES = purposes


def ask(
    purpose: str,
    subject_id: int,
    payer_id: int,
    *,
    email: str,
    what: str,
    price_id: str,
    coupon_id: str,
    trial_days: int,
    expires_at: datetime,
) -> int:
    """Offer a subscription in the caller's transaction; its id. Raises Conflict while another one stands."""
    terms = {"price_id": price_id, "coupon_id": coupon_id, "trial_days": trial_days, "what": what, "email": email}
    counters = {"session_number": 0, "attempts": 0, "status": "", "wish": "", "created_at": clock.now()}
    owned = {"purpose": purpose, "subject_id": subject_id, "payer_id": payer_id}
    asked = {**owned, **terms, **counters, "state": "open", "expires_at": expires_at, "due_at": expires_at}
    row_id = db.insert_once(Subscription, **asked)
    if row_id is None:
        raise Conflict("payments.subscribed")
    moves.begun(Subscription, row_id, "open", payer_id)
    return row_id


def of(purpose: str, payer_id: int) -> Subscription | None:
    """A payer's newest subscription that began or can begin, as it stands now."""
    mine = (Subscription.purpose == purpose, Subscription.payer_id == payer_id, Subscription.state != "lapsed")
    newest = select(Subscription).where(*mine).order_by(Subscription.id.desc()).limit(1)
    return db.session.scalar(newest.execution_options(populate_existing=True))


def begun(purpose: str, payer_id: int) -> list[Subscription]:
    """A payer's subscriptions that began, the newest first: a page that is open for another one is none."""
    mine = (Subscription.purpose == purpose, Subscription.payer_id == payer_id)
    rows = select(Subscription).where(*mine, Subscription.state.in_(("live", "ended"))).order_by(Subscription.id.desc())
    return list(db.session.scalars(rows.execution_options(populate_existing=True)))


def get(row_id: int) -> Subscription:
    """The subscription as it stands in the database now."""
    return db.session.get_one(Subscription, row_id, populate_existing=True)


def held(row_id: int) -> Subscription:
    """The subscription as it stands now; nobody else moves it before this transaction ends.

    Whoever needs a charge too locks the charge first, and the owner's row last.
    """
    return db.session.get_one(Subscription, row_id, populate_existing=True, with_for_update=True)


def wish_end(row_id: int, when: Wish) -> None:
    """Wish a live subscription to end, now or with its period, in the caller's transaction; the worker tells Stripe.

    A wish to end it now is not weakened by a later one.
    """
    live = update(Subscription).where(Subscription.id == row_id, Subscription.state == "live")
    live = live.where(Subscription.wish != "now")
    db.changed(live.values(wish=when, due_at=clock.now(), parked_at=None))


def purpose_of(row: Any) -> SubscriptionPurpose:
    """Whoever owns what a row is for."""
    return PURPOSES[row.purpose]
