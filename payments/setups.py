"""Setups: a card saved on Stripe's page for a later charge; nothing is taken (PAYMENTS)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, select, text

from kernel import clock, db, moves
from kernel.due import Due
from kernel.house import CardPurpose
from kernel.moves import Moves
from payments import connection, customers, pace, pages
from payments.gateway import SavedCard, Session
from payments.pages import Paged


class Setup(Paged, Due, db.Model):
    """One card asked of one payer for one subject; `method_id` is Stripe's name for it once it is saved."""

    __tablename__ = "payments_setups"
    __table_args__ = (
        db.state("open", "saved", "refused", "lapsed", "forgotten"),
        CheckConstraint("state <> 'saved' OR method_id IS NOT NULL", name="saved_is_a_card"),
        Index(
            "uq_payments_setups_one_open_a_subject",
            "purpose",
            "subject_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index("ix_payments_setups_of_a_subject", "purpose", "subject_id", "id"),
        Due.index("payments_setups"),
    )

    id: db.Mapped[int] = db.pk()
    purpose: db.Mapped[str] = db.text(40)
    subject_id: db.Mapped[int]
    payer_id: db.Mapped[int] = db.mapped_column(index=True)
    email: db.Mapped[str] = db.text(254)
    what: db.Mapped[str] = db.text(200)
    state: db.Mapped[str] = db.text(20)
    method_id: db.Mapped[str | None] = db.text(120)
    card_brand: db.Mapped[str] = db.text(20, default="")
    card_last4: db.Mapped[str] = db.text(4, default="")
    expires_at: db.Mapped[datetime]
    created_at: db.Mapped[datetime]
    saved_at: db.Mapped[datetime | None]


MOVES: Moves = moves.declare(
    Setup,
    {
        # A card may be saved after our time had passed: it is there, so the owner is asked once more.
        "save": (("open", "lapsed"), "saved"),
        "refuse": (("saved",), "refused"),
        "lapse": (("open",), "lapsed"),
        "forget": (("saved", "refused"), "forgotten"),
    },
)

PURPOSES: dict[str, CardPurpose] = {}


def configure(purposes: dict[str, CardPurpose]) -> None:
    """Take the owners' purposes, once at start."""
    global PURPOSES
    PURPOSES = purposes


def ask(purpose: str, subject_id: int, payer_id: int, *, email: str, expires_at: datetime, what: str) -> int:
    """Ask for a card in the caller's transaction; the setup's id.

    At most one setup a subject is open: asking again answers with that one.
    """
    setup_id = db.insert_once(
        Setup,
        purpose=purpose,
        subject_id=subject_id,
        payer_id=payer_id,
        email=email,
        what=what,
        state="open",
        session_number=0,
        card_brand="",
        card_last4="",
        expires_at=expires_at,
        created_at=clock.now(),
        due_at=expires_at,
        attempts=0,
    )
    if setup_id is None:
        return int(db.session.scalars(_of(purpose, subject_id).limit(1)).one().id)
    moves.begun(Setup, setup_id, "open", payer_id)
    return setup_id


def url(setup_id: int) -> str | None:
    """The address of the page that saves the card; None when the gateway does not answer or it is too late.

    Goes outside: what was written before is committed.
    """
    setup = get(setup_id)
    if setup.state != "open" or setup.expires_at <= clock.now():
        return None
    return pages.standing(setup) or pages.url(Setup, setup_id, _opened)


def look(setup_id: int) -> datetime | None:
    """Ask Stripe how a setup's session stands, or take a forgotten card off; when to look again, None when done."""
    setup = get(setup_id)
    if setup.state == "forgotten":
        return _taken_off(setup)
    if setup.state != "open":
        return None
    if setup.expires_at <= clock.now():
        lapse(setup_id)
    elif setup.session_id:
        session_id = setup.session_id
        with db.outside():
            session = connection.batch.session(session_id)
        observed(setup_id, session)
    setup = get(setup_id)
    return pages.next_look(setup) if setup.state == "open" else None


def lapse(setup_id: int) -> None:
    """End an open setup: Stripe's session is expired first, so no card is saved for what we let go of.

    Raises GatewayDown when Stripe does not answer; then nothing has ended.
    """
    setup = get(setup_id)
    if setup.state != "open":
        return
    if setup.session_id is None:
        _lapsed(setup_id)
        return
    observed(setup_id, pages.ended(setup.session_id), ending=True)


def observed(setup_id: int, session: Session, ending: bool = False) -> None:
    """Act on a session as it is now: the one idempotent end of notice, look-up and sweep. May go outside."""
    setup = get(setup_id)
    if session.status == "complete" and session.setup_intent_id:
        if setup.state in ("open", "lapsed") or setup.session_id != session.id:
            _arrived(setup_id, session, session.setup_intent_id)
    elif session.status == "expired" and setup.session_id in (session.id, None):
        if ending or pages.has_ended(setup):
            _lapsed(setup_id)
        else:
            pages.over(Setup, setup_id, session.id)


def forget(setup_id: int) -> None:
    """Give a saved card up in the caller's transaction; the worker takes it off at Stripe. Repeatable."""
    forget_each([setup_id])


def forget_each(setup_ids: Iterable[int]) -> None:
    """Give several saved cards up together."""
    moves.tried_each(Setup, setup_ids, "forget", due_at=clock.now())


def of(purpose: str, subject_id: int) -> Setup | None:
    """The newest setup of a subject, for its page."""
    return db.session.scalars(_of(purpose, subject_id)).first()


def get(setup_id: int) -> Setup:
    """The setup as it stands in the database now."""
    return db.session.get_one(Setup, setup_id, populate_existing=True)


def _arrived(setup_id: int, session: Session, setup_intent_id: str) -> None:
    with db.outside():
        card = connection.batch.saved_card(setup_intent_id)
    if card is None:
        return
    if _saved(setup_id, session, card):
        setup = get(setup_id)
        if not PURPOSES[setup.purpose].on_saved(setup.subject_id, setup_id):
            moves.move(Setup, setup_id, "refuse")
            forget(setup_id)
    elif get(setup_id).method_id != card.method_id:  # a second page of one setup: its card was never asked for
        with db.outside():
            connection.batch.forget_card(card.method_id)


def _saved(setup_id: int, session: Session, card: SavedCard) -> bool:
    kept: dict[str, Any] = {"method_id": card.method_id, "card_brand": card.brand[:20], "card_last4": card.last4[:4]}
    return moves.tried(
        Setup, setup_id, "save", **kept, saved_at=clock.now(), session_id=session.id, session_url=None, due_at=None
    )


def _lapsed(setup_id: int) -> None:
    if moves.tried(Setup, setup_id, "lapse", due_at=None):
        setup = get(setup_id)
        PURPOSES[setup.purpose].on_lapsed(setup.subject_id)


def _taken_off(setup: Setup) -> datetime | None:
    """Take a forgotten card off its customer at Stripe; when to come back, None once it is off."""
    if setup.method_id is None:
        return None
    if wait := pace.turn():
        return wait
    method_id = setup.method_id
    with db.outside():
        connection.batch.forget_card(method_id)
    return None


def _opened(setup: Setup) -> Session:
    number = setup.session_number + 1
    page = f"{pages.site_url}{PURPOSES[setup.purpose].page(setup.subject_id)}"
    customer = customers.at_stripe(setup.payer_id, setup.email, f"customer-{setup.payer_id}-card-{setup.id}-{number}")
    with db.outside():
        return connection.gateway.open_setup_session(
            key=f"setup-{setup.id}-s{number}",
            customer_id=customer,
            success_url=f"{page}?returned=1",
            cancel_url=page,
            expires_at=pages.end(setup.expires_at),
            metadata={"setup": str(setup.id), "purpose": setup.purpose},
            locale="en",
        )


def _of(purpose: str, subject_id: int) -> Any:
    newest = select(Setup).where(Setup.purpose == purpose, Setup.subject_id == subject_id).order_by(Setup.id.desc())
    return newest.execution_options(populate_existing=True)
