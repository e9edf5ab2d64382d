"""Wide drawings for the fronts of campaigns: a kiln, a tea roof, a press, a mending table, ninety-nine drawers, an oven."""

# ruff: noqa: E501 - the strokes of a shape are read as one line
from __future__ import annotations

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
from pots import bowl_front
from scenes import dyehouse_wide
from spots import loaf

W, H = 1600, 900


def _logs(x: int, y: int, columns: int, rows: int, r: int = 30) -> str:
    """Split wood, stacked: the ends of the logs."""
    return "".join(
        dot(x + i * 2 * r + (r if j % 2 else 0), y - j * 1.72 * r, r - 1, CLAY if (i + j) % 3 else STRAW_2)
        + ring(x + i * 2 * r + (r if j % 2 else 0), y - j * 1.72 * r, r * 0.55, CLAY_2, 3)
        + line(f"M{x + i * 2 * r + (r if j % 2 else 0)} {y - j * 1.72 * r:g} l{r * 0.7:g} {-r * 0.3:g}", CLAY_2, 3)
        for j in range(rows)
        for i in range(columns - (j % 2))
    )


def _hump(x: int, w: int, top: int) -> str:
    """One chamber of a climbing kiln with its glowing mouth."""
    body = f"M{x} 720 V{top + 110} Q{x + w / 2:g} {top - 60} {x + w} {top + 110} V720Z"
    bricks = "".join(
        line(f"M{xx + (33 if j % 2 else 0)} {y} h40", CLAY_2, 4)
        for j, y in enumerate(range(top + 40, 720, 38))
        for xx in range(x - 20, x + w, 66)
    )
    name, m = f"h{x}", x + w // 2
    return (
        flat(body, CLAY) + f'<clipPath id="{name}"><path d="{body}"/></clipPath><g clip-path="url(#{name})">{bricks}'
        + flat(f"M{x + w * 0.66:g} {top - 20} H{x + w} V720 H{x + w * 0.7:g}Z", hatch("ink"), MULTIPLY) + "</g>"
        + flat(f"M{m - 62} 720 V622 Q{m} 548 {m + 62} 622 V720Z", INK) + flat(f"M{m - 44} 720 V630 Q{m} 576 {m + 44} 630 V720Z", RED)
        + flat(f"M{m - 20} 720 C{m - 34} 670 {m + 6} 664 {m + 2} 622 C{m + 34} 660 {m + 34} 690 {m + 22} 720Z", STRAW)
    )  # fmt: skip


def kiln() -> str:
    """A climbing kiln of three chambers, its chimney, and split wood beside it."""
    return (
        box(0, 0, W, H, PAPER_2) + dot(300, 230, 120, RED) + flat("M0 520 Q380 380 820 500 T1600 400 V900 H0Z", STRAW)
        + flat("M0 610 Q420 500 900 590 T1600 530 V900 H0Z", hatch("blue"), MULTIPLY)
        + box(1290, 120, 96, 610, CLAY_2) + box(1290, 120, 96, 610, hatch("ink"), MULTIPLY) + box(1276, 104, 124, 34, INK)
        + line("M1338 92 C1296 60 1380 40 1334 4", PALE, 20) + box(0, 720, W, 180, INK) + box(0, 720, W, 180, hatch("blue"))
        + _hump(1030, 300, 400) + _hump(780, 290, 440) + _hump(540, 280, 480)
        + box(96, 690, 400, 30, CLAY_2) + _logs(126, 662, 6, 5) + at(1480, 668, bowl_front(), 0, 0.34)
    )  # fmt: skip


def tea_roof() -> str:
    """A long open roof on posts over bamboo trays, a hill of tea behind it."""
    rows = "".join(
        line(f"M-40 {y + 60} Q420 {y - 190} 900 {y - 20} T1660 {y - 60}", PAPER, 7, 'opacity=".8"')
        for y in range(330, 760, 52)
    )
    trays = "".join(
        oval(x, 646, 118, 30, CLAY_2) + oval(x, 640, 118, 30, STRAW_2) + oval(x, 638, 96, 22, BLUE) + oval(x, 638, 96, 22, hatch("ink"), MULTIPLY)
        for x in range(270, 1400, 265)
    )  # fmt: skip
    tiles = "".join(line(f"M{800 + (x - 800) * 0.72:g} 196 L{x} 356", DEEP, 5) for x in range(130, 1490, 62))
    return (
        box(0, 0, W, H, PALE) + dot(1250, 150, 96, RED) + flat("M0 420 Q420 130 900 300 T1600 250 V900 H0Z", BLUE)
        + '<clipPath id="hill"><path d="M0 420 Q420 130 900 300 T1600 250 V900 H0Z"/></clipPath><g clip-path="url(#hill)">' + rows + "</g>"
        + box(0, 740, W, 160, INK) + box(0, 740, W, 160, hatch("blue"))
        + "".join(box(x, 340, 22, 420, CLAY_2) for x in (160, 478, 800, 1118, 1420)) + box(110, 660, 1380, 20, CLAY) + trays
        + flat("M300 190 H1300 L1510 360 H90Z", RED) + tiles + box(90, 356, 1420, 22, INK)
    )  # fmt: skip


