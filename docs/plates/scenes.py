"""Wide drawings for posts and covers: the table of nine, the stall, the evening, the kiln, the shelf, the dye house."""

# ruff: noqa: E501 - the strokes of a shape are read as one line
from __future__ import annotations

import math

from cloth import rings, zigzag
from ink import (
    BLUE,
    CLAY,
    CLAY_2,
    DEEP,
    INK,
    MULTIPLY,
    PALE,
    PAPER,
    PAPER_2,
    RED,
    STRAW,
    STRAW_2,
    around,
    at,
    box,
    dot,
    flat,
    hatch,
    line,
    oval,
    ring,
    rosette,
)  # fmt: skip
from pots import bowl_front, persimmon
from spots import TABLE, book, cup, loaf


def cover() -> str:
    """A round table from above: eight people's things, and the ninth place."""
    b = box(0, 0, 1200, 1200, BLUE) + "".join(line(f"M{i * 110} 0 V1200", DEEP, 2.5) for i in range(11))
    for i, (x, y) in enumerate(around(9, 520)):
        b += dot(600 + x, 600 + y, 78, RED if i == 0 else INK) + ring(600 + x, 600 + y, 60, PAPER if i == 0 else BLUE)
    b += dot(616, 622, 468, INK, 'opacity=".55"') + dot(600, 600, 468, PAPER) + ring(600, 600, 454, INK)
    for i, (thing, (x, y)) in enumerate(zip(TABLE, around(9, 468 * 0.685), strict=True)):
        b += at(600 + round(x, 1), 600 + round(y, 1), thing(), i * 40)
    return b + ring(600, 600, 128, INK, 2) + at(600, 600, rosette(112))


def stall() -> str:
    """A market stall under a striped awning."""
    awning = "".join(
        flat(f"M{x} 150 H{x + 94} L{x + 94 + (i - 4.5) * 4:g} 320 A49 40 0 0 1 {x + (i - 5.5) * 4 + 4:g} 320Z", BLUE if i % 2 == 0 else PAPER)
        for i, x in enumerate(range(130, 1070, 94))
    )  # fmt: skip
    return (
        box(0, 0, 1200, 900, PALE) + dot(980, 190, 110, RED) + box(0, 700, 1200, 200, INK)
        + box(170, 240, 16, 520, INK) + box(1014, 240, 16, 520, INK) + awning
        + box(150, 560, 900, 150, DEEP) + box(150, 560, 900, 150, hatch("paper"), 'opacity=".25"') + box(120, 530, 960, 34, PAPER)
        + at(300, 470, bowl_front(), 0, 0.42) + at(470, 470, bowl_front(), 0, 0.36)
        + box(590, 430, 80, 100, RED) + box(584, 412, 92, 24, INK) + box(708, 446, 74, 84, STRAW_2) + box(702, 428, 86, 22, PAPER)
        + at(870, 480, loaf(), 0, 0.75) + at(980, 500, persimmon(), 0, 0.5)
    )  # fmt: skip


def evening() -> str:
    """A lamp, a table, a book: an evening of talk."""
    chair = "M90 560 h120 v30 h-120z M100 590 v310 h20 v-190 h80 v190 h20 V590z M990 560 h120 v30 h-120z M980 590 v310 h20 v-190 h80 v190 h20 V590z"
    return (
        box(0, 0, 1200, 900, DEEP) + flat("M470 250 H730 L1010 800 H190Z", STRAW, 'opacity=".95"')
        + flat("M470 250 H730 L690 110 H510Z", RED) + line("M600 0V110", PAPER, 4) + oval(600, 700, 330, 74, PAPER)
        + oval(600, 700, 330, 74, hatch("dots")) + flat("M270 700 A330 74 0 0 0 930 700 V730 A330 74 0 0 1 270 730Z", INK)
        + box(585, 770, 30, 130, INK) + at(520, 690, book(), -6, 0.62) + at(690, 684, cup(), 0, 0.5) + flat(chair, INK)
    )  # fmt: skip


