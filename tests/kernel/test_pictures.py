"""Pictures: what comes in is weighed before it is decoded, and what is kept holds nothing but what can be seen."""

from __future__ import annotations

import io
import random
import struct
import time
import zlib
from resource import RUSAGE_SELF, getrusage

import pytest
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from kernel import house, images, pictures, storage
from kernel.errors import Invalid, NotFound, TooLarge, WrongKind
from kernel.pictures import Upload
from kernel.viewer import VISITOR, Viewer
from tests.builders import work

pytestmark = pytest.mark.usefixtures("app")
ALT = "A bowl in the kiln"
GPS, ORIENTATION = 0x8825, 0x0112


def file(size: tuple[int, int] = (1600, 1200), kind: str = "JPEG", mode: str = "RGB", **options: object) -> bytes:
    """A picture, red at its left half and blue at its right."""
    image = Image.new(mode, size, {"RGB": (200, 30, 30), "RGBA": (200, 30, 30, 0)}.get(mode, 0))
    if mode == "RGB":
        image.paste((30, 30, 200), (size[0] // 2, 0, *size))
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def read(body: bytes) -> dict[int, tuple[int, int, bytes]]:
    return images.read(io.BytesIO(body))


def png(width: int, height: int, body: bytes = b"") -> bytes:
    """A PNG whose header claims this size."""

    def chunk(name: bytes, held: bytes) -> bytes:
        return struct.pack(">I", len(held)) + name + held + struct.pack(">I", zlib.crc32(name + held))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", body or zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")


def webp(chunk: bytes, held: bytes) -> bytes:
    body = b"WEBP" + chunk + struct.pack("<I", len(held)) + held
    return b"RIFF" + struct.pack("<I", len(body)) + body


@pytest.mark.parametrize("kind", images.KINDS)
@pytest.mark.parametrize("mode", ["RGB", "CMYK", "RGBA", "P", "1", "I;16", "LA"])
def test_two_sizes_are_made_of_every_kind_and_mode(kind, mode):
    try:
        body = file(kind=kind, mode=mode)
    except OSError:
        return  # there is no such file of this kind
    made = read(body)
    assert {width: size[:2] for width, size in made.items()} == {480: (480, 360), 1200: (1200, 900)}
    for width, height, body in made.values():
        shown = Image.open(io.BytesIO(body))
        assert (shown.format, shown.mode, shown.size) == ("WEBP", "RGB", (width, height))


@pytest.mark.parametrize("size", [(1, 1), (300, 200), (479, 900)])
def test_a_small_picture_is_never_enlarged(size):
    assert {made[:2] for made in read(file(size)).values()} == {size}


def test_a_strip_stays_within_what_a_page_can_bear():
    assert read(file((10, 20_000)))[1200][:2] == (1, 2400)
    assert read(file((20_000, 10)))[1200][:2] == (1200, 1)


def test_what_is_seen_through_stands_on_paper():
    shown = Image.open(io.BytesIO(read(file(kind="PNG", mode="RGBA"))[480][2]))
    assert min(shown.getpixel((5, 5))) > 250


def test_a_picture_is_turned_upright_and_loses_where_it_was_taken():
    exif = Image.Exif()
    exif[ORIENTATION] = 6  # the camera lay on its right side
    exif.get_ifd(GPS).update({1: "N", 2: (IFDRational(41), IFDRational(9), IFDRational(0))})
    exif[0x010F] = "CAMERA OF ANN"
    body = file(exif=exif.tobytes(), comment=b"written by hand", xmp=b"<x:xmpmeta>HIDDEN</x:xmpmeta>")
    assert b"CAMERA OF ANN" in body
    assert Image.open(io.BytesIO(body)).getexif().get_ifd(GPS)
    for width, height, made in read(body).values():
        assert height > width
        shown = Image.open(io.BytesIO(made))
        assert shown.getpixel((width // 2, 5))[0] > 150
        assert shown.getpixel((width // 2, height - 5))[2] > 150
        assert not shown.getexif()
        assert not any(word in made for word in (b"CAMERA", b"EXIF", b"XMP", b"HIDDEN", b"by hand", b"ICCP"))


def test_what_hides_behind_a_picture_is_gone():
    tail = b"<script>alert(1)</script><?php system($_GET[0]) ?>PK\x03\x04"
    for made in read(file(size=(900, 600)) + tail).values():
        assert b"script" not in made[2]
        assert b"php" not in made[2]


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF", "ICO", "PPM", "TGA"])
def test_other_kinds_are_refused_by_their_content(kind):
    with pytest.raises(WrongKind):
        read(file((64, 64), kind=kind))


@pytest.mark.parametrize("body", [
    b"", b"hello, I am picture.png", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
    b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", b"%PDF-1.4", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff",
    webp(b"VP8X", b"\0" * 10), webp(b"VP8 ", b""), b"RIFF\0\0\0\0WEBP", png(0, 0), png(90, 90), file()[:3000],
])  # fmt: skip
def test_what_is_no_picture_or_half_of_one_is_refused(body):
    with pytest.raises(WrongKind):
        read(body)


def test_nothing_that_was_broken_by_chance_is_an_error():
    dice = random.Random(7)
    for kind in images.KINDS:
        whole = file((120, 90), kind=kind)
        for _ in range(150):
            broken = bytearray(whole)
            for _ in range(dice.randint(1, 12)):
                broken[dice.randrange(len(broken))] = dice.randrange(256)
            try:
                read(bytes(broken))
            except (WrongKind, TooLarge):
                continue


@pytest.mark.parametrize("body", [
    png(20_000, 20_000), png(8_000, 5_001), png(2**31 - 1, 2**31 - 1), png(40_000_001, 1),
    webp(b"VP8X", b"\0\0\0\0" + b"\xff\x3f\0" * 2), webp(b"VP8L", b"\x2f" + b"\xff\xff\xff\x0f"),
    webp(b"VP8 ", b"\0\0\0\x9d\x01\x2a\xff\x3f\xff\x3f"),
    b"\xff\xd8\xff\xc0\x00\x11\x08\xff\xff\xff\xff\x03\x01\x22\x00\x02\x11\x01\x03\x11\x01" + b"\xff\xd9",
])  # fmt: skip
def test_a_bomb_is_refused_by_its_header_and_never_decoded(body, monkeypatch):
    decoded = []
    monkeypatch.setattr(Image.Image, "load", lambda self: decoded.append(self.size))
    before, began = getrusage(RUSAGE_SELF).ru_maxrss, time.monotonic()
    with pytest.raises(TooLarge):
        read(body)
    assert decoded == []
    assert time.monotonic() - began < 0.5
    assert getrusage(RUSAGE_SELF).ru_maxrss - before < 20 * 1024  # kilobytes


@pytest.mark.slow
def test_the_largest_picture_we_take_costs_less_than_half_a_gigabyte():
    body = png(8_000, 5_000, zlib.compress(b"\0" * (8_000 * 4 + 1) * 5_000, 9))
    before = getrusage(RUSAGE_SELF).ru_maxrss
    assert read(body)[1200][:2] == (1200, 750)
    assert getrusage(RUSAGE_SELF).ru_maxrss - before < 500 * 1024


def test_a_file_of_more_than_twelve_megabytes_is_refused():
    with pytest.raises(TooLarge) as refused:
        read(file() + b"\0" * images.MOST_BYTES)
    assert (refused.value.key, refused.value.status) == ("kernel.picture_bytes", 413)
    read(file() + b"\0" * (images.MOST_BYTES - len(file())))


def test_pictures_are_read_outside_of_any_transaction():
    with work():
        pictures.keep(pictures.Prepared("a" * 8, 1, 1, ALT), 1, "portrait")
        with pytest.raises(AssertionError, match="outside"):
            read(file())


@pytest.mark.parametrize("alt", ["", "   ", "\n\t", "x" * 201])
def test_a_picture_without_words_or_with_too_many_is_refused_unread(alt, monkeypatch):
    monkeypatch.setattr(images, "read", lambda stream: pytest.fail("it was read"))
    with work(), pytest.raises(Invalid) as refused:
        pictures.read(Upload(io.BytesIO(file()), alt))
    assert refused.value.field == "alt"


@pytest.mark.db
def test_files_lie_ready_before_the_row_and_the_purpose_says_who_sees_it():
    house.current().pictures["test"] = lambda viewer, row: viewer.member_id == row.owner_id
    with work():
        prepared = pictures.read(Upload(io.BytesIO(file()), f" {ALT}\n"))
        assert all(storage.path(prepared.number, f"{width}.webp").is_file() for width in images.WIDTHS)
        with pytest.raises(NotFound):
            pictures.seen(Viewer(member_id=7), prepared.number)
        assert pictures.keep(prepared, 7, "test") == prepared.number
    row = pictures.seen(Viewer(member_id=7), prepared.number)
    assert (row.width, row.height, row.alt, row.purpose) == (1200, 900, ALT, "test")
    for viewer in (VISITOR, Viewer(member_id=8, state="active")):
        with pytest.raises(NotFound):
            pictures.seen(viewer, prepared.number)
    folder = storage.path(prepared.number, "").parent
    assert sorted(path.name for path in folder.iterdir()) == [f"{prepared.number}-{size}.webp" for size in (1200, 480)]
    del house.current().pictures["test"]
    with pytest.raises(NotFound):
        pictures.seen(Viewer(member_id=7), prepared.number)