def press() -> str:
    """An iron hand press with a sheet of paper hanging from its bed."""
    sheets = "".join(
        box(x, 126, 118, 164, PAPER) + "".join(box(x + 20, 156 + i * 22, 78 if i % 3 else 54, 7, BLUE) for i in range(5)) + box(x + 48, 112, 12, 30, STRAW_2)
        for x in (90, 250, 1230, 1390)
    )  # fmt: skip
    frame = "M560 760 V300 Q560 170 690 170 H930 Q1060 170 1060 300 V760 H970 V330 Q970 262 910 262 H710 Q650 262 650 330 V760Z"
    return (
        box(0, 0, W, H, RED) + "".join(line(f"M{x} 0 V740", "#c24226", 3) for x in range(60, W, 120)) + line("M0 124 Q800 148 1600 124", INK, 5) + sheets
        + box(0, 740, W, 160, INK) + flat(frame, DEEP) + flat("M940 190 Q1060 180 1060 300 V760 H1010 V320 Q1010 230 940 210Z", hatch("ink"), MULTIPLY)
        + at(810, 216, rosette(40, STRAW, STRAW_2)) + box(782, 262, 56, 120, STRAW_2) + "".join(line(f"M782 {y} l56 16", CLAY_2, 6) for y in range(280, 370, 20))
        + box(690, 380, 240, 60, INK) + line("M838 330 Q1010 300 1170 380", INK, 20) + dot(1186, 388, 28, STRAW)
        + box(420, 520, 860, 44, INK) + box(420, 520, 860, 12, STRAW_2) + box(690, 470, 240, 50, PAPER_2) + "".join(box(706 + i * 36, 484, 22, 24, INK) for i in range(6))
        + flat("M1180 520 H1300 V690 Q1268 716 1240 690 T1180 690Z", PAPER) + "".join(box(1200, 566 + i * 24, 78 if i % 2 else 58, 8, BLUE) for i in range(4))
        + box(470, 564, 34, 196, DEEP) + box(1150, 564, 34, 196, DEEP) + box(520, 744, 580, 40, DEEP)
    )  # fmt: skip


def table() -> str:
    """A long table with lamps and a sewing machine, cloth folded at one end."""
    lamps = "".join(
        line(f"M{x} 0 V150", PAPER, 4) + flat(f"M{x - 250} 620 L{x - 60} 250 H{x + 60} L{x + 250} 620Z", STRAW, 'opacity=".28"')
        + flat(f"M{x - 92} 258 Q{x - 80} 150 {x} 146 Q{x + 80} 150 {x + 92} 258Z", RED) + oval(x, 258, 92, 14, STRAW)
        for x in (420, 800, 1180)
    )  # fmt: skip
    machine = (
        flat("M640 420 H900 Q950 420 950 470 V580 H880 V500 H740 Q700 500 700 540 V560 H660 V470 Q640 460 640 420Z", INK)
        + box(620, 580, 380, 40, INK) + dot(962, 470, 46, STRAW_2) + ring(962, 470, 46, INK, 10) + line("M680 560 V604", PAPER, 5)
        + box(760, 396, 34, 26, RED) + line("M777 396 C740 350 690 400 680 540", PAPER, 3) + at(820, 462, rosette(26, STRAW, STRAW_2))
    )  # fmt: skip
    folds = "".join(
        box(1120 + i * 6, 572 - i * 40, 250 - i * 12, 40, fill) for i, fill in enumerate((BLUE, PAPER, RED, STRAW_2))
    )
    return (
        box(0, 0, W, H, DEEP) + lamps + machine + folds + zigzag(1134, 536, 1350, 566, BLUE, 22)
        + flat("M250 620 L300 470 H560 L590 620Z", PAPER) + '<clipPath id="cloth"><path d="M250 620 L300 470 H560 L590 620Z"/></clipPath><g clip-path="url(#cloth)">' + rings(330, 520, 620, 640, 90).replace(PAPER, BLUE) + "</g>"
        + flat("M470 500 L540 540 L500 600 L430 560Z", RED) + "".join(line(f"M{472 + i * 16} {496 + i * 9} l-8 14", INK, 4) for i in range(5))
        + box(90, 620, 1420, 44, CLAY) + box(90, 650, 1420, 14, CLAY_2) + box(160, 664, 40, 240, CLAY_2) + box(1400, 664, 40, 240, CLAY_2) + box(0, 820, W, 80, INK)
    )  # fmt: skip


