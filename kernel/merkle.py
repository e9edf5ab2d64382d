"""Hashes of the ledger's proofs: SHA-256 over one line of JSON, and trees of them (docs/proofs.md)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

EMPTY = "0" * 64


def digest(*parts: Any) -> str:
    """The SHA-256, in hex, of texts and whole numbers as one line of JSON: no spaces, ASCII only."""
    return sha256(json.dumps(parts, separators=(",", ":")).encode("ascii")).hexdigest()


def leaf(place: int, length: int, head: str) -> str:
    """The hash of an account in the tree: its place, how many legs its chain has, and the last one's hash."""
    return digest("leaf", place, length, head)


def tree(hashes: Sequence[str]) -> str:
    """The hash over all of these, in pairs; who has no partner climbs alone. EMPTY over none."""
    level = list(hashes)
    while len(level) > 1:
        level = _above(level)
    return level[0] if level else EMPTY


def path(hashes: Sequence[str], index: int) -> list[tuple[str, str]]:
    """(side, hash) of each partner on the way from one hash to the top."""
    level, steps = list(hashes), []
    while len(level) > 1:
        partner = index ^ 1
        if partner < len(level):
            steps.append(("left" if partner < index else "right", level[partner]))
        level, index = _above(level), index // 2
    return steps


def _above(level: Sequence[str]) -> list[str]:
    pairs = [digest("node", *level[n : n + 2]) for n in range(0, len(level) - 1, 2)]
    return [*pairs, level[-1]] if len(level) % 2 else pairs
