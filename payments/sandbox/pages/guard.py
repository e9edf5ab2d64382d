"""What the pages of the panel share: the sandbox behind them, and the word that only their own forms know."""

import hashlib
import hmac
from typing import Any

from flask import abort, current_app, request

from payments.sandbox.file import load

SHOWN = 30


def sandbox() -> Any:
    """The sandbox that these pages belong to, on its clock."""
    box = current_app.extensions["sandbox"]
    box.api.catch_up(box.api.now())
    return box


def token() -> str:
    """Only a page of ours can know it, so another site cannot press our buttons."""
    secret: str = current_app.extensions["sandbox"].secret
    return hmac.new(secret.encode(), b"control panel", hashlib.sha256).hexdigest()


def ours() -> None:
    """Refuse a form that no page of ours made."""
    if not hmac.compare_digest(request.form.get("token", "").encode(), token().encode()):
        abort(403)


def newest(kind: str, where: str = "1", before: str = "") -> list[Any]:
    """The newest objects of a kind, perhaps of those before another one, in number what a page shows."""
    with sandbox().file.reading() as rows:
        older = "AND seq < (SELECT seq FROM objects WHERE id = ?)" if before else ""
        sql = f"SELECT body FROM objects WHERE kind = ? AND {where} {older} ORDER BY seq DESC LIMIT ?"  # noqa: S608 - our words
        return [load(row) for row in rows.all(sql, kind, *([before] if before else []), SHOWN)]
