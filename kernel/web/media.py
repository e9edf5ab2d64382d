"""Pictures that people gave, for who may see them, and kept by that person's browser for ever."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, send_file
from flask_login import current_user

from kernel import pictures, storage
from kernel.errors import NotFound

bp = Blueprint("media", __name__)


@bp.get("/media/<number:number>/<any('480', '1200'):width>.webp")
def picture(number: str, width: str) -> Any:
    """One file of a picture; 404 for who may not know of it."""
    found = pictures.seen(current_user, number)
    path = storage.path(found.number, f"{width}.webp")
    if not path.is_file():
        raise NotFound
    answer = send_file(path, mimetype="image/webp", etag=False)
    answer.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    answer.headers["Vary"] = "Cookie"
    return answer
