"""Kiln & Kin: what is thrown and fired."""

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


def bowl_front() -> str:
    """The evening bowl from the front, about 380 wide."""
    return (
        flat("M-190 -92 C-186 40 -112 128 -58 140 H58 C112 128 186 40 190 -92 Z", CLAY)
        + flat(
            "M-190 -92 C-188 -6 -160 58 -124 98 C-96 70 -84 104 -60 84 C-34 62 -18 110 14 92 "
            "C44 74 60 108 92 82 C108 70 120 92 132 88 C166 46 188 -10 190 -92Z",
            BLUE,
        )
        + flat("M60 140 C130 110 186 40 190 -92 H120 C126 10 96 100 20 140Z", hatch("ink"), MULTIPLY)
        + oval(0, -92, 190, 40, DEEP)
        + oval(0, -88, 172, 30, INK)
        + flat("M-172 -88 A172 30 0 0 0 172 -88 A172 18 0 0 1 -172 -88", hatch("paper"), 'opacity=".35"')
        + flat("M-62 138 H62 L54 162 H-54Z", CLAY_2)
        + line("M-150 -40 C-146 0 -132 30 -118 52", PAPER, 7)
    )


def persimmon() -> str:
    """A fruit for company."""
    return (
        dot(0, 0, 58, RED)
        + flat("M0 -58 A58 58 0 0 1 0 58 A74 74 0 0 0 0 -58", hatch("ink"), MULTIPLY)
        + flat("M-30 -46 Q0 -66 30 -46 Q14 -36 8 -24 Q0 -36 -8 -24 Q-14 -38 -30 -46Z", INK)
        + line("M0 -52 V-70", INK, 6)
    )


def bowl_1() -> str:
    """On a table, with a persimmon."""
    return (
        ground(PAPER_2, STRAW, 820)
        + line("M0 820H960", INK, 3)
        + shadow(520, 952, 330, 46)
        + at(470, 700, bowl_front(), 0, 1.5)
        + at(800, 876, persimmon(), 8, 1.35)
        + shadow(830, 962, 90, 12)
    )


def bowl_2() -> str:
    """From above, with its measure."""
    return (
        ground(BLUE)
        + dot(500, 622, 330, DEEP)
        + dot(480, 600, 330, PAPER)
        + dot(480, 600, 300, STRAW)
        + dot(480, 600, 286, BLUE)
        + dot(480, 600, 286, hatch("paper"), 'opacity=".25"')
        + dot(480, 600, 170, DEEP)
        + dot(480, 600, 64, STRAW)
        + line("M270 470 A250 250 0 0 1 420 352", PAPER, 12)
        + line("M150 1010 H810 M150 990 V1030 M810 990 V1030", PAPER, 3)
    )


def bowl_3() -> str:
    """Three, stacked."""
    stack = "".join(at(480 + dx, y, bowl_front(), 0, 1.15) for y, dx in ((720, 0), (560, 10), (400, -6)))
    return ground(RED, INK, 900) + stack


def plate() -> str:
    """A dinner plate laid for one."""
    marks = "".join(at(480 + x, 600 + y, oval(0, 0, 9, 26, BLUE), i * 20) for i, (x, y) in enumerate(around(18, 252)))
    fork = "".join(line(f"M{x} 300 V430", INK, 7) for x in (64, 84, 104))
    return (
        ground(STRAW)
        + dot(512, 640, 316, hatch("ink"), MULTIPLY)
        + dot(480, 600, 316, PAPER)
        + ring(480, 600, 290, BLUE, 6)
        + marks
        + dot(480, 600, 206, PAPER_2)
        + dot(480, 600, 206, hatch("blue"), 'opacity=".18"')
        + at(480, 600, rosette(104))
        + line("M270 440 A266 266 0 0 1 380 352", PAPER_2, 10)
        + fork
        + line("M64 430 Q84 480 104 430 M84 460 V900", INK, 9)
        + flat("M868 300 C908 330 908 520 882 590 H868Z", INK)
        + line("M875 590 V900", INK, 11)
    )


def mug() -> str:
    """A straight mug, dipped red."""
    drip = "M300 470 H660 V640 C630 690 610 610 580 640 C548 672 534 720 498 690 C462 660 448 606 410 640 C372 676 346 700 300 650Z"
    return (
        ground(BLUE, STRAW, 880)
        + shadow(520, 982, 260, 30)
        + line("M652 560 C800 540 800 800 652 800", PAPER, 40)
        + line("M652 560 C800 540 800 800 652 800", hatch("ink"), 40, 'opacity=".35"')
        + flat("M300 470 H660 V920 Q660 976 600 976 H360 Q300 976 300 920Z", PAPER)
        + flat(drip, RED)
        + flat("M560 470 H660 V920 Q660 976 600 976 H540 Q580 760 560 470Z", hatch("ink"), MULTIPLY)
        + oval(480, 470, 180, 40, DEEP)
        + oval(480, 474, 158, 28, INK)
        + line("M336 560 V800", PAPER_2, 10)
        + line("M420 380 C390 330 450 300 420 250 M520 390 C490 330 560 300 524 230", PAPER, 7, 'opacity=".8"')
    )


