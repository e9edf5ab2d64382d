"""Files that members gave, under MEDIA_ROOT: written whole or not at all, named by us and never by who sent them."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from kernel import house


def path(number: str, name: str) -> Path:
    """Where the file `name` of a thing with this number lies, or would."""
    return house.current().config.media_root / number[:2] / f"{number}-{name}"


def write(number: str, name: str, body: bytes) -> None:
    """Put a file in its place; once this returns it outlives a power cut, so a row may point to it."""
    place = path(number, name)
    place.parent.mkdir(parents=True, exist_ok=True)
    draft = place.with_name(f".{secrets.token_hex(8)}")
    try:
        with draft.open("wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(place)
    finally:
        draft.unlink(missing_ok=True)
