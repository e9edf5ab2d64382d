"""What a member takes along: the statement as a file, and the proof of the own account.

Anybody with Python checks a proof offline, against a root that was published.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, Response, current_app
from flask_babel import gettext as _
from flask_login import current_user, login_required

from community.earning import statements
from community.web import bp
from community.web.points import asked, members_only
from community.web.sentences_points import REASONS
from kernel import proofs, roots
from kernel.errors import Conflict
from kernel.proofs import Proven
from kernel.roots import Root
from kernel.web import tables


@bp.get("/points/proof", endpoint="points_proof")
@login_required
def point_proof() -> Any:
    """The proof up to the newest root; 409 until the first night over one's account is sealed."""
    members_only()
    root = roots.newest()
    mine = proofs.accounts(f"member:{current_user.id}", root) if root is not None else []
    if root is None or not mine:
        raise Conflict("community.proof_not_yet")
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    words = {reason: str(text) % {"cause": "…"} for reason, text in REASONS.items()}
    headers = {
        "Content-Disposition": f'attachment; filename="proof-{root.on_day.isoformat()}.json"',
        "Cache-Control": "private, no-store",
    }
    written = _written(app, root, mine, words)
    return Response(written, mimetype="application/json", headers=headers)


@bp.get("/points/statement.csv", endpoint="points_file")
@login_required
def points_file() -> Response:
    """One book as a file: all of it, or what the page shows."""
    members_only()
    which, member_id, zone = asked(), current_user.id, ZoneInfo(current_user.timezone)
    words = {reason: str(text) for reason, text in REASONS.items()}
    heads = (_("Day"), _("Points"), _("For"), _("Cause"), _("Number"))
    batches = tables.batches(lambda after, most: statements.oldest(member_id, which, after, most))
    lines = ([_line(row, zone, words) for row in rows] for rows in batches)
    return tables.sheet(f"points-{which.book}", heads, lines)


def _line(row: Any, zone: ZoneInfo, words: dict[str, str]) -> tuple[Any, ...]:
    # A cause's last part may be who gave it, which stays theirs.
    kind, _sep, rest = row.cause.partition(":")
    said = words.get(row.reason, "%(cause)s") % {"cause": kind}
    return row.at.astimezone(zone).date(), row.amount, said, f"{kind}:{rest.partition(':')[0]}", row.leg_id


def _written(app: Flask, root: Root, mine: list[Proven], words: dict[str, str]) -> Iterator[str]:
    """The file in parts: what a root covers never changes, so each batch is read in a short transaction of its own."""
    head = {"format": proofs.FORMAT, "owner": mine[0].owner, "root": proofs.of_root(root), "words": words}
    yield json.dumps(head, indent=1)[:-2] + ',\n "accounts": ['
    for count, one in enumerate(mine):
        said = {"owner": one.owner, "name": one.name, "unit": one.unit, "salt": one.salt, "place": one.place}
        begun = json.dumps({**said, "balance": one.balance, "path": one.path})
        yield (",\n" if count else "\n") + begun[:-1] + ', "legs": [\n'
        after = 0
        while batch := _batch(app, one, root, after):
            yield (",\n" if after else "") + ",\n".join(json.dumps(leg) for leg in batch)
            after = batch[-1]["sequence"]
        yield "\n]}"
    yield "\n ]\n}\n"


def _batch(app: Flask, one: Proven, root: Root, after: int) -> list[dict[str, Any]]:
    with app.app_context():
        return proofs.legs(one, root, after)
