"""Tallies: what waits for a person at the desk, counted for all packages in one query."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from sqlalchemy import ScalarSelect, func, select

from kernel import db, house
from kernel.viewer import Viewer

Tally = Callable[[Viewer], ScalarSelect[Any] | None]  # None for whom it does not concern

_counted: ContextVar[Mapping[str, Any] | None] = ContextVar("counted", default=None)


@contextmanager
def counted(viewer: Viewer) -> Iterator[None]:
    """Ask for every tally of this viewer at once; `of` answers from them within the block."""
    asked = {name: ask(viewer) for name, ask in house.current().tallies.items()}
    columns = [tally.label(name) for name, tally in asked.items() if tally is not None]
    found = dict(db.session.execute(select(*columns)).one()._mapping) if columns else {}
    token = _counted.set(found)
    try:
        yield
    finally:
        _counted.reset(token)


def of(viewer: Viewer, name: str) -> Any:
    """One tally: a count, or an instant; None where this viewer is not concerned. By itself it is one query."""
    known = _counted.get()
    if known is not None:
        return known.get(name)
    tally = house.current().tallies[name](viewer)
    return None if tally is None else db.session.scalar(select(tally))


def rows(model: type[db.Model], *where: Any) -> ScalarSelect[Any]:
    """How many rows of a table there are with these conditions, as a tally."""
    return select(func.count()).select_from(model).where(*where).scalar_subquery()
