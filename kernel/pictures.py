"""Pictures that people gave: two files and a row; whoever wants to see one passes its purpose's rule (RULES 0)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import IO

from sqlalchemy import CheckConstraint, select

from kernel import clock, db, house, images, storage, texts
from kernel.errors import Invalid, NotFound
from kernel.viewer import Viewer

ALT_MOST = 200
SMALL, LARGE = images.WIDTHS


class Picture(db.Model):
    """A picture that was taken in; its row never changes, so its files may be kept by browsers for ever."""

    __tablename__ = "kernel_pictures"
    __table_args__ = (
        CheckConstraint("width > 0 AND height > 0", name="has_a_size"),
        CheckConstraint("length(alt) > 0", name="said_in_words"),
    )

    id: db.Mapped[int] = db.pk()
    number: db.Mapped[str] = db.text(8, unique=True)
    owner_id: db.Mapped[int]
    purpose: db.Mapped[str] = db.text(20)
    width: db.Mapped[int]
    height: db.Mapped[int]
    alt: db.Mapped[str] = db.text(ALT_MOST)
    created_at: db.Mapped[datetime]


@dataclass(frozen=True)
class Upload:
    """A file as it came, and what can be seen on it in words."""

    stream: IO[bytes]
    alt: str


@dataclass(frozen=True)
class Prepared:
    """A picture whose files lie ready; without a row nobody can ask for them."""

    number: str
    width: int
    height: int
    alt: str


@dataclass(frozen=True)
class Shown:
    """A picture as pages show it."""

    src: str
    src_small: str
    width: int
    height: int
    alt: str


def read(upload: Upload) -> Prepared:
    """Make a picture's two files, outside of any transaction. Raises Invalid (alt), TooLarge or WrongKind."""
    alt = " ".join(upload.alt.split())
    if not alt:
        raise Invalid("kernel.picture_alt", field="alt")
    if len(alt) > ALT_MOST:
        raise Invalid("kernel.picture_alt_long", field="alt", most=ALT_MOST)
    number = texts.number()
    with db.outside():
        made = images.read(upload.stream)
        for size, (_width, _height, body) in made.items():
            storage.write(number, f"{size}.webp", body)
    width, height, _body = made[LARGE]
    return Prepared(number, width, height, alt)


def keep(prepared: Prepared, owner_id: int, purpose: str) -> str:
    """Write the row of a picture whose files are there; its number."""
    assert purpose in house.current().pictures, f"nobody says who may see a {purpose}"
    values = {"number": prepared.number, "width": prepared.width, "height": prepared.height, "alt": prepared.alt}
    db.session.add(Picture(**values, owner_id=owner_id, purpose=purpose, created_at=clock.now()))
    db.session.flush()
    return prepared.number


def shown(number: str, width: int, height: int, alt: str) -> Shown:
    """A picture with its addresses."""
    return Shown(f"/media/{number}/{LARGE}.webp", f"/media/{number}/{SMALL}.webp", width, height, alt)


def seen(viewer: Viewer, number: str) -> Picture:
    """The picture of a number, if this person may see it; raises NotFound."""
    found = db.session.scalar(select(Picture).where(Picture.number == number))
    may_see = house.current().pictures.get(found.purpose) if found else None
    if found is None or may_see is None or not may_see(viewer, found):
        raise NotFound
    return found
