"""Refusals: how a verb says no. Each carries a message key and values; the sentence is made at the edge, once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar


class Refusal(Exception):
    """A verb refused; nothing was changed. `key` names the sentence, `values` fill it, `field` is the wrong field."""

    status: ClassVar[int] = 422

    def __init__(self, key: str, *, field: str | None = None, **values: Any) -> None:
        super().__init__(key)
        self.key = key
        self.field = field
        self.values = values


class Invalid(Refusal):
    """The input is not acceptable (422)."""


class Forbidden(Refusal):
    """The actor may see the thing but not do this (403)."""

    status = 403


class NotFound(Refusal):
    """There is no such thing for this actor (404): what one may not know of does not exist."""

    status = 404

    def __init__(self, key: str = "kernel.not_found", **values: Any) -> None:
        super().__init__(key, **values)


class Conflict(Refusal):
    """Somebody was faster, or the thing has moved on (409)."""

    status = 409


class SoldOut(Conflict):
    """Not enough is left of what was asked for (409)."""


class NotCovered(Conflict):
    """An account does not cover the amount (409)."""


class TooLarge(Refusal):
    """What was sent is larger than we take (413)."""

    status = 413


class WrongKind(Refusal):
    """What was sent is not of a kind that we take (415)."""

    status = 415


class TooMany(Refusal):
    """A limit of tries was reached (429)."""

    status = 429


class Unavailable(Refusal):
    """Something that we depend on does not answer; trying later may help (503)."""

    status = 503


class Silence(Exception):
    """Something outside does not answer: no refusal of ours, and in the worker no fault of the row."""


@dataclass(frozen=True)
class Missing:
    """One reason why a gate is closed: a key with have and need, where to act, and the earliest day."""

    key: str
    have: int
    need: int
    values: dict[str, Any]

    @property
    def left(self) -> int:
        """How many are still to do."""
        return max(0, self.need - self.have)


class Locked(Refusal):
    """A gate is closed to this member (403); `missing` lists what is left to do, the shortest way first."""

    status = 403

    def __init__(self, gate: str, missing: Sequence[Missing] = (), key: str = "kernel.locked", **values: Any) -> None:
        super().__init__(key, gate=gate, **values)
        self.gate = gate
        self.missing = tuple(missing)
