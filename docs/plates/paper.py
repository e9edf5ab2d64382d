"""Folio Nine: what is ruled, sewn and bound."""

# ruff: noqa: E501 - the strokes of a shape are read as one line
from __future__ import annotations

from ink import (
    BLUE,
    CLAY,
    DEEP,
    INK,
    MULTIPLY,
    PALE,
    PAPER,
    PAPER_2,
    RED,
    STRAW,
    STRAW_2,
    at,
    box,
    dot,
    flat,
    ground,
    hatch,
    line,
    ring,
    rosette,
)  # fmt: skip


def ledger() -> str:
    """The plain ledger."""
    book = (
        box(-240, -330, 500, 690, hatch("ink"), 'transform="translate(26 26)"')
        + box(-250, -340, 500, 690, INK)
        + box(-250, -340, 86, 690, RED)
        + box(-110, -240, 290, 190, PAPER)
        + "".join(line(f"M-80 {y} H150", BLUE, 4) for y in (-190, -145, -100))
        + box(186, -340, 22, 720, STRAW)
    )
    return ground(PAPER_2, light=False) + at(490, 610, book, -7)


def pencil(body: str = STRAW) -> str:
    """A pencil, about 560 long, its tip up."""
    return (
        box(-18, -220, 36, 460, body)
        + box(6, -220, 12, 460, hatch("ink"), MULTIPLY)
        + flat("M-18 -220 L0 -290 L18 -220Z", PAPER_2)
        + flat("M-5 -270 L0 -290 L5 -270Z", INK)
        + box(-18, 240, 36, 30, PALE)
        + box(-18, 266, 36, 40, RED)
    )


def notebook() -> str:
    """A pocket notebook and its pencil."""
    book = (
        box(-220, -310, 450, 640, INK, 'opacity=".4" transform="translate(28 28)"')
        + box(-220, -310, 450, 640, BLUE)
        + box(-220, -310, 60, 640, DEEP)
        + "".join(line(f"M-190 {y} V{y + 22}", PAPER, 6) for y in range(-270, 310, 56))
        + box(150, -310, 18, 640, INK)
        + at(10, -60, rosette(110, STRAW, STRAW_2))
        + box(-80, 130, 190, 90, PAPER)
        + line("M-56 162 H84 M-56 192 H40", BLUE, 5)
    )
    return ground(RED) + at(450, 610, book, 6) + at(800, 640, pencil(), 14)


def cards() -> str:
    """Five letter cards and an envelope."""
    motifs = (flat("M-80 60 L0 -70 L80 60Z", BLUE), dot(0, 0, 60, RED), rosette(84))
    fan = "".join(
        at(480, 860, at(0, -330, box(-150, -210, 300, 420, DEEP, 'transform="translate(12 12)" opacity=".5"')
           + box(-150, -210, 300, 420, PAPER) + at(0, -60, motif) + line("M-100 110 H100 M-100 150 H40", INK, 5)), turn)
        for turn, motif in zip((-24, 24, 0), motifs, strict=True)
    )  # fmt: skip
    envelope = (
        box(190, 760, 580, 320, STRAW)
        + flat("M190 760 L480 960 L770 760Z", STRAW_2)
        + line("M190 1080 L410 900 M770 1080 L550 900", INK, 4)
        + dot(480, 948, 44, RED)
        + at(480, 948, rosette(30, PAPER, PAPER))
    )
    return ground(BLUE) + fan + envelope


def pencil_case() -> str:
    """A roll of cloth with six pencils."""
    colours = (RED, STRAW, BLUE, CLAY, PALE, RED)
    pencils = "".join(at(270 + i * 84, 520, pencil(colour), 0, 0.9) for i, colour in enumerate(colours))
    return (
        ground(STRAW_2)
        + pencils
        + box(206, 586, 580, 420, INK, 'opacity=".35"')
        + box(190, 560, 580, 420, DEEP)
        + box(190, 560, 580, 420, hatch("paper"), 'opacity=".18"')
        + "".join(line(f"M{312 + i * 84} 570 V970", PAPER, 3, 'stroke-dasharray="12 9"') for i in range(5))
        + line("M190 600 H770", PAPER, 4, 'stroke-dasharray="12 9"')
        + line("M770 770 C860 740 830 900 900 880 M770 790 C840 840 800 940 860 980", RED, 12)
    )


def folio() -> str:
    """A folder with ribbons, a sheet looking out."""
    return (
        ground(PAPER_2)
        + flat("M220 260 H760 V980 H220Z", hatch("ink"), 'transform="translate(26 28)"')
        + at(520, 560, box(-240, -330, 500, 640, PAPER) + "".join(line(f"M-190 {y} H200", PALE, 5) for y in range(-270, 260, 46)), 5)
        + flat("M200 280 L640 240 V1000 H200Z", BLUE)
        + flat("M560 247 L640 240 V1000 H540 C590 760 590 480 560 247Z", hatch("ink"), MULTIPLY)
        + box(200, 280, 70, 720, DEEP)
        + at(430, 560, box(-110, -80, 220, 160, PAPER) + line("M-80 -30 H80 M-80 10 H80 M-80 44 H20", BLUE, 5), -4)
        + line("M640 620 C720 580 700 700 780 660 M640 640 C710 690 680 740 760 780", RED, 14)
        + dot(640, 630, 20, RED)
    )  # fmt: skip


def calendar() -> str:
    """A wall calendar, one day marked."""
    days = "".join(
        box(262 + x * 64, 700 + y * 62, 40, 34, PALE if (x + y) % 5 else BLUE)
        for y in range(5)
        for x in range(7)
        if 1 < y * 7 + x < 32
    )
    picture = (
        box(240, 250, 480, 380, STRAW)
        + dot(610, 350, 56, RED)
        + flat("M240 630 V520 Q360 400 480 500 T720 470 V630Z", DEEP)
    )
    return (
        ground(BLUE)
        + box(230, 210, 520, 860, INK, 'opacity=".45" transform="translate(24 26)"')
        + box(220, 200, 520, 860, PAPER)
        + picture
        + flat("M240 630 V580 Q420 480 560 560 T720 540 V630Z", hatch("paper"), 'opacity=".4"')
        + days
        + ring(282 + 3 * 64, 717 + 2 * 62, 40, RED, 8)
        + "".join(line(f"M{x} 176 V226", INK, 9) for x in range(280, 720, 66))
        + line("M480 120 L330 190 M480 120 L630 190", INK, 5)
        + dot(480, 118, 13, RED)
    )  # fmt: skip


ALL = {
    "ledger": (ledger, "A dark notebook with a red spine and a straw band"),
    "notebook": (notebook, "A blue sewn notebook and a pencil on red"),
    "cards": (cards, "Three letter cards fanned out of a straw envelope"),
    "pencil-case": (pencil_case, "A dark cloth roll with six pencils"),
    "folio": (folio, "A blue folder with red ribbons, a sheet looking out"),
    "calendar": (calendar, "A wall calendar with one day ringed in red"),
}
