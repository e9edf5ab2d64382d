"""Members: one row a person, from the first step of the way in until after the last (RULES 1)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Select, String, select, update

from kernel import clock, db, house, moves, pictures, texts
from kernel.errors import Invalid, NotFound, TooMany
from kernel.moves import Moves

ZONE_REST = timedelta(days=30)  # RULES 5: days by the member's zone, changeable once in 30 days


class Member(db.Model):
    """A person with an account; `version` is in the session, so raising it signs every device out."""

    __tablename__ = "community_members"
    __table_args__ = (
        db.state("applicant", "active", "suspended", "past_due", "removed"),
        CheckConstraint("email = lower(email)", name="email_in_lower_case"),
        CheckConstraint("state <> 'active' OR squad_id IS NOT NULL", name="active_in_a_squad"),
        CheckConstraint("squad_id IS NULL OR cell_id IS NOT NULL", name="squad_in_a_cell"),
        CheckConstraint("symbol IS NULL OR picture_number IS NULL", name="a_sign_or_a_picture"),
        CheckConstraint("(picture_number IS NULL) = (picture_alt IS NULL)", name="picture_in_words"),
        Index("ix_community_members_of_a_cell", "cell_id", "state"),
    )

    id: db.Mapped[int] = db.pk()
    email: db.Mapped[str] = db.text(254, unique=True)
    name: db.Mapped[str] = db.text(60)
    handle: db.Mapped[str] = db.text(60, unique=True)
    key: db.Mapped[str | None] = db.text(40, unique=True)
    password_hash: db.Mapped[str] = db.text(200)
    state: db.Mapped[str] = db.text(20)
    version: db.Mapped[int] = db.mapped_column(default=0)
    timezone: db.Mapped[str] = db.text(60)
    timezone_set_at: db.Mapped[datetime | None]
    symbol: db.Mapped[str | None] = db.text(40)
    # Pictures never change, so what pages show of them stands here too: showing a person asks no other table.
    picture_number: db.Mapped[str | None] = db.mapped_column(String(8), ForeignKey("kernel_pictures.number"))
    picture_width: db.Mapped[int | None]
    picture_height: db.Mapped[int | None]
    picture_alt: db.Mapped[str | None] = db.text(pictures.ALT_MOST)
    cell_id: db.Mapped[int | None] = db.ref("community_cells.id", index=False)
    squad_id: db.Mapped[int | None] = db.ref("community_squads.id")
    created_at: db.Mapped[datetime]
    confirmed_at: db.Mapped[datetime | None]
    joined_at: db.Mapped[datetime | None]
    left_at: db.Mapped[datetime | None]
    unranked_at: db.Mapped[datetime | None]  # since when the person stays out of every ranking


MOVES: Moves = moves.declare(
    Member,
    {
        "join": (("applicant",), "active"),
        "suspend": (("active", "past_due"), "suspended"),
        "reinstate": (("suspended",), "active"),
        # Dues unpaid for longer than RULES 14 allows: reads, and comes back by paying.
        "fall_behind": (("active",), "past_due"),
        "catch_up": (("past_due",), "active"),
        "leave": (("active", "suspended", "past_due"), "removed"),
        "return": (("removed",), "applicant"),
    },
)


@dataclass(frozen=True)
class Person:
    """A member as pages show people: name, address and what stands beside the name."""

    id: int
    name: str
    handle: str
    symbol: str | None
    picture_number: str | None = None
    picture_width: int | None = None
    picture_height: int | None = None
    picture_alt: str | None = None

    @property
    def url(self) -> str:
        """The profile's address."""
        return f"/members/{self.handle}"

    @property
    def picture(self) -> Any:
        """The picture or sign the person chose, or None."""
        return pictured(self)


PORTRAIT = (Member.symbol, Member.picture_number, Member.picture_width, Member.picture_height, Member.picture_alt)
PERSON = (Member.id, Member.name, Member.handle, *PORTRAIT)


