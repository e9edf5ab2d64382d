"""Draws: the shares of a red envelope, which anybody can work out again from its seed once it has ended (RULES 5).

The seed is made and its hash published when the envelope is opened; nobody sees it before the end. So whoever takes
cannot know which share comes next, and whoever gives cannot have chosen it.
"""

from __future__ import annotations

import secrets
from hashlib import sha256
from itertools import pairwise

KINDS = ("equal", "random")


def seed() -> str:
    """A fresh seed: 64 hexadecimal digits from the machine's own source of chance."""
    return secrets.token_hex(32)


def hash_of(seed: str) -> str:
    """What is published of a seed before the end: the SHA-256 of its digits."""
    return sha256(seed.encode()).hexdigest()


def shares(kind: str, points: int, places: int, seed: str) -> list[int]:
    """The shares in the order in which they are taken; whole, at least one point each, the points in all.

    For random ones the numbers from 1 to points - 1 are put in the order of the SHA-256 of "<seed>:<number>"; the
    first places - 1 of them are where the points are cut. So every way to cut them is as likely as any other.
    """
    if kind == "equal":
        return [points // places] * places
    order = sorted(range(1, points), key=lambda number: sha256(f"{seed}:{number}".encode()).hexdigest())
    cuts = [0, *sorted(order[: places - 1]), points]
    return [end - begin for begin, end in pairwise(cuts)]
