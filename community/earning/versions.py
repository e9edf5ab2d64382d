"""Versions: what holds from when; a version is proposed, adopted for an instant ahead, and never changed afterwards."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update

from kernel import audits, clock, db
from kernel.errors import Conflict, Forbidden, Invalid
from kernel.viewer import Viewer

# Each process reads the versions anew once in REREAD_S by the machine's clock, and none holds earlier than LEAD after
# its adoption: so everybody knows a version before the first cause that it is asked about, and no cause asks for it.
REREAD_S = 2.0
LEAD = timedelta(seconds=60)

_known: dict[type[Any], tuple[float, list[Any]]] = {}


class Versioned:
    """The columns of what has versions; only adopted ones ever hold."""

    version: db.Mapped[int]
    state: db.Mapped[str] = db.text(10)
    holds_from: db.Mapped[datetime | None]
    proposed_by_id: db.Mapped[int | None]
    adopted_by_id: db.Mapped[int | None]
    why: db.Mapped[str] = db.text(500)
    created_at: db.Mapped[datetime]


def known(model: type[Any]) -> list[Any]:
    """Every adopted version, the one that holds from the latest instant first; from memory, if read lately."""
    read_at, rows = _known.get(model, (float("-inf"), []))
    if time.monotonic() - read_at > REREAD_S:
        found = select(model).where(model.state == "adopted").order_by(model.holds_from.desc(), model.version.desc())
        rows = list(db.session.scalars(found))
        for row in rows:
            db.session.expunge(row)
        _known[model] = (time.monotonic(), rows)
    return rows


def forget() -> None:
    """Read the versions anew when they are asked for next."""
    _known.clear()


def proposed(model: type[Any], viewer: Viewer, why: str, among: Any, **values: Any) -> int:
    """Write down the next version among those of the same name; nothing holds yet. Operators only, with a reason."""
    _require_operator(viewer, why)
    for _ in range(3):
        last = db.session.scalar(select(func.max(model.version)).where(among)) or 0
        made = {"state": "proposed", "proposed_by_id": viewer.id, "why": why.strip(), "created_at": clock.now()}
        row_id = db.insert_once(model, version=last + 1, **made, **values)
        if row_id is not None:
            return row_id
    raise Conflict("community.version_taken")


def adopt(model: type[Any], viewer: Viewer, row_id: int, at: datetime | None, why: str, act: str) -> datetime:
    """Let a proposed version hold from an instant, a minute ahead at the earliest; from when it does. Audited.

    What was earned before keeps the version of its own instant. Raises Forbidden, Invalid and Conflict.
    """
    _require_operator(viewer, why)
    holds_from = max(at or clock.now(), clock.now() + LEAD)
    once = update(model).where(model.id == row_id, model.state == "proposed")
    if not db.changed(once.values(state="adopted", holds_from=holds_from, adopted_by_id=viewer.id)):
        raise Conflict("community.version_decided")
    audits.record(viewer.id, act, f"{model.__tablename__}:{row_id}", why.strip(), holds_from=holds_from.isoformat())
    forget()
    return holds_from


def withdraw(model: type[Any], viewer: Viewer, row_id: int, why: str, act: str) -> None:
    """Drop a version that was proposed and not adopted."""
    _require_operator(viewer, why)
    once = update(model).where(model.id == row_id, model.state == "proposed")
    if not db.changed(once.values(state="withdrawn")):
        raise Conflict("community.version_decided")
    audits.record(viewer.id, act, f"{model.__tablename__}:{row_id}", why.strip(), state="proposed")


def within(field: str, value: int, least: int, most: int) -> None:
    """Raise Invalid for a number out of its bounds."""
    if not least <= value <= most:
        raise Invalid("community.rule_bounds", field=field, least=least, most=most)


def _require_operator(viewer: Viewer, why: str) -> None:
    if not viewer.has("operator"):
        raise Forbidden("community.operators_only")
    if not why.strip():
        raise Invalid("community.reason_needed", field="why")
