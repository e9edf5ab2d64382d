"""Who looks: the acting member with state, gates and roles, and the one table of who sees what (RULES 0)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask_login import UserMixin
from sqlalchemy import ColumnElement, literal

from kernel.errors import Forbidden, Locked, Missing

VISIBILITIES = ("public", "members", "unlocked")
LEVELS: Mapping[str, tuple[str, ...]] = {
    "visitor": ("public",),
    "applicant": ("public",),
    "removed": ("public",),
    "suspended": ("public", "members"),
    "past_due": ("public", "members"),
    "active": ("public", "members"),
}


@dataclass(frozen=True, eq=False)
class Viewer(UserMixin):  # type: ignore[misc]
    """The person behind a request; a visitor has no `member_id`. Filled once a request, in one query."""

    member_id: int | None = None
    state: str = "visitor"
    name: str = ""
    handle: str = ""
    email: str = ""
    picture: Any = None
    version: int = 0
    timezone: str = "UTC"
    cell_id: int | None = None
    cell_slug: str | None = None
    squad_id: int | None = None
    gates: frozenset[str] = frozenset()
    roles: frozenset[tuple[str, int | None]] = frozenset()
    purse: int = 0
    counters: Mapping[str, int] = field(default_factory=dict)
    past_due_until: datetime | None = None  # past due with everything still open until then (RULES 14)
    dues_disputed: bool = False  # past due because a bank asks a payment of the dues back

    @property
    def is_authenticated(self) -> bool:
        """True for everybody who is signed in."""
        return self.member_id is not None

    @property
    def is_anonymous(self) -> bool:
        """True for visitors."""
        return self.member_id is None

    @property
    def id(self) -> int:
        """The member's id; AssertionError for a visitor, whom no members' route lets in."""
        assert self.member_id is not None
        return self.member_id

    def get_id(self) -> str:
        """What the session cookie holds: raising the version signs every session of this member out."""
        return f"{self.member_id}.{self.version}"

    @property
    def is_member(self) -> bool:
        """True for those who live in the community, suspended ones and those past due included."""
        return self.state in ("active", "suspended", "past_due")

    def may(self, gate: str) -> bool:
        """Whether a gate is open to an active member."""
        return self.state == "active" and gate in self.gates

    def has(self, role: str, scope: int | None = None) -> bool:
        """Whether the person holds a role, in this scope or everywhere."""
        return (role, None) in self.roles or (scope is not None and (role, scope) in self.roles)

    def scopes(self, role: str) -> list[int]:
        """The scopes (brand ids, cell ids) in which the person holds a role."""
        return sorted(scope for held, scope in self.roles if held == role and scope is not None)

    def holds(self, *roles: str) -> bool:
        """Whether the person holds one of these roles in any scope."""
        return any(held in roles for held, _ in self.roles)


VISITOR = Viewer()


def levels_of(viewer: Viewer, gate: str) -> tuple[str, ...]:
    """The visibilities that a viewer may know of behind a gate."""
    return VISIBILITIES if viewer.may(gate) else LEVELS[viewer.state]


def visible_to(viewer: Viewer, visibility: ColumnElement[str], gate: str) -> ColumnElement[bool]:
    """The SQL predicate of RULES 0 for a public, members' or unlocked thing behind a gate."""
    return visibility.in_([literal(level) for level in levels_of(viewer, gate)])


def require(viewer: Viewer, gate: str, explain: Callable[[int, str], list[Missing]]) -> None:
    """Raise Locked with what is missing unless the gate is open; suspended people get Forbidden with the reason."""
    if viewer.may(gate):
        return
    if viewer.state != "active" or viewer.member_id is None:
        raise Forbidden(f"kernel.state_{viewer.state}")
    raise Locked(gate, explain(viewer.member_id, gate))
