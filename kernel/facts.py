"""Facts: what happened, kept for ever, told to listeners from the worker (ARCHITECTURE: Three ideas, 2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

import structlog
from sqlalchemy import Index, UniqueConstraint

from kernel import clock, db
from kernel.due import Due

log = structlog.get_logger("facts")


class Fact(db.Model):
    """Something that happened: a name, its version, whom it is about, ids and numbers; no personal text."""

    __tablename__ = "kernel_facts"
    __table_args__ = (
        Index("ix_kernel_facts_of_a_member", "member_id", "name", "at"),
        Index("ix_kernel_facts_by_name", "name", "at"),
    )

    id: db.Mapped[int] = db.pk()
    name: db.Mapped[str] = db.text(60)
    version: db.Mapped[int]
    member_id: db.Mapped[int | None]
    fields: db.Mapped[dict[str, Any]]
    at: db.Mapped[datetime]


class Delivery(Due, db.Model):
    """A fact that a listener has still to hear; deleted when it has."""

    __tablename__ = "kernel_deliveries"
    __table_args__ = (UniqueConstraint("fact_id", "listener"), Due.index("kernel_deliveries"))

    id: db.Mapped[int] = db.pk()
    fact_id: db.Mapped[int] = db.ref("kernel_facts.id", index=False)
    listener: db.Mapped[str] = db.text(60)


class Told(NamedTuple):
    """A fact as it is told: what its row says."""

    id: int
    name: str
    member_id: int | None
    fields: Mapping[str, Any]
    at: datetime


@dataclass(frozen=True)
class Listener:
    """Who wants to hear a fact. Inline ones only INSERT, because the very next page must show their effect.

    `hear_each` hears several facts of one name that happened together; without it they are heard one by one.
    """

    name: str
    hear: Callable[[Any], None]
    inline: bool = False
    hear_each: Callable[[Sequence[Told]], None] | None = None


DECLARED: dict[str, tuple[int, Mapping[str, type]]] = {}
LISTENERS: dict[str, list[Listener]] = {}


def declare(name: str, version: int, /, **fields: type) -> None:
    """Declare a fact once, by its owner; `fields` are ids and numbers and are versioned for ever."""
    DECLARED[name] = (version, fields)


def listen(name: str, listener: Listener) -> None:
    """Subscribe to a fact by name; subscribing the same listener again changes nothing."""
    known = LISTENERS.setdefault(name, [])
    if all(other.name != listener.name for other in known):
        known.append(listener)


def record(name: str, member_id: int | None, /, **fields: Any) -> Told:
    """Record a fact in the cause's transaction, with a delivery a listener. Raises ValueError on undeclared fields."""
    return record_each(name, [(member_id, fields)])[0]


def record_each(name: str, happened: Sequence[tuple[int | None, Mapping[str, Any]]], /) -> list[Told]:
    """Record facts of one name that happened together, each of a member and with its fields, in this order."""
    version, declared = DECLARED[name]
    for _, fields in happened:
        if set(fields) != set(declared) or any(not isinstance(fields[key], kind) for key, kind in declared.items()):
            raise ValueError(f"{name} wants {declared}, got {fields}")
    now = clock.now()
    rows = [{"member_id": who, "fields": what} for who, what in happened]
    ids = db.insert_in_order(Fact, rows, name=name, version=version, at=now)
    told = [Told(fact_id, name, *about, now) for fact_id, about in zip(ids, happened, strict=True)]
    for listener in LISTENERS.get(name, ()) if told else ():
        if late := _unheard(listener, told) if listener.inline else told:
            queued = [{"fact_id": fact.id} for fact in late]
            db.insert_each(Delivery, queued, listener=listener.name, due_at=now, attempts=0)
    return told


def deliver(delivery_id: int) -> None:
    """Let one listener hear its fact and drop the delivery, in the worker's transaction."""
    delivery = db.session.get_one(Delivery, delivery_id)
    fact = db.session.get_one(Fact, delivery.fact_id)
    for listener in LISTENERS.get(fact.name, ()):
        if listener.name == delivery.listener:
            listener.hear(fact)
    db.session.delete(delivery)
    db.session.flush()


def _unheard(listener: Listener, told: Sequence[Told]) -> Sequence[Told]:
    """The facts that an inline listener has still to hear: it heard them together, or one by one, or stumbled."""
    hear_each = listener.hear_each
    if hear_each is not None and _heard(listener, told[0].name, lambda: hear_each(told)):
        return ()
    return [fact for fact in told if not _heard(listener, fact.name, partial(listener.hear, fact))]


def _heard(listener: Listener, name: str, hear: Callable[[], None]) -> bool:
    """Run an inline listener under a SAVEPOINT; its failure is logged and queued, never the cause's failure."""
    try:
        with db.session.begin_nested():
            hear()
    except Exception:
        log.exception("facts.inline_failed", listener=listener.name, fact=name)
        return False
    return True
