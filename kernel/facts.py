"""Facts: what happened, kept for ever, told to listeners from the worker (ARCHITECTURE: Three ideas, 2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

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


@dataclass(frozen=True)
class Listener:
    """Who wants to hear a fact. Inline ones only INSERT, because the very next page must show their effect."""

    name: str
    hear: Callable[[Fact], None]
    inline: bool = False


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


def record(name: str, member_id: int | None, /, **fields: Any) -> Fact:
    """Record a fact in the cause's transaction, with a delivery a listener. Raises ValueError on undeclared fields."""
    version, declared = DECLARED[name]
    if set(fields) != set(declared) or any(not isinstance(fields[key], kind) for key, kind in declared.items()):
        raise ValueError(f"{name} wants {declared}, got {fields}")
    fact = Fact(name=name, version=version, member_id=member_id, fields=fields, at=clock.now())
    db.session.add(fact)
    db.session.flush()
    for listener in LISTENERS.get(name, ()):
        if not (listener.inline and _heard(listener, fact)):
            db.session.add(Delivery(fact_id=fact.id, listener=listener.name, due_at=fact.at))
    db.session.flush()
    return fact


def deliver(delivery_id: int) -> None:
    """Let one listener hear its fact and drop the delivery, in the worker's transaction."""
    delivery = db.session.get_one(Delivery, delivery_id)
    fact = db.session.get_one(Fact, delivery.fact_id)
    for listener in LISTENERS.get(fact.name, ()):
        if listener.name == delivery.listener:
            listener.hear(fact)
    db.session.delete(delivery)
    db.session.flush()


def _heard(listener: Listener, fact: Fact) -> bool:
    """Run an inline listener under a SAVEPOINT; its failure is logged and queued, never the cause's failure."""
    try:
        with db.session.begin_nested():
            listener.hear(fact)
    except Exception:
        log.exception("facts.inline_failed", listener=listener.name, fact=fact.name)
        return False
    return True