def pictured(row: Any) -> Any:
    """What stands beside the name of who has PORTRAIT's columns: an own picture, else a sign, else None."""
    if row.picture_number:
        return pictures.shown(row.picture_number, row.picture_width, row.picture_height, row.picture_alt)
    return drawn(row.symbol)


def person(row: Any, member_id: int) -> Person:
    """The person of a row that has PERSON's columns."""
    picture = (row.picture_number, row.picture_width, row.picture_height, row.picture_alt)
    return Person(member_id, row.name, row.handle, row.symbol, *picture)


def drawn(symbol: str | None) -> Any:
    """A sign as a picture; None where there is none, or none any more."""
    try:
        return house.current().plate(symbol) if symbol else None
    except KeyError:
        return None


def people(ids: Iterable[int]) -> dict[int, Person]:
    """These members by id, in one query."""
    rows = db.session.execute(select(*PERSON).where(Member.id.in_(set(ids))))
    return {row.id: Person(*row) for row in rows}


def named() -> Select[int, str]:
    """Everybody's id and name, for whoever joins them to something."""
    return select(Member.id, Member.name)


def names(ids: Iterable[int]) -> dict[int, str]:
    """The names of members by id, also of those who left; one query."""
    rows = db.session.execute(select(Member.id, Member.name).where(Member.id.in_(list(ids))))
    return {row.id: row.name for row in rows}


def desk_page(member_id: int) -> str:
    """The address at which stewards and operators see a member."""
    return f"/desk/members/{db.session.scalars(select(Member.handle).where(Member.id == member_id)).one()}"


def get(member_id: int) -> Member:
    """The member as the row stands now. Raises NotFound."""
    found = db.session.get(Member, member_id, populate_existing=True)
    if found is None:
        raise NotFound
    return found


def by_handle(handle: str) -> Member:
    """The member of a handle. Raises NotFound."""
    found = db.session.scalar(select(Member).where(Member.handle == handle))
    if found is None:
        raise NotFound
    return found


def by_email(email: str) -> Member | None:
    """The member of an e-mail address, however it is written."""
    return db.session.scalar(select(Member).where(Member.email == email.strip().lower()))


def tidy(name: str) -> str:
    """A name on one line. Raises Invalid for an empty one or one whose words mix scripts to look like another."""
    name = " ".join(name.split())
    if not any(letter.isalnum() for letter in name):
        raise Invalid("community.name_needed", field="name")
    if any(_mixed(word) for word in name.split()):
        raise Invalid("community.name_mixed", field="name")
    return name


def rename(member_id: int, name: str) -> None:
    """Give a member another name; the handle, which others have linked, stays."""
    db.changed(update(Member).where(Member.id == member_id).values(name=tidy(name)))


def move_zone(member_id: int, timezone: str) -> None:
    """Move a member to another time zone. Raises TooMany within 30 days of the last move."""
    now = clock.now()
    rested = Member.timezone_set_at.is_(None) | (Member.timezone_set_at <= now - ZONE_REST)
    here = update(Member).where(Member.id == member_id)
    if db.session.scalar(select(Member.timezone).where(Member.id == member_id)) == timezone:
        return
    if not db.changed(here.where(rested).values(timezone=timezone, timezone_set_at=now)):
        raise TooMany("community.zone_changed_lately", field="timezone")


def settle(member_id: int, cell_id: int, squad_id: int) -> None:
    """Write down where a person's seat is."""
    db.changed(update(Member).where(Member.id == member_id).values(cell_id=cell_id, squad_id=squad_id))


def end_sessions(member_id: int) -> None:
    """Sign a member out everywhere."""
    db.changed(update(Member).where(Member.id == member_id).values(version=Member.version + 1))


def _mixed(word: str) -> bool:
    """Whether a word mixes Latin with letters made to look like it, or with joiners that nobody sees."""
    scripts = texts.scripts(word)
    return "LATIN" in scripts and (bool(scripts & {"CYRILLIC", "GREEK"}) or "\u200c" in word or "\u200d" in word)