def kiln() -> str:
    """A brick kiln at dusk, its door glowing."""
    bricks = "".join(
        line(f"M{x + (30 if j % 2 else 0)} {y} h48", CLAY_2, 4)
        for j, y in enumerate(range(300, 720, 40))
        for x in range(340, 830, 66)
    )
    body = "M320 740 V420 Q600 140 880 420 V740Z"
    shelf = box(930, 560, 220, 14, PAPER) + at(985, 520, bowl_front(), 0, 0.26) + at(1085, 520, bowl_front(), 0, 0.26)
    return (
        box(0, 0, 1200, 900, BLUE) + dot(180, 170, 70, PAPER) + dot(206, 156, 62, BLUE)
        + flat("M552 330 L576 60 H644 L668 330Z", CLAY_2) + line("M610 36 C580 20 640 6 606 -20", PALE, 14)
        + box(0, 740, 1200, 160, INK) + flat(body, CLAY) + f'<clipPath id="kiln"><path d="{body}"/></clipPath><g clip-path="url(#kiln)">{bricks}'
        + flat("M720 100 H900 V760 H740 C780 560 780 300 720 100Z", hatch("ink"), MULTIPLY) + "</g>"
        + flat("M500 740 V560 Q600 450 700 560 V740Z", INK) + flat("M524 740 V574 Q600 488 676 574 V740Z", RED)
        + flat("M560 740 C540 660 600 640 596 580 C640 630 660 680 636 740Z", STRAW) + shelf + box(930, 574, 12, 166, PAPER_2) + box(1138, 574, 12, 166, PAPER_2)
        + box(60, 640, 190, 100, STRAW_2) + "".join(line(f"M{x} 650 V730", CLAY_2, 8) for x in range(80, 250, 30))
    )  # fmt: skip


def shelf() -> str:
    """A shelf of read books, one lying open."""
    books = ((120, 250, BLUE), (196, 300, RED), (262, 230, STRAW), (340, 280, INK), (408, 260, PAPER), (486, 310, BLUE), (560, 240, CLAY), (900, 270, RED), (972, 300, DEEP), (1040, 250, STRAW))  # fmt: skip
    row = "".join(
        box(x, 560 - h, 62, h, fill) + box(x + 12, 560 - h + 36, 38, 12, PAPER if fill != PAPER else BLUE)
        + box(x + 44, 560 - h, 18, h, hatch("ink"), MULTIPLY)
        for x, h, fill in books
    )  # fmt: skip
    lean = at(700, 560, box(0, -290, 62, 290, DEEP) + box(12, -250, 38, 12, PAPER), 16)
    return (
        box(0, 0, 1200, 900, PAPER_2) + flat("M700 0 H1010 L860 900 H520Z", PAPER, 'opacity=".8"') + row + lean
        + box(60, 560, 1080, 30, INK) + box(0, 790, 1200, 110, RED) + at(600, 760, book(), -3, 1.5)
    )  # fmt: skip


def shibori() -> str:
    """Rings of undyed dots on indigo."""
    round_ = "".join(ring(0, 0, q, PAPER, 12, f'stroke-dasharray="{10 + q / 14:.0f} 9"') for q in range(40, 420, 40))
    return box(0, 0, 1200, 900, BLUE) + at(600, 450, round_ + dot(0, 0, 20, RED))


def _vat(x: int, y: int) -> str:
    w, h = 230, 170
    hoops = "".join(
        line(f"M{x + 6} {y + h * q:g} Q{x + w / 2} {y + h * q + 24:g} {x + w - 6} {y + h * q:g}", INK, 6)
        for q in (0.36, 0.74)
    )
    return (
        flat(f"M{x} {y} L{x + 14} {y + h} Q{x + w / 2} {y + h + 26} {x + w - 14} {y + h} L{x + w} {y}Z", STRAW)
        + flat(f"M{x + 143} {y} L{x + 138} {y + h + 14} Q{x + 184} {y + h + 10} {x + w - 14} {y + h} L{x + w} {y}Z", hatch("ink"), MULTIPLY)
        + hoops + oval(x + w / 2, y, w / 2, 26, INK) + oval(x + w / 2, y + 3, w / 2 - 16, 18, BLUE)
    )  # fmt: skip


