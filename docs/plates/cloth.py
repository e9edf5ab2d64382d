"""Marrow Dye Works: what comes out of the vat."""

# ruff: noqa: E501 - the strokes of a shape are read as one line
from __future__ import annotations

from ink import (
    BLUE,
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
    at,
    box,
    dot,
    flat,
    ground,
    hatch,
    line,
    oval,
    ring,
    rosette,
    shadow,
)  # fmt: skip


def rings(x0: float, y0: float, x1: float, y1: float, step: int, stroke: str = PAPER) -> str:
    """Tied rings in rows."""
    return "".join(
        ring(x, y, r, stroke, 6, f'stroke-dasharray="{7 + r / 10:g} 5"')
        for j, y in enumerate(range(int(y0), int(y1), step))
        for x in range(int(x0) + (step // 2 if j % 2 else 0), int(x1), step)
        for r in (step * 0.36, step * 0.22, step * 0.1)
    )


def zigzag(x0: float, y0: float, x1: float, y1: float, stroke: str, step: int = 56) -> str:
    """Rows of teeth."""
    teeth = int((x1 - x0) / 28) + 1
    row = " ".join(f"l28 {-28 if i % 2 == 0 else 28}" for i in range(teeth))
    return "".join(line(f"M{x0:g} {y} {row}", stroke, 8) for y in range(int(y0), int(y1), step))


def clipped(name: str, shape: str, fill: str, pattern: str) -> str:
    """A shape that shows a pattern."""
    return f'<clipPath id="{name}"><path d="{shape}"/></clipPath>{flat(shape, fill)}<g clip-path="url(#{name})">{pattern}</g>'


def apron() -> str:
    """A work apron on a rail."""
    shape = "M372 330 H588 C596 450 640 500 720 520 L740 1040 H220 L240 520 C320 500 364 450 372 330Z"
    return (
        ground(STRAW)
        + line("M180 170H780", INK, 10)
        + line("M400 170 C400 230 380 280 372 330 M560 170 C560 230 580 280 588 330", BLUE, 12)
        + flat(shape, BLUE)
        + flat(
            "M520 330 H588 C596 450 640 500 720 520 L740 1040 H600 C630 820 600 600 520 330Z", hatch("ink"), MULTIPLY
        )
        + box(340, 650, 280, 210, DEEP)
        + line("M340 650H620", PAPER, 5, 'stroke-dasharray="14 10"')
        + line("M240 560 C170 600 150 700 170 790 M720 560 C790 600 810 700 790 790", BLUE, 11)
        + line("M480 650V860", PAPER, 3)
        + flat("M560 560 l44 0 l-6 130 l-32 0z", RED)
    )


def scarf() -> str:
    """A ringed scarf over a rail."""
    back = "M500 190 H690 V800 H500Z"
    front = "M270 190 C330 170 420 170 480 190 C540 210 600 200 640 190 L600 960 H280Z"
    fringe = "".join(line(f"M{x} 956 V1030", BLUE, 6) for x in range(292, 600, 18))
    return (
        ground(PAPER_2)
        + line("M120 180H840", INK, 12)
        + flat(back, DEEP)
        + "".join(line(f"M{x} 796 V860", DEEP, 6) for x in range(512, 690, 18))
        + fringe
        + clipped("front", front, BLUE, rings(300, 290, 640, 960, 150))
        + flat("M540 200 C600 200 620 196 640 190 L600 960 H500 C560 700 570 400 540 200Z", hatch("ink"), MULTIPLY)
        + line("M330 196 C326 400 330 600 322 900 M420 190 C424 420 410 640 420 920", DEEP, 5, 'opacity=".6"')
    )


def tablecloth() -> str:
    """A table for nine, laid."""
    shape = "M120 520 H840 L880 900 Q820 850 760 900 T640 900 T520 900 T400 900 T280 900 T160 900 Q110 860 80 900Z"
    dots = "".join(
        dot(x + (20 if j % 2 else 0), y, 9, PAPER)
        for j, y in enumerate(range(560, 900, 44))
        for x in range(90, 880, 44)
    )
    bowl = flat("M-110 -40 C-106 30 -60 76 -34 80 H34 C60 76 106 30 110 -40Z", RED) + oval(0, -40, 110, 22, INK)
    return (
        ground(RED)
        + box(160, 880, 40, 240, INK)
        + box(760, 880, 40, 240, INK)
        + clipped("cloth", shape, BLUE, dots)
        + flat("M700 520 H840 L880 900 Q820 850 760 900 Q740 700 700 520Z", hatch("ink"), MULTIPLY)
        + oval(480, 520, 360, 30, DEEP)
        + at(480, 440, bowl.replace(RED, STRAW), 0, 1.1)
        + flat("M250 500 C250 470 340 470 340 500Z", PAPER)
        + flat("M640 500 C640 470 730 470 730 500Z", PAPER)
        + line("M180 1118 H200 M760 1118 H800", INK, 8)
    )  # fmt: skip


def napkins() -> str:
    """Three of nine, folded."""
    square = "M-240 -240 H240 V240 H-240Z"
    layers = (
        (36, 60, 12, PAPER, zigzag(-250, -200, 250, 260, BLUE)),
        (0, 10, -6, STRAW_2, "".join(box(-240, y, 480, 20, RED) for y in range(-220, 240, 60))),
        (-30, -44, 4, BLUE, rings(-200, -180, 260, 260, 130)),
    )
    stack = "".join(
        at(480 + x, 620 + y, flat(square, hatch("ink"), 'transform="translate(18 20)"') + clipped(f"n{i}", square, fill, pattern), turn)
        for i, (x, y, turn, fill, pattern) in enumerate(layers)
    )  # fmt: skip
    fold = at(
        450,
        576,
        flat("M240 -240 V240 H-240Z", INK, MULTIPLY + ' opacity=".18"') + line("M240 -240 L-240 240", DEEP, 5),
        4,
    )
    return ground(STRAW) + stack + fold


def tote() -> str:
    """A bag with the nine petals."""
    return (
        ground(BLUE)
        + box(250, 470, 500, 590, DEEP, 'transform="translate(26 24)"')
        + line("M350 480 C350 200 470 180 480 180 C490 180 610 200 610 480", STRAW, 26)
        + flat("M220 460 H740 L720 1060 H240Z", PAPER_2)
        + flat("M620 460 H740 L720 1060 H600 C640 860 640 660 620 460Z", hatch("ink"), MULTIPLY)
        + line("M220 500 H740", CLAY_2, 4, 'stroke-dasharray="14 10"')
        + line("M350 440 V560 M610 440 V560", STRAW, 26)
        + at(480, 780, rosette(170, BLUE, DEEP))
        + dot(480, 780, 26, RED)
    )


def cushion() -> str:
    """A cushion on a dark bench."""
    shape = (
        "M230 380 C360 420 600 420 730 380 C700 520 700 720 740 860 C600 820 360 820 220 860 C260 720 260 520 230 380Z"
    )
    return (
        ground(PAPER_2, INK, 880)
        + flat(shape, hatch("ink"), 'transform="translate(26 24)"')
        + clipped("pad", shape, PAPER, zigzag(200, 420, 760, 900, BLUE, 62))
        + flat("M640 404 C680 398 700 392 730 380 C700 520 700 720 740 860 C700 846 660 838 620 834 C650 700 660 540 640 404Z", hatch("ink"), MULTIPLY)
        + flat(shape, "none", f'stroke="{RED}" stroke-width="12" stroke-linejoin="round"')
        + "".join(dot(x, y, 20, RED) for x, y in ((230, 380), (730, 380), (740, 860), (220, 860)))
        + box(0, 900, 960, 18, STRAW_2)
    )  # fmt: skip


def book_cloth() -> str:
    """Three metres on the roll."""
    return (
        ground(RED, STRAW, 900)
        + shadow(490, 1000, 340)
        + flat("M640 420 L860 980 H560 L400 640Z", BLUE)
        + flat("M640 420 L860 980 H760 L600 470Z", hatch("ink"), MULTIPLY)
        + box(200, 330, 440, 600, DEEP)
        + box(200, 330, 440, 600, hatch("paper"), 'opacity=".25"')
        + box(520, 330, 120, 600, hatch("ink"), MULTIPLY)
        + oval(420, 930, 220, 50, DEEP)
        + oval(420, 330, 220, 50, BLUE)
        + "".join(oval(420, 330, a, a * 0.23, "none", f'stroke="{PALE}" stroke-width="5"') for a in (180, 140, 100))
        + oval(420, 330, 58, 14, CLAY_2)
    )


ALL = {
    "apron": (apron, "A blue work apron on a rail"),
    "scarf": (scarf, "An indigo scarf with tied rings over a rail"),
    "tablecloth": (tablecloth, "A table laid with a dotted blue cloth"),
    "napkins": (napkins, "Three folded napkins in three patterns"),
    "tote": (tote, "A cloth bag printed with nine blue petals"),
    "cushion": (cushion, "A white cushion with blue zigzags and a red edge"),
    "book-cloth": (book_cloth, "A roll of indigo book cloth"),
}
