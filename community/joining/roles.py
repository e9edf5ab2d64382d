"""Roles: squad leader, steward, brand admin, operator, each with a scope; every grant is audited."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, UniqueConstraint, delete, select

from community.joining.members import Member
from kernel import approvals, audits, clock, db
from kernel.errors import Forbidden, Invalid
from kernel.viewer import Viewer

ROLES = ("squad_leader", "steward", "brand_admin", "operator")
EVERYWHERE = 0  # a NULL would be unlike every other NULL, and the UNIQUE would hold nothing
NEEDS_SCOPE = ("squad_leader", "brand_admin")
POWERLESS = ("suspended", "removed")  # in these states no role gives anything


class Role(db.Model):
    """That somebody holds a role in a scope: a squad, a cell, a brand, or 0 for everywhere."""

    __tablename__ = "community_roles"
    __table_args__ = (
        UniqueConstraint("member_id", "role", "scope_id"),
        CheckConstraint("role IN ('squad_leader', 'steward', 'brand_admin', 'operator')", name="role_known"),
    )

    id: db.Mapped[int] = db.pk()
    member_id: db.Mapped[int] = db.ref("community_members.id", index=False)
    role: db.Mapped[str] = db.text(20)
    scope_id: db.Mapped[int] = db.mapped_column(default=EVERYWHERE)
    granted_by_id: db.Mapped[int | None] = db.ref("community_members.id", index=False)
    granted_at: db.Mapped[datetime]


def appoint(viewer: Viewer, member_id: int, role: str, scope_id: int | None = None) -> None:
    """Give a role, as an operator may."""
    if not viewer.has("operator"):
        raise Forbidden("kernel.forbidden")
    grant(viewer.id, member_id, role, scope_id)


def dismiss(viewer: Viewer, member_id: int, role: str, scope_id: int | None = None) -> None:
    """Take a role away, as an operator may; not one's own as operator, or nobody would be left to give it back."""
    if not viewer.has("operator") or (role == "operator" and member_id == viewer.id):
        raise Forbidden("kernel.forbidden")
    if role not in ROLES:
        raise Invalid("community.role_unknown", field="role")
    held = (Role.member_id == member_id, Role.role == role, Role.scope_id == (scope_id or EVERYWHERE))
    if db.changed(delete(Role).where(*held)):
        audits.record(viewer.id, "role.dismiss", f"member:{member_id}", why=role, scope=scope_id)


def grant(by: int | None, member_id: int, role: str, scope_id: int | None = None) -> None:
    """Give a role once; repeating changes nothing. `by` None is the operator at the command line."""
    if role not in ROLES or (role in NEEDS_SCOPE and scope_id is None):
        raise Invalid("community.role_unknown", field="role")
    values = {"member_id": member_id, "role": role, "scope_id": scope_id or EVERYWHERE}
    if db.insert_once(Role, **values, granted_by_id=by, granted_at=clock.now()) is not None:
        audits.record(by, "role.grant", f"member:{member_id}", why=role, scope=scope_id)
        arrived(member_id)


def end_all(member_id: int) -> None:
    """Take every role from somebody who leaves."""
    db.changed(delete(Role).where(Role.member_id == member_id))


def holders(role: str, scope_id: int | None = None) -> list[int]:
    """Who holds a role in exactly this scope."""
    held = (Role.role == role, Role.scope_id == (scope_id or EVERYWHERE), Member.state.in_(("active", "past_due")))
    return list(db.session.scalars(select(Member.id).join(Role, Role.member_id == Member.id).where(*held)))


def operators() -> dict[int, str]:
    """The operators who can sign in and act, each with the e-mail address; the first one need not be a member.

    Neither who is suspended or gone, nor who was named and has not yet chosen a password or confirmed the address.
    """
    held = (Role.role == "operator", Role.scope_id == EVERYWHERE, Member.confirmed_at.is_not(None))
    can = (*held, Member.state.not_in(POWERLESS))
    rows = db.session.execute(select(Member.id, Member.email).join(Role, Role.member_id == Member.id).where(*can))
    return {row.id: row.email for row in rows}


def arrived(member_id: int) -> None:
    """Somebody was given a role, came back or confirmed the address: a second operator may be among us from now on."""
    if member_id in operators():
        approvals.look_round()


def held(member_id: int) -> list[tuple[str, int | None]]:
    """The roles of a member."""
    rows = db.session.execute(select(Role.role, Role.scope_id).where(Role.member_id == member_id).order_by(Role.id))
    return [(role, scope or None) for role, scope in rows]