def _pattern(kind: str, x: int, y: int, w: int, h: int) -> str:
    if kind == "rings":
        return rings(x + 50, y + 60, x + w, y + h, 120)
    if kind == "zig":
        return zigzag(x - 10, y + 30, x + w, y + h + 40, BLUE, 44)
    if kind == "dots":
        return "".join(
            dot(xx + (0 if j % 2 else 16), yy, 6, PAPER)
            for j, yy in enumerate(range(y + 24, y + h, 32))
            for xx in range(x + 14, x + w, 32)
        )
    if kind == "stripe":
        return "".join(box(xx, y, 8, h, PAPER) for xx in range(x + 16, x + w, 26))
    return "".join(
        box(x, y + h * q, w, h * t, RED) for q, t in ((0.12, 0.05), (0.2, 0.025), (0.62, 0.16), (0.81, 0.03))
    )


DYED = (("rings", BLUE, 220, 520), ("zig", PAPER, 150, 420), ("dots", DEEP, 190, 560), ("stripe", "#8d9ad0", 170, 470), ("band", PAPER, 170, 500), ("stripe", BLUE, 210, 540))  # fmt: skip


def dyehouse(w: int = 1600, cloths: tuple[tuple[str, str, int, int], ...] = DYED) -> str:
    """Cloths on a line above four vats."""
    b = box(0, 0, w, 1067, PAPER_2) + dot(w * 0.79, 250, 150, RED)
    b += flat(f"M0 520 Q{w * 0.2:g} 380 {w * 0.42:g} 480 T{w} 420 V1067 H0Z", STRAW)
    b += flat(f"M0 620 Q{w * 0.3:g} 500 {w * 0.55:g} 600 T{w} 560 V1067 H0Z", hatch("blue"), MULTIPLY)
    b += box(0, 820, w, 247, INK) + box(0, 820, w, 247, hatch("blue")) + box(70, 90, 18, 760, INK)
    b += box(w - 90, 90, 18, 760, INK) + line(f"M79 130 Q{w / 2:g} 176 {w - 81} 130", INK, 5)
    x = 150
    for i, (kind, fill, wide, h) in enumerate(cloths):
        y = round(134 + 40 * math.sin(math.pi * (x + wide / 2) / w))
        shape = (
            f"M{x} {y} H{x + wide} V{y + h} Q{x + wide * 0.75:g} {y + h - 16} {x + wide / 2:g} {y + h} T{x} {y + h}Z"
        )
        b += box(x + 14, y + 10, wide, h, hatch("ink"), MULTIPLY + ' opacity=".5"') + flat(shape, fill)
        b += f'<clipPath id="c{i}"><path d="{shape}"/></clipPath><g clip-path="url(#c{i})">{_pattern(kind, x, y, wide, h)}</g>'
        b += box(x + 18, y - 14, 9, 30, STRAW) + box(x + wide - 27, y - 14, 9, 30, STRAW)
        x += wide + 26
    return b + "".join(
        oval(x + 140, 1010, 150, 22, INK, 'opacity=".6"') + _vat(x, 820) for x in range(190, w - 260, 330)
    )


def dyehouse_wide() -> str:
    """The same yard with more line and more vats."""
    return dyehouse(2200, (*DYED, ("zig", "#8d9ad0", 190, 460), ("dots", BLUE, 170, 520), ("band", PAPER, 180, 480)))


ALL = {
    "cover": (cover, 1200, 1200, "A round table seen from above, laid with eight people's things; the ninth place is marked and free"),
    "stall": (stall, 1200, 900, "A market stall with a blue and white awning, bowls, a tea tin and bread on the table"),
    "evening": (evening, 1200, 900, "A red lamp over a round table with a book and a cup, two chairs"),
    "kiln": (kiln, 1200, 900, "A brick kiln at dusk with a glowing door, bowls on a shelf beside it"),
    "shelf": (shelf, 1200, 900, "A shelf of books, one lying open before it"),
    "shibori": (shibori, 1200, 900, "Rings of undyed dots on indigo cloth"),
    "dyehouse": (dyehouse, 1600, 1067, "Indigo cloths drying on a line above four wooden dye vats, a low red sun behind"),
}  # fmt: skip
