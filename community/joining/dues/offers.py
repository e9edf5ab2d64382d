"""Offers: a code that makes dues cheaper once, for some months or always; its uses are capped by a guarded counter."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, select, text, update

from kernel import audits, clock, db, texts
from kernel.errors import Forbidden, Invalid, NotFound
from kernel.viewer import Viewer
from payments import charges, connection

CODE = re.compile(r"^[A-Z0-9][A-Z0-9-]{2,29}$")
MOST_MONTHS = 36
HELD = text("ended_at IS NULL")


class Offer(db.Model):
    """One code: `percent` off, or `amount_minor` off where that is 0.

    `months` 0 makes the first invoice cheaper, None every invoice, else those of so many months. No tier: all of them.
    """

    __tablename__ = "community_offers"
    __table_args__ = (
        CheckConstraint("percent BETWEEN 0 AND 100", name="percent_in_bounds"),
        CheckConstraint("(percent > 0) <> (amount_minor > 0)", name="one_kind"),
        CheckConstraint("amount_minor >= 0", name="not_negative"),
        CheckConstraint("months IS NULL OR months BETWEEN 0 AND 36", name="months_in_bounds"),
        CheckConstraint("uses_count >= 0 AND (uses_most IS NULL OR uses_count <= uses_most)", name="uses_capped"),
    )

    id: db.Mapped[int] = db.pk()
    code: db.Mapped[str] = db.text(30, unique=True)
    percent: db.Mapped[int]
    amount_minor: db.Mapped[int]
    months: db.Mapped[int | None]
    tier_id: db.Mapped[int | None] = db.ref("community_tiers.id", index=False)
    valid_until: db.Mapped[datetime | None]
    uses_most: db.Mapped[int | None]
    uses_count: db.Mapped[int]
    gateway_id: db.Mapped[str | None] = db.text(120)
    made_by_id: db.Mapped[int] = db.ref("community_members.id", index=False)
    made_at: db.Mapped[datetime]
    closed_at: db.Mapped[datetime | None]


class OfferUse(db.Model):
    """That a member has taken an offer, once; given back when what it was taken for never began."""

    __tablename__ = "community_offer_uses"
    __table_args__ = (
        Index(
            "uq_community_offer_uses_once",
            "offer_id",
            "member_id",
            unique=True,
            sqlite_where=HELD,
            postgresql_where=HELD,
        ),
        Index("ix_community_offer_uses_of_a_member", "member_id", "id"),
    )

    id: db.Mapped[int] = db.pk()
    offer_id: db.Mapped[int] = db.ref("community_offers.id", index=False)
    member_id: db.Mapped[int] = db.ref("community_members.id", index=False)
    subscription_id: db.Mapped[int]
    taken_at: db.Mapped[datetime]
    begun_at: db.Mapped[datetime | None]
    told_at: db.Mapped[datetime | None]  # when the member was told that it ends
    ended_at: db.Mapped[datetime | None]


def by_code(code: str) -> Offer | None:
    """The offer of a code, however it is typed."""
    found = select(Offer).where(Offer.code == code.strip().upper())
    return db.session.scalar(found.execution_options(populate_existing=True))


def get(offer_id: int) -> Offer:
    """An offer. Raises NotFound."""
    found = db.session.get(Offer, offer_id, populate_existing=True)
    if found is None:
        raise NotFound
    return found


def usable(code: str, tier_id: int, member_id: int) -> Offer:
    """The offer of a code for a tier. Raises Invalid with the reason why it is not to be had.

    What a member holds for a page that is still open is theirs to take along to another.
    """
    offer = by_code(code)
    if offer is None or offer.closed_at is not None:
        raise Invalid("community.offer_unknown", field="code")
    if offer.valid_until is not None and offer.valid_until <= clock.now():
        raise Invalid("community.offer_over", field="code")
    if not holds_for(offer, tier_id):
        raise Invalid("community.offer_other_tier", field="code")
    mine = (OfferUse.offer_id == offer.id, OfferUse.member_id == member_id, OfferUse.ended_at.is_(None))
    had = db.session.execute(select(OfferUse.begun_at).where(*mine)).first()
    if had is not None and had.begun_at is not None:
        raise Invalid("community.offer_had", field="code")
    if had is None and offer.uses_most is not None and offer.uses_count >= offer.uses_most:
        raise Invalid("community.offer_used_up", field="code")
    return offer


def holds_for(offer: Offer, tier_id: int) -> bool:
    """Whether an offer is for a tier, or for all of them."""
    return offer.tier_id in (None, tier_id)


def take(offer_id: int, member_id: int, subscription_id: int) -> None:
    """Take one use of an offer for a subscription. Raises Invalid when the last one went, or the member had it."""
    values = {"offer_id": offer_id, "member_id": member_id, "subscription_id": subscription_id}
    if db.insert_once(OfferUse, **values, taken_at=clock.now()) is None:
        raise Invalid("community.offer_had", field="code")
    left = (Offer.uses_most.is_(None) | (Offer.uses_count < Offer.uses_most), Offer.closed_at.is_(None))
    one = update(Offer).where(Offer.id == offer_id, *left)
    if not db.changed(one.values(uses_count=Offer.uses_count + 1)):
        raise Invalid("community.offer_used_up", field="code")


def begin(member_id: int) -> None:
    """What was taken for a subscription is used: it has begun."""
    waiting = update(OfferUse).where(OfferUse.member_id == member_id, OfferUse.begun_at.is_(None))
    db.changed(waiting.where(OfferUse.ended_at.is_(None)).values(begun_at=clock.now()))


def give_back(member_id: int) -> None:
    """What was taken for a subscription that never began may be taken again, by anybody."""
    mine = (OfferUse.member_id == member_id, OfferUse.begun_at.is_(None), OfferUse.ended_at.is_(None))
    for use in db.session.execute(select(OfferUse.id, OfferUse.offer_id).where(*mine)).all():
        if db.changed(update(OfferUse).where(OfferUse.id == use.id, *mine).values(ended_at=clock.now())):
            db.changed(update(Offer).where(Offer.id == use.offer_id).values(uses_count=Offer.uses_count - 1))


def used(subscription_id: int) -> tuple[OfferUse, Offer] | None:
    """The offer that a subscription was begun with, if any."""
    rows = select(OfferUse, Offer).join(Offer, Offer.id == OfferUse.offer_id)
    found = db.session.execute(
        rows.where(OfferUse.subscription_id == subscription_id, OfferUse.ended_at.is_(None))
    ).first()
    return (found[0], found[1]) if found else None


def told(subscription_id: int) -> None:
    """Whoever has the offer of a subscription knows that it ends: no letter says so again."""
    untold = update(OfferUse).where(OfferUse.subscription_id == subscription_id, OfferUse.told_at.is_(None))
    db.changed(untold.where(OfferUse.ended_at.is_(None)).values(told_at=clock.now()))


def at_stripe(offer_id: int) -> str:
    """Stripe's name of an offer, made there when there is none. Goes outside; may raise GatewayError."""
    offer = db.session.get_one(Offer, offer_id, populate_existing=True)
    if offer.gateway_id is not None:
        return offer.gateway_id
    words: dict[str, Any] = {"percent": offer.percent, "amount_minor": offer.amount_minor, "months": offer.months}
    name = offer.code
    with db.outside():
        made = connection.gateway.open_coupon(key=f"offer-{offer_id}", name=name, currency=charges.currency(), **words)
    db.changed(update(Offer).where(Offer.id == offer_id, Offer.gateway_id.is_(None)).values(gateway_id=made))
    return str(db.session.get_one(Offer, offer_id, populate_existing=True).gateway_id)