def seeds() -> str:
    """A cabinet of ninety-nine small drawers, one of them open with seeds and a label in it."""
    fills = (STRAW, STRAW_2, CLAY, STRAW, STRAW_2, STRAW)
    drawers = "".join(
        box(300 + i * 92, 90 + j * 72, 84, 64, fills[(i * 5 + j * 3) % 6]) + box(326 + i * 92, 104 + j * 72, 32, 14, PAPER) + dot(342 + i * 92, 136 + j * 72, 6, INK)
        for j in range(9)
        for i in range(11)
    )  # fmt: skip
    drawer = (
        flat("M840 450 H924 L960 560 H804Z", CLAY_2) + flat("M852 462 H912 L938 544 H826Z", INK)
        + "".join(oval(842 + (i * 37) % 84, 482 + (i * 23) % 58, 8, 5, (STRAW, PAPER, RED)[i % 3]) for i in range(14))
        + box(804, 560, 156, 92, RED) + box(848, 576, 68, 28, PAPER) + line("M858 590 h48", BLUE, 4) + dot(882, 626, 10, INK)
    )  # fmt: skip
    leaf = flat("M0 0 C-60 -40 -60 -120 0 -160 C60 -120 60 -40 0 0Z", BLUE) + line("M0 40 V-130", DEEP, 5)
    return (
        box(0, 0, W, H, PALE) + flat("M0 0 H260 L120 900 H0Z", PAPER, 'opacity=".6"') + box(0, 780, W, 120, INK) + box(268, 60, 1072, 720, CLAY_2)
        + box(284, 76, 1040, 676, CLAY) + drawers + box(1312, 60, 28, 720, hatch("ink"), MULTIPLY) + drawer
        + flat("M110 640 H220 L204 780 H126Z", RED) + at(165, 620, leaf) + at(150, 640, leaf, -38, 0.7) + at(182, 640, leaf, 38, 0.7)
        + flat("M1410 700 Q1470 660 1530 700 V780 H1410Z", STRAW) + line("M1424 704 Q1470 684 1516 704", CLAY_2, 6)
    )  # fmt: skip


def oven() -> str:
    """A domed bread oven with a fire in it, loaves on a peel before its mouth."""
    dome = "M420 700 V520 Q430 190 800 190 Q1170 190 1180 520 V700Z"
    bricks = "".join(
        line(f"M{x + (38 if j % 2 else 0)} {y} h52", PALE, 4)
        for j, y in enumerate(range(250, 700, 44))
        for x in range(400, 1200, 80)
    )
    return (
        box(0, 0, W, H, STRAW) + flat("M0 0 H520 L330 900 H0Z", PAPER, 'opacity=".45"') + box(1010, 60, 110, 240, PAPER_2) + box(1000, 44, 130, 30, INK) + line("M1066 34 C1030 14 1100 0 1066 -20", PALE, 18)
        + flat(dome, PAPER) + f'<clipPath id="dome"><path d="{dome}"/></clipPath><g clip-path="url(#dome)">{bricks}' + flat("M960 180 H1190 V710 H1010 C1060 560 1050 340 960 180Z", hatch("ink"), MULTIPLY) + "</g>"
        + flat("M620 700 V560 Q630 420 800 420 Q970 420 980 560 V700Z", INK) + flat("M654 700 V572 Q664 456 800 456 Q936 456 946 572 V700Z", RED)
        + flat("M690 700 C650 600 730 590 716 500 C790 560 800 640 770 700Z M800 700 C770 620 850 600 842 530 C910 590 910 650 880 700Z", STRAW)
        + box(360, 700, 880, 60, BLUE) + box(360, 700, 880, 60, hatch("ink"), MULTIPLY) + box(0, 760, W, 140, INK)
        + box(1190, 640, 400, 22, CLAY_2) + flat("M1010 628 H1200 V674 H1010 Q980 651 1010 628Z", CLAY) + at(1090, 606, loaf(), 0, 0.8)
        + at(180, 700, loaf(), 0, 1.1) + at(300, 716, loaf(), 8, 0.9) + box(80, 740, 300, 20, CLAY_2)
    )  # fmt: skip


ALL = {
    "dyehouse-wide": (dyehouse_wide, 2200, 1067, "Indigo cloths drying on a line above six wooden dye vats, a low red sun behind"),
    "campaign-kiln": (kiln, W, H, "A low brick kiln of three chambers with a tall chimney, split wood stacked beside it"),
    "campaign-tea-roof": (tea_roof, W, H, "A long open roof on posts over bamboo trays, a hill of tea behind it"),
    "campaign-press": (press, W, H, "An iron hand press with a sheet of paper hanging from its bed"),
    "campaign-table": (table, W, H, "A long table with lamps and a sewing machine, cloth folded at one end"),
    "campaign-seeds": (seeds, W, H, "A cabinet of small drawers, one of them open with seeds and a label in it"),
    "campaign-oven": (oven, W, H, "A domed bread oven with a fire in it, loaves beside its mouth"),
}  # fmt: skip
