"""Hill & Daughter Tea: what is picked, dried and poured."""

# ruff: noqa: E501 - the strokes of a shape are read as one line
from __future__ import annotations

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
    ground,
    hatch,
    line,
    oval,
    ring,
    rosette,
    shadow,
)  # fmt: skip


def leaf(fill: str = BLUE, vein: str = PAPER) -> str:
    """One tea leaf, about 180 long."""
    return flat("M-90 0 Q-20 -62 90 0 Q-20 58 -90 0Z", fill) + line("M-84 0H74", vein, 4)


def _tin(wall: str, table: str, body: str, lid: str, label: str) -> str:
    return (
        ground(wall, table)
        + (flat("M560 0H900L700 860H360Z", PAPER_2) if wall == PAPER else "")
        + box(330, 330, 340, 640, hatch("ink"), 'transform="translate(46 14)"')
        + box(310, 400, 340, 570, body)
        + box(310, 400, 90, 570, INK, MULTIPLY + ' opacity=".25"')
        + box(296, 330, 368, 96, lid)
        + box(360, 560, 240, 220, PAPER)
        + at(480, 668, label)
    )


def tin() -> str:
    """Second flush, in red."""
    return _tin(PAPER, BLUE, RED, INK, rosette(84))


def tin_blue() -> str:
    """First flush, in blue."""
    return _tin(STRAW, RED, BLUE, INK, at(0, -26, leaf(), -28, 0.95) + at(12, 52, leaf(DEEP), 18, 0.6))


def tin_straw() -> str:
    """Autumn leaf, in straw."""
    hills = flat("M-110 70 L-40 -40 L0 10 L40 -70 L112 70Z", BLUE) + flat(
        "M40 -70 L112 70 H20Z", hatch("ink"), MULTIPLY
    )
    return _tin(RED, INK, STRAW, DEEP, hills + dot(-64, -62, 22, RED))


def honey() -> str:
    """A jar of dark honey."""
    comb = "".join(
        flat("M0 -40 L34 -20 V20 L0 40 L-34 20 V-20Z", "none", f'transform="translate({x} {y})" stroke="{BLUE}" stroke-width="6"')
        for x, y in ((-36, -20), (36, -20), (0, 42))
    )  # fmt: skip
    return (
        ground(DEEP, STRAW, 900)
        + shadow(530, 980, 230)
        + flat("M300 470 H660 Q690 500 690 560 V900 Q690 970 620 970 H340 Q270 970 270 900 V560 Q270 500 300 470Z", STRAW_2)
        + flat("M560 470 H660 Q690 500 690 560 V900 Q690 970 620 970 H500 Q600 900 560 470Z", RED, MULTIPLY + ' opacity=".6"')
        + box(290, 370, 380, 100, PAPER)
        + box(290, 430, 380, 40, hatch("blue"))
        + box(330, 610, 300, 220, PAPER)
        + at(480, 720, comb, 0, 0.9)
    )  # fmt: skip


def brick() -> str:
    """Pressed tea, half out of its paper."""
    dents = "".join(dot(x, y, 20, INK, 'opacity=".5"') for x in (330, 400, 470) for y in (470, 540, 610))
    return (
        ground(PAPER_2)
        + at(490, 620, (
            box(-214, -274, 470, 610, hatch("ink"), 'transform="translate(28 30)"')
            + box(-230, -290, 470, 610, CLAY_2)
            + at(-480, -620, dents)
            + flat("M-250 -60 L260 -130 V340 H-250Z", PAPER)
            + flat("M-250 -60 L260 -130 V-80 L-250 -10Z", PALE)
            + line("M0 -98 V340 M-250 150 H260", RED, 10)
            + dot(0, 150, 66, RED)
            + at(0, 150, rosette(46, PAPER, PAPER_2))
            + flat("M160 -116 L260 -130 V340 H150Z", hatch("blue"), 'opacity=".5"')
        ), -6)
    )  # fmt: skip


