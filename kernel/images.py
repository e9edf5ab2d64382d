"""Images as they come in: refused by their first bytes when too large, decoded small, written anew without metadata."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from PIL import Image, ImageOps, UnidentifiedImageError

from kernel import db
from kernel.errors import TooLarge, WrongKind

MOST_BYTES, MOST_PIXELS = 12 * 1024 * 1024, 40_000_000  # RULES 16
KINDS = ("JPEG", "PNG", "WEBP")
WIDTHS = (480, 1200)
PAPER = (255, 255, 255)  # what stands behind a transparent picture
ORIENTATION, QUALITY = 0x0112, 82

# Forty megapixels cost up to 350 MB for a moment, so a few at a time is what one process can bear.
_desks = threading.BoundedSemaphore(2)


def read(stream: IO[bytes]) -> dict[int, tuple[int, int, bytes]]:
    """Width -> (width, height, WebP) of the first frame, never enlarged. Raises TooLarge or WrongKind.

    Nothing of the file itself is kept: no location, no profile, and nothing that was hidden behind the picture.
    """
    db.assert_outside()
    body = stream.read(MOST_BYTES + 1)
    if len(body) > MOST_BYTES:
        raise TooLarge("kernel.picture_bytes", field="picture")
    with _desks, _opened(body) as image:
        bare = _bare(image)
        return {width: _webp(bare, width) for width in WIDTHS}


@contextmanager
def _opened(body: bytes) -> Iterator[Image.Image]:
    """The image with only its header read; whatever a broken file makes a reader raise becomes WrongKind."""
    try:
        _weigh(*_webp_size(body[:30]))  # Pillow gives a WebP's canvas room before anybody knows its size
        with Image.open(io.BytesIO(body), formats=KINDS) as image:
            _weigh(*image.size)
            yield image
    except (TooLarge, WrongKind):
        raise
    except Image.DecompressionBombError:
        raise TooLarge("kernel.picture_pixels", field="picture") from None
    except UnidentifiedImageError:
        raise WrongKind("kernel.picture_kind", field="picture") from None
    except Exception as broken:  # readers raise SyntaxError, struct.error, IndexError and more
        raise WrongKind("kernel.picture_broken", field="picture") from broken


def _weigh(width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise TooLarge("kernel.picture_pixels", field="picture")


def _webp_size(head: bytes) -> tuple[int, int]:
    """The size that a WebP's header claims; (0, 0) for anything else."""
    if head[:4] != b"RIFF" or head[8:12] != b"WEBP":
        return 0, 0
    number = int.from_bytes
    if head[12:16] == b"VP8X":
        return number(head[24:27], "little") + 1, number(head[27:30], "little") + 1
    if head[12:16] == b"VP8L":
        bits = number(head[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return number(head[26:28], "little") & 0x3FFF, number(head[28:30], "little") & 0x3FFF


def _bare(image: Image.Image) -> Image.Image:
    """The picture upright, on paper, in a new image that holds nothing else."""
    most = 2 * max(WIDTHS)
    turned = image.getexif().get(ORIENTATION)
    if image.mode.startswith("I"):  # 16 bits of grey
        image = image.point(lambda value: value / 256).convert("L")
    elif image.mode in ("P", "PA", "1"):  # these can't be made smaller smoothly
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    image.thumbnail((most, most), Image.Resampling.LANCZOS, reducing_gap=2.0)
    shown = image.convert("RGBA" if image.has_transparency_data else "RGB")
    bare = Image.new("RGB", shown.size, PAPER)
    bare.paste(shown, mask=shown.getchannel("A") if shown.mode == "RGBA" else None)
    bare.getexif()[ORIENTATION] = turned if isinstance(turned, int) else 1
    return ImageOps.exif_transpose(bare)


def _webp(bare: Image.Image, width: int) -> tuple[int, int, bytes]:
    sized = bare.copy()
    sized.thumbnail((width, 2 * width), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    sized.save(out, "WEBP", quality=QUALITY, method=4, exif=b"", xmp=b"", icc_profile=b"")
    return *sized.size, out.getvalue()