def teapot() -> str:
    """A side-handled pot with a bamboo bow."""
    return (
        ground(PAPER_2, RED, 860)
        + shadow(500, 980, 300, 34)
        + line("M276 560 C260 250 700 250 684 560", CLAY_2, 20)
        + line("M276 560 C260 250 700 250 684 560", STRAW, 6, 'stroke-dasharray="22 16"')
        + flat("M690 620 C800 610 790 500 872 470 L890 500 C850 560 850 740 690 800Z", DEEP)
        + flat("M220 740 C220 600 330 540 480 540 C630 540 740 600 740 740 C740 880 640 980 560 984 H400 C320 980 220 880 220 740Z", BLUE)
        + flat("M600 556 C690 590 740 650 740 740 C740 880 640 980 560 984 H470 C640 900 660 690 600 556Z", hatch("ink"), MULTIPLY)
        + oval(480, 548, 150, 34, DEEP)
        + flat("M350 540 C380 480 580 480 610 540 A150 30 0 0 1 350 540Z", BLUE)
        + dot(480, 482, 26, RED)
        + line("M270 700 C276 660 300 630 330 610", PAPER, 11)
        + at(440, 770, rosette(88, STRAW, STRAW_2))
    )  # fmt: skip


def vase() -> str:
    """A tall vase with a branch."""
    leaves = "".join(
        at(x, y, flat("M0 0 Q40 -34 88 0 Q40 30 0 0Z", BLUE) + line("M6 0H76", PALE, 2.5), turn)
        for x, y, turn in ((470, 400, -150), (500, 330, -30), (455, 250, -160), (480, 190, -20), (430, 120, -120), (600, 300, -60), (640, 230, 10))
    )  # fmt: skip
    berries = "".join(dot(x, y, 15, STRAW) for x, y in ((560, 210), (590, 170), (380, 180), (668, 160), (540, 110)))
    bands = "".join(box(330, y, 320, h, BLUE) for y, h in ((640, 12), (664, 34), (712, 12), (860, 10)))
    body = "M430 470 H530 C520 560 650 620 650 780 C650 920 580 990 540 1000 H420 C380 990 310 920 310 780 C310 620 440 560 430 470Z"
    return (
        ground(RED, INK, 900)
        + line("M478 480 C490 360 420 260 440 90 M480 400 C520 330 600 320 650 190", INK, 9)
        + leaves
        + berries
        + f'<clipPath id="body"><path d="{body}"/></clipPath>'
        + flat(body, STRAW)
        + f'<g clip-path="url(#body)">{bands}{flat("M560 470 C560 600 700 700 560 1010 H700 V470Z", hatch("ink"), MULTIPLY)}</g>'
        + oval(480, 470, 50, 12, STRAW_2)
        + line("M352 760 C352 700 376 660 400 630", PAPER, 10)
    )


def jug() -> str:
    """A milk jug with one stroke of the brush."""
    return (
        ground(STRAW, BLUE, 880)
        + shadow(500, 990, 240, 28)
        + line("M640 520 C800 500 800 800 640 820", PAPER_2, 36)
        + flat("M330 420 L420 440 H620 C660 560 700 640 690 780 C684 900 640 980 600 988 H380 C330 980 290 900 290 780 C290 660 370 580 376 480Z", PAPER)
        + flat("M560 440 H620 C660 560 700 640 690 780 C684 900 640 980 600 988 H520 C620 860 600 620 560 440Z", hatch("ink"), MULTIPLY)
        + flat("M330 420 L376 484 C440 500 580 494 622 446 L620 440 C560 460 480 464 420 440Z", DEEP)
        + line("M370 740 C430 640 480 860 560 700", BLUE, 34)
        + line("M396 850 C440 820 500 880 560 840", BLUE, 16)
    )  # fmt: skip


def jar() -> str:
    """A lidded jar for salt or rice."""
    rows = "".join(
        dot(300 + x, y, 10, PAPER) for j, y in enumerate((640, 690, 740)) for x in range(30 + 24 * (j % 2), 360, 48)
    )
    return (
        ground(DEEP, PAPER_2, 900)
        + shadow(520, 1000, 250, 28)
        + flat("M270 560 C250 700 270 960 340 1000 H620 C690 960 710 700 690 560Z", CLAY)
        + rows
        + flat("M600 560 H690 C710 700 690 960 620 1000 H540 C620 900 630 700 600 560Z", hatch("ink"), MULTIPLY)
        + oval(480, 560, 210, 44, CLAY_2)
        + flat("M270 540 C290 440 670 440 690 540 A210 44 0 0 1 270 540Z", RED)
        + flat("M590 470 C640 484 680 500 690 540 A210 44 0 0 1 560 582 C600 540 606 500 590 470Z", hatch("ink"), MULTIPLY)
        + dot(480, 440, 34, INK)
        + line("M330 520 C350 492 390 478 420 474", PAPER, 8)
        + box(330, 800, 150, 110, PAPER)
        + line("M352 836 H456 M352 872 H430", BLUE, 6)
    )  # fmt: skip


ALL = {
    "bowl-1": (bowl_1, "A blue glazed bowl on a straw-coloured table, a persimmon beside it"),
    "bowl-2": (bowl_2, "The bowl from above, a straw ring round deep blue"),
    "bowl-3": (bowl_3, "Three blue bowls stacked on a dark table against red"),
    "plate": (plate, "A white dinner plate with a blue rim, knife and fork beside it"),
    "mug": (mug, "A white mug dipped in red, steaming, against blue"),
    "teapot": (teapot, "A round blue teapot with a bamboo handle"),
    "vase": (vase, "A straw-coloured vase with blue bands and a branch with leaves"),
    "jug": (jug, "A white jug with one blue stroke of the brush"),
    "jar": (jar, "A clay jar with a red lid and a paper label"),
}
