"""Small things seen from above: for empty pages, and as the signs that members may choose."""

# ruff: noqa: E501 - the strokes of a shape are read as one line
from __future__ import annotations

from ink import (
    BLUE,
    DEEP,
    INK,
    MULTIPLY,
    PAPER,
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

EDGE = f'stroke="{INK}" stroke-width="4"'
PEAR = "M-2 -66 C30 -60 22 -18 46 8 C74 42 48 88 4 88 C-42 88 -66 44 -40 8 C-18 -20 -30 -60 -2 -66Z"


def bowl() -> str:
    """A bowl."""
    return (
        dot(8, 12, 84, hatch("blue")) + dot(0, 0, 84, BLUE) + dot(0, 0, 70, PAPER) + dot(0, 0, 70, hatch("dots"))
        + dot(0, 0, 34, STRAW) + line("M-56 -30 A64 64 0 0 1 -10 -63", RED, 7)
    )  # fmt: skip


def book() -> str:
    """An open book."""
    rows = "".join(
        line(f"M-80 {y} Q-46 {y - 10} -16 {y - 2}", BLUE, 3.4)
        + line(f"M16 {y - 2} Q46 {y - 10} {80 if y < 30 else 50} {y}", BLUE, 3.4)
        for y in range(-34, 50, 16)
    )
    pages = "M-94 -62 Q-46 -78 0 -60 Q46 -78 94 -62 V64 Q46 48 0 66 Q-46 48 -94 64Z"
    return (
        flat("M-92 -58 H92 V70 H-92Z", hatch("blue"), 'transform="translate(8 10)"')
        + flat(pages, PAPER, EDGE + ' stroke-linejoin="round"')
        + line("M0 -60V66", INK, 4)
        + rows
        + flat("M52 -70 h18 v62 l-9 -10 l-9 10z", RED, MULTIPLY)
    )


def cup() -> str:
    """A cup of tea."""
    return (
        dot(8, 12, 78, hatch("blue")) + dot(0, 0, 78, PAPER, EDGE) + ring(0, 0, 64, BLUE)
        + flat("M38 -18 h34 a18 18 0 0 1 0 36 h-34z", INK) + flat("M46 -7 h24 a7 7 0 0 1 0 14 h-24z", PAPER)
        + dot(0, 0, 46, INK) + dot(0, 0, 39, RED) + line("M-24 -14 A28 28 0 0 1 2 -28", STRAW, 5)
    )  # fmt: skip


def scissors() -> str:
    """Scissors."""
    return (
        at(8, 10, line("M-16 6 L-48 88 M16 6 L48 88", BLUE, 4, 'opacity=".35"'))
        + flat("M-6 10 L30 -104 L14 6Z", INK) + flat("M6 10 L-30 -104 L-14 6Z", BLUE, MULTIPLY)
        + line("M8 8 Q24 34 30 52", INK, 11) + line("M-8 8 Q-24 34 -30 52", BLUE, 11)
        + oval(38, 74, 20, 28, "none", f'stroke="{INK}" stroke-width="11" transform="rotate(-16 38 74)"')
        + oval(-38, 74, 20, 28, "none", f'stroke="{BLUE}" stroke-width="11" transform="rotate(16 -38 74)"')
        + dot(0, 6, 5, PAPER)
    )  # fmt: skip


def spool() -> str:
    """A spool of red thread."""
    turns = "".join(line(f"M-48 {y} L32 {y - 9}", INK, 2.4, 'opacity=".55"') for y in range(-38, 54, 11))
    return (
        box(-44, -52, 100, 124, hatch("blue")) + box(-60, -74, 104, 22, STRAW, EDGE) + box(-60, 52, 104, 22, STRAW, EDGE)
        + box(-48, -52, 80, 104, RED) + turns + line("M32 40 C76 40 86 4 66 -14 S82 -70 106 -58", RED, 4.5)
    )  # fmt: skip


def loaf() -> str:
    """A loaf of bread."""
    cuts = "".join(
        flat(f"M{x} -34 Q{x + 22} -4 {x + 4} 30 Q{x + 2} -2 {x} -34", PAPER, f'stroke="{INK}" stroke-width="3"')
        for x in (-52, -14, 24)
    )
    return (
        oval(8, 12, 92, 56, hatch("blue")) + oval(0, 0, 92, 56, STRAW, EDGE)
        + flat("M-92 0 A92 56 0 0 0 92 0 A92 40 0 0 1 -92 0", STRAW_2, MULTIPLY) + cuts
    )  # fmt: skip


def letter() -> str:
    """A sealed letter."""
    seal = f'<g transform="translate(-2 16)">{rosette(15, PAPER, PAPER)}</g>'
    return (
        box(-72, -44, 156, 108, hatch("blue")) + box(-80, -54, 156, 108, PAPER, EDGE)
        + line("M-80 -54 L-2 14 L76 -54", INK, 4) + line("M-80 54 L-24 -4 M76 54 L20 -4", INK, 3) + dot(-2, 16, 21, RED) + seal
    )  # fmt: skip


def pear() -> str:
    """A pear."""
    return (
        flat(PEAR, hatch("blue"), 'transform="translate(8 8)"') + flat(PEAR, STRAW)
        + flat("M-2 -66 C30 -60 22 -18 46 8 C74 42 48 88 4 88 C40 60 30 30 14 2 C4 -18 8 -50 -2 -66Z", RED, MULTIPLY + ' opacity=".85"')
        + line("M-2 -66 Q-4 -86 8 -98", INK, 6) + flat("M6 -92 Q44 -124 78 -92 Q44 -70 6 -92Z", BLUE, MULTIPLY)
        + line("M8 -92 Q40 -98 72 -92", PAPER, 2.4)
    )  # fmt: skip


def place() -> str:
    """The free place."""
    return ring(0, 0, 84, RED, 4, 'stroke-dasharray="3 12" stroke-linecap="round"') + ring(0, 0, 58, RED)


def leaf() -> str:
    """A leaf."""
    shape = "M-70 70 C-90 -20 -20 -90 84 -84 C92 10 30 90 -70 70Z"
    veins = line("M-84 84 L70 -70 M-30 30 L-34 -28 M0 0 L-2 -54 M-30 30 L28 34 M0 0 L54 2", PAPER, 4)
    return flat(shape, hatch("blue"), 'transform="translate(8 10)"') + flat(shape, BLUE) + veins + dot(-84, 84, 7, RED)


def key() -> str:
    """A key."""
    return (
        ring(8, -38, 42, hatch("blue"), 20) + ring(0, -46, 42, INK, 20) + line("M0 -4 V92", INK, 18)
        + line("M4 62 H42 M4 88 H32", INK, 14) + dot(0, -46, 12, RED)
    )  # fmt: skip


def bell() -> str:
    """A bell."""
    shape = "M-62 50 C-48 20 -56 -70 0 -76 C56 -70 48 20 62 50Z"
    return (
        flat(shape, hatch("blue"), 'transform="translate(8 10)"') + dot(0, 62, 18, RED) + flat(shape, STRAW, EDGE)
        + flat("M20 -70 C56 -50 48 20 62 50 H24 C34 10 36 -40 20 -70Z", STRAW_2, MULTIPLY) + line("M-74 50 H74", INK, 9)
        + line("M0 -76 V-96", INK, 9)
    )  # fmt: skip


def kite() -> str:
    """A kite."""
    return (
        flat("M0 -92 L62 -14 L0 74 L-62 -14Z", hatch("blue"), 'transform="translate(8 10)"')
        + flat("M0 -92 L62 -14 H-62Z", RED) + flat("M-62 -14 H62 L0 74Z", BLUE) + flat("M0 -92 L62 -14 L0 74Z", DEEP, MULTIPLY + ' opacity=".4"')
        + line("M0 74 C-30 96 20 104 -8 118", INK, 4)
    )  # fmt: skip


def boat() -> str:
    """A boat."""
    return (
        line("M-96 78 Q-72 64 -48 78 T0 78 T48 78 T96 78", BLUE, 7) + flat("M-84 30 H84 L58 70 H-58Z", INK)
        + flat("M-6 20 V-92 L-70 20Z", RED) + flat("M10 20 V-70 L66 20Z", STRAW) + flat("M10 20 V-70 L66 20Z", hatch("ink"), MULTIPLY)
        + line("M2 30 V-100", INK, 6)
    )  # fmt: skip


def mountain() -> str:
    """Two hills and the sun."""
    return (
        dot(34, -46, 34, RED) + flat("M-100 74 L-30 -44 L24 40 L44 10 L100 74Z", BLUE)
        + flat("M-30 -44 L24 40 L44 74 H-4 Z", hatch("ink"), MULTIPLY) + flat("M-30 -44 L-6 -6 L-24 4 L-36 -8 L-50 -2Z", PAPER)
    )  # fmt: skip


ALL = {f.__name__: f for f in (bowl, book, cup, scissors, spool, loaf, letter, pear, place, leaf, key, bell, kite, boat, mountain)}  # fmt: skip
TABLE = (place, bowl, book, spool, loaf, letter, scissors, cup, pear)
