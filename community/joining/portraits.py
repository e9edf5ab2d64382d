"""Portraits: what stands beside a person's name, a drawn sign or a picture of their own, and who may see it."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, false, or_, select, true, update

from community.joining.members import Member
from kernel import db, pictures
from kernel.errors import Forbidden, Invalid
from kernel.pictures import Picture, Prepared, Upload
from kernel.viewer import Viewer

PURPOSE = "portrait"
SYMBOLS = (
    *("spot-bell", "spot-boat", "spot-book", "spot-bowl", "spot-cup", "spot-key", "spot-kite", "spot-leaf"),
    *("spot-letter", "spot-loaf", "spot-mountain", "spot-pear", "spot-scissors", "spot-spool"),
)
FACE = "face-"  # drawn faces are for the demo's people


def change(viewer: Viewer, symbol: str | None, upload: Upload | None = None) -> None:
    """Give an active member another portrait, or none. Raises Forbidden, and what a refused picture raises."""
    if viewer.state != "active":
        raise Forbidden(f"kernel.state_{viewer.state}")
    know(symbol)
    wear(viewer.id, symbol, pictures.read(upload) if upload else None)


def know(symbol: str | None) -> None:
    """Raise Invalid for a sign that nobody offered."""
    if symbol and symbol not in SYMBOLS and not symbol.startswith(FACE):
        raise Invalid("community.symbol_unknown", field="symbol")


def wear(member_id: int, symbol: str | None, prepared: Prepared | None) -> None:
    """Put a picture, else a sign, else nothing beside a member's name."""
    values = dict.fromkeys(("symbol", "picture_number", "picture_width", "picture_height", "picture_alt"))
    if prepared:
        number = pictures.keep(prepared, member_id, PURPOSE)
        size = {"picture_width": prepared.width, "picture_height": prepared.height}
        values |= {"picture_number": number, "picture_alt": prepared.alt, **size}
    else:
        values |= {"symbol": symbol or None}
    db.changed(update(Member).where(Member.id == member_id).values(**values))


def visible(viewer: Viewer) -> ColumnElement[bool]:
    """Whose own pictures this person may see: members everybody's, who waits with a seat those of the own cell."""
    if viewer.is_member:
        return true()
    if viewer.member_id is None:
        return false()
    beside = Member.cell_id == viewer.cell_id if viewer.state == "applicant" and viewer.cell_id else false()
    return or_(Member.id == viewer.member_id, beside)


def may_see(viewer: Viewer, picture: Picture) -> bool:
    """Whether a person may see a portrait: the owner always, others while its owner wears it."""
    if viewer.member_id is not None and viewer.member_id == picture.owner_id:
        return True
    worn = and_(Member.id == picture.owner_id, Member.picture_number == picture.number)
    return db.session.scalar(select(Member.id).where(worn, visible(viewer))) is not None
