"""Lists of objects, newest first, in pages of 1 to 100, as Stripe gives them."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from payments.sandbox.file import load, shown
from payments.sandbox.refusals import Refusal
from payments.sandbox.turns import Turn

Json = dict[str, Any]
PAGING = ("created", "limit", "starting_after")
BOUNDS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
DEFAULT, MOST = 10, 100
NOTHING: Mapping[str, Any] = MappingProxyType({})


def page(
    turn: Turn,
    kind: str,
    url: str,
    params: Json,
    equal: tuple[str, ...] = (),
    but: Mapping[str, tuple[str, ...]] = NOTHING,
    fields: Mapping[str, str] = NOTHING,
) -> Json:
    """One page; `equal` names the parameters that must equal the object's field of the same name.

    `fields` says where a field stands that has another name; `but` names fields and the values that they must not have.
    """
    where: list[str] = ["kind = ?"]
    values: list[object] = [kind]
    for name in equal:
        if name in params:
            where.append(f"json_extract(body, '$.{fields.get(name, name)}') = ?")
            values.append(params[name])
    for name, unwanted in but.items():
        where.append(f"json_extract(body, '$.{name}') NOT IN ({', '.join('?' * len(unwanted))})")
        values += unwanted
    for bound, second in _created(params):
        where.append(f"json_extract(body, '$.created') {bound} ?")
        values.append(second)
    if "starting_after" in params:
        where.append("seq < ?")
        values.append(_place(turn, kind, params["starting_after"]))
    limit = _limit(params)
    sql = " ".join(("SELECT body FROM objects WHERE", " AND ".join(where), "ORDER BY seq DESC LIMIT ?"))
    rows = turn.rows.all(sql, *values, limit + 1)
    things = [shown(load(row)) for row in rows[:limit]]
    return {"object": "list", "url": url, "has_more": len(rows) > limit, "data": things}


def _created(params: Json) -> list[tuple[str, int]]:
    created = params.get("created", {})
    if isinstance(created, int):
        return [("=", created)]
    return [(BOUNDS[name], second) for name, second in created.items()]


def _place(turn: Turn, kind: str, object_id: str) -> Any:
    turn.need(kind, object_id, "starting_after")
    row = turn.rows.one("SELECT seq FROM objects WHERE id = ?", object_id)
    return row["seq"] if row else 0


def _limit(params: Json) -> int:
    limit: int = params.get("limit", DEFAULT)
    if not 1 <= limit <= MOST:
        word = "greater than or equal to 1" if limit < 1 else f"less than or equal to {MOST}"
        raise Refusal(f"This value must be {word}.", code="parameter_invalid_integer", param="limit")
    return limit
