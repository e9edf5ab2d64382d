"""Attendances: who entered the code of an open heart talk, each member once a talk."""

from __future__ import annotations

import unicodedata
from hmac import compare_digest

from sqlalchemy import UniqueConstraint, select, update

from community.living import heart_talks
from community.living.heart_talks import Attendance, HeartTalk
from community.living.posts import acting
from kernel import clock, db
from kernel.errors import Conflict, Forbidden, Invalid, TooMany
from kernel.viewer import Viewer


class CodeTry(db.Model):
    """How often a member entered a wrong code for a talk; it outlives the refusals."""

    __tablename__ = "community_code_tries"
    __table_args__ = (UniqueConstraint("talk_id", "member_id", name="counted_together"),)

    id: db.Mapped[int] = db.pk()
    talk_id: db.Mapped[int] = db.ref("community_heart_talks.id", index=False)
    member_id: db.Mapped[int] = db.ref("community_members.id", index=False)
    tries_count: db.Mapped[int]


def enter(viewer: Viewer, number: str, code: str) -> None:
    """Enter the code of an open talk; entering it twice changes nothing.

    Raises Conflict when it is not open, Forbidden for another cell's talk unless the own cell held none in 14 days,
    Invalid for a wrong code, TooMany after six wrong ones.
    """
    member_id, cell_id = acting(viewer)
    talk = heart_talks.found(number)
    if talk.state != "open" or talk.code is None:
        raise Conflict("community.talk_not_open")
    if talk.cell_id != cell_id and not heart_talks.dry(cell_id):
        raise Forbidden("community.talk_of_another_cell")
    _check(talk.id, member_id, talk.code, code)
    # The UPDATE that changes nothing holds the talk open until the attendance stands beside it.
    if not db.changed(update(HeartTalk).where(HeartTalk.id == talk.id, HeartTalk.state == "open").values(state="open")):
        raise Conflict("community.talk_not_open")
    db.insert_once(Attendance, talk_id=talk.id, member_id=member_id, created_at=clock.now())


def _check(talk_id: int, member_id: int, code: str, entered: str) -> None:
    mine = (CodeTry.talk_id == talk_id, CodeTry.member_id == member_id)
    if (db.session.scalar(select(CodeTry.tries_count).where(*mine)) or 0) >= heart_talks.TRIES:
        raise TooMany("community.code_tries")
    said = unicodedata.normalize("NFKC", entered).replace(" ", "").replace("-", "").upper()
    if not compare_digest(said.encode(), code.encode()):
        db.apart(lambda: _count_try(talk_id, member_id))
        raise Invalid("community.code_wrong", field="code")


def _count_try(talk_id: int, member_id: int) -> None:
    if db.insert_once(CodeTry, talk_id=talk_id, member_id=member_id, tries_count=1) is None:
        mine = (CodeTry.talk_id == talk_id, CodeTry.member_id == member_id)
        db.changed(update(CodeTry).where(*mine).values(tries_count=CodeTry.tries_count + 1))
