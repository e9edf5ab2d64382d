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
    based_on: db.Mapped[int]  # the version that the writer had in front of them: another one since, and it is stale
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


def newest(model: type[Any], among: Any) -> Any:
    """The adopted version among those of the same name that holds from the latest instant, read anew; None for none."""
    rows = select(model).where(model.state == "adopted", among)
    return db.session.scalars(rows.order_by(model.holds_from.desc(), model.version.desc()).limit(1)).first()


def as_if(row: Any, holds_from: datetime) -> Any:
    """The same version as if it held from an instant; stored nowhere."""
    copied = {column.key: getattr(row, column.key) for column in row.__table__.columns}
    return type(row)(**copied | {"state": "adopted", "holds_from": holds_from})


def proposed(model: type[Any], viewer: Viewer, why: str, among: Any, based_on: int, **values: Any) -> int:
    """Write down the next version among those of the same name; nothing holds yet. Operators only, with a reason."""
    _require_operator(viewer, why)
    for _ in range(3):
        last = db.session.scalar(select(func.max(model.version)).where(among)) or 0
        made = {"state": "proposed", "proposed_by_id": viewer.id, "why": why.strip(), "created_at": clock.now()}
        row_id = db.insert_once(model, version=last + 1, based_on=based_on, **made, **values)
        if row_id is not None:
            return row_id
    raise Conflict("community.version_taken")


def adopt(
    model: type[Any], viewer: Viewer, row_id: int, at: datetime | None, why: str, act: str, among: Any
) -> datetime:
    """Let a proposed version hold from an instant, a minute ahead at the earliest; from when it does. Audited.

    What was earned before keeps the version of its own instant. Raises Forbidden, Invalid for an instant that is past
    or before that of a version adopted already, Conflict when it was decided, or when it is stale: another version was
    adopted since it was written.
    """
    _require_operator(viewer, why)
    now = clock.now()
    if at is not None and at < now - LEAD:
        raise Invalid("community.version_past", field="holds_from")
    holds_from = max(at or now, now + LEAD)
    last = _last(model, among)
    # This UPDATE changes nothing: it holds the version that is followed, so that of two only one follows it.
    db.changed(update(model).where(model.id == last.id).values(version=last.version))
    last = _last(model, among)
    if last.holds_from > holds_from:
        raise Invalid("community.version_before_another", field="holds_from")
    once = update(model).where(model.id == row_id, model.state == "proposed", model.based_on == last.version)
    if not db.changed(once.values(state="adopted", holds_from=holds_from, adopted_by_id=viewer.id)):
        waits = db.session.scalar(select(model.id).where(model.id == row_id, model.state == "proposed"))
        raise Conflict("community.version_stale" if waits else "community.version_decided")
    audits.record(viewer.id, act, f"{model.__tablename__}:{row_id}", why.strip(), version=last.version)
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


def _last(model: type[Any], among: Any) -> Any:
    """(id, version, holds_from) of the adopted version that holds from the latest instant."""
    rows = select(model.id, model.version, model.holds_from).where(model.state == "adopted", among)
    return db.session.execute(rows.order_by(model.holds_from.desc(), model.version.desc()).limit(1)).one()


def _require_operator(viewer: Viewer, why: str) -> None:
    if not viewer.has("operator"):
        raise Forbidden("community.operators_only")
    if not why.strip():
        raise Invalid("community.reason_needed", field="why")