def every() -> list[Offer]:
    """All offers, open ones first, the newest on top."""
    order = (Offer.closed_at.is_not(None), Offer.id.desc())
    return list(db.session.scalars(select(Offer).order_by(*order).execution_options(populate_existing=True)))


def make(
    viewer: Viewer,
    code: str,
    *,
    percent: int,
    amount_minor: int,
    months: int | None,
    tier_id: int | None,
    valid_until: datetime | None,
    uses_most: int | None,
) -> int:
    """Make an offer of `percent` off, or of `amount_minor`, as an operator; its id.

    `months` 0 makes the first payment cheaper, None every one, else those of so many months. Raises Forbidden, and
    Invalid for a code that is malformed or taken, for no or two discounts and for an end that is over.
    """
    if not viewer.has("operator"):
        raise Forbidden("kernel.forbidden")
    code = texts.cleaned(code).strip().upper()
    if not CODE.match(code):
        raise Invalid("community.offer_code_shape", field="code")
    if (percent > 0) == (amount_minor > 0):
        raise Invalid("community.offer_one_kind", field="percent")
    if valid_until is not None and valid_until <= clock.now():
        raise Invalid("community.offer_valid_ahead", field="valid_until")
    values = {"percent": percent, "amount_minor": amount_minor, "months": months, "tier_id": tier_id}
    bounds = {"valid_until": valid_until, "uses_most": uses_most, "uses_count": 0}
    offer_id = db.insert_once(Offer, code=code, **values, **bounds, made_by_id=viewer.id, made_at=clock.now())
    if offer_id is None:
        raise Invalid("community.offer_code_taken", field="code")
    audits.record(viewer.id, "dues.make_offer", f"offer:{offer_id}", code)
    return offer_id


def close(viewer: Viewer, offer_id: int) -> None:
    """Let nobody new take an offer, as an operator; whoever has it keeps it. Repeatable. Raises Forbidden."""
    if not viewer.has("operator"):
        raise Forbidden("kernel.forbidden")
    if db.changed(update(Offer).where(Offer.id == offer_id, Offer.closed_at.is_(None)).values(closed_at=clock.now())):
        audits.record(viewer.id, "dues.close_offer", f"offer:{offer_id}", closed=False)
