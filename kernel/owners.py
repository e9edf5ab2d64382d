"""Owners: what those are called by whose names accounts are kept, such as "member:7" and "brand:2", in one query."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Select, String, cast, literal, select, union_all

from kernel import db, house, texts


def names(owners: Iterable[str]) -> dict[str, str]:
    """What these owners are called; those that nobody in the house knows are left out."""
    by_kind: dict[str, set[int]] = {}
    for owner in owners:
        kind, _colon, rest = owner.partition(":")
        if (number := texts.whole(rest)) is not None:
            by_kind.setdefault(kind, set()).add(number)
    return _found({kind: ids for kind, ids in by_kind.items() if kind in house.current().owners})


def every(*kinds: str) -> dict[str, str]:
    """All owners of these kinds, kind by kind and then by name."""
    return _found({kind: None for kind in kinds if kind in house.current().owners})


def _found(wanted: dict[str, Any]) -> dict[str, str]:
    parts = [_part(kind, ids) for kind, ids in wanted.items()]
    if not parts:
        return {}
    rows = db.session.execute(union_all(*parts)).all()
    kinds = list(wanted)
    rows = sorted(rows, key=lambda row: (kinds.index(row.kind), row.name.casefold(), row.id))
    return {f"{row.kind}:{row.id}": row.name for row in rows}


def _part(kind: str, ids: set[int] | None) -> Select[Any]:
    kept = house.current().owners[kind]().subquery()
    part = select(cast(literal(kind), String).label("kind"), kept.c.id.label("id"), kept.c.name.label("name"))
    return part if ids is None else part.where(kept.c.id.in_(ids))