def infuser() -> str:
    """A ball on a chain over a cup."""
    holes = "".join(dot(x, y, 8, PAPER) for r, n in ((0, 1), (48, 6), (92, 12)) for x, y in around(n, r))
    chain = "".join(ring(480, y, 13, INK, 6) for y in range(120, 420, 26))
    return (
        ground(STRAW, BLUE, 900)
        + chain
        + line("M430 96 H530", RED, 20)
        + dot(480, 560, 140, INK)
        + at(480, 560, holes)
        + flat("M480 420 A140 140 0 0 1 480 700 A190 190 0 0 0 480 420", hatch("paper"), 'opacity=".3"')
        + line("M340 560 A140 40 0 0 0 620 560", STRAW_2, 9)
        + line("M380 470 A140 140 0 0 1 430 434", PAPER, 9)
        + shadow(490, 1010, 220)
        + flat("M300 790 H660 C660 920 600 1000 560 1006 H400 C360 1000 300 920 300 790Z", PAPER)
        + flat("M580 790 H660 C660 920 600 1000 560 1006 H500 C580 940 592 860 580 790Z", hatch("ink"), MULTIPLY)
        + oval(480, 790, 180, 36, RED)
        + line("M330 850 C334 900 352 940 374 960", PAPER_2, 9)
    )


def cup() -> str:
    """A cup without a handle, steaming."""
    return (
        ground(BLUE, RED, 860)
        + line("M430 470 C380 400 470 350 420 270 M530 470 C490 390 590 340 536 240", PALE, 9)
        + oval(490, 990, 320, 60, INK, 'opacity=".45"')
        + oval(480, 966, 320, 60, PAPER_2)
        + oval(480, 958, 250, 40, STRAW)
        + flat("M270 590 H690 C690 780 620 930 560 952 H400 C340 930 270 780 270 590Z", PAPER)
        + flat("M290 700 C360 676 420 740 480 706 C548 668 600 736 672 700 C660 760 640 810 618 850 H342 C316 800 300 750 290 700Z", BLUE)
        + flat("M600 590 H690 C690 780 620 930 560 952 H500 C600 860 620 720 600 590Z", hatch("ink"), MULTIPLY)
        + oval(480, 590, 210, 50, PAPER_2)
        + oval(480, 596, 184, 36, CLAY)
        + flat("M296 596 A184 36 0 0 0 664 596 A184 22 0 0 1 296 596", hatch("red"))
        + line("M304 660 C306 690 312 720 322 748", PALE, 9)
    )  # fmt: skip


def caddy() -> str:
    """A wooden chest with a brass lock."""
    grain = "".join(line(f"M244 {y} C400 {y - 14} 560 {y + 16} 716 {y}", CLAY_2, 4) for y in range(580, 940, 52))
    return (
        ground(RED, INK, 900)
        + box(240, 520, 480, 450, CLAY)
        + grain
        + box(600, 520, 120, 450, hatch("ink"), MULTIPLY)
        + flat("M220 520 L290 380 H670 L740 520Z", STRAW_2)
        + flat("M600 380 H670 L740 520 H640Z", hatch("ink"), MULTIPLY)
        + line("M290 380 H670", PAPER, 6)
        + box(220, 520, 520, 26, CLAY_2)
        + box(436, 530, 88, 96, STRAW)
        + dot(480, 566, 14, INK)
        + line("M480 566 V600", INK, 9)
        + at(480, 780, leaf(DEEP, STRAW), -24, 1.1)
        + at(300, 1030, leaf(BLUE, PALE), -16, 0.7)
        + at(690, 1050, leaf(STRAW, INK), 12, 0.6)
    )


ALL = {
    "tin": (tin, "A red tea tin with a label of nine petals"),
    "tin-blue": (tin_blue, "A blue tea tin with two leaves on its label"),
    "tin-straw": (tin_straw, "A straw-coloured tea tin with hills on its label"),
    "honey": (honey, "A jar of dark honey with a comb on its label"),
    "brick": (brick, "A pressed brick of tea, half out of its paper wrapper"),
    "infuser": (infuser, "A tea ball on a chain above a white cup"),
    "cup": (cup, "A steaming tea cup with a blue band on its saucer"),
    "caddy": (caddy, "A wooden tea chest with a brass lock"),
}
