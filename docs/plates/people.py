"""Drawn faces, for the demo and for those who choose a sign: four skins of hair, glass and cloth in turn."""

# ruff: noqa: E501 - the strokes of a shape are read as one line
from __future__ import annotations

import math

from ink import BLUE, DEEP, INK, PALE, PAPER, PAPER_2, RED, STRAW, box, dot, flat, hatch, line, ring

SKIN = {"a": "#8a5a3c", "b": "#c98f68", "c": "#e3b48d", "d": "#f0cfae", "e": "#7b4c36", "f": "#d8a477"}
ROSE, BROWN, AUBURN, GREY, PLUM = "#e9b29f", "#7a4a2a", "#5a2f1c", "#b9b4ad", "#2b2130"
CHEST = "M18 200 C22 160 60 150 84 146 Q100 160 116 146 C140 150 178 160 182 200Z"
HAIR = {
    "bob": (
        "M46 112 C36 40 76 22 100 22 C126 22 164 40 154 112 C150 126 136 130 130 126 H70 C62 130 50 126 46 112Z",
        "M62 84 C62 46 96 40 112 46 C136 52 140 70 139 86 C126 76 116 66 108 58 C100 72 80 80 62 84Z",
    ),
    "bun": (
        "M76 26 A24 24 0 1 1 124 26 A24 24 0 1 1 76 26Z M58 92 C52 46 80 34 100 34 C122 34 148 48 142 92Z",
        "M62 84 C64 54 84 46 100 50 C118 46 138 56 138 84 C132 66 114 58 100 58 C86 58 70 66 62 84Z",
    ),
    "long": (
        "M48 170 C38 110 44 26 100 26 C158 26 162 110 152 170 Z",
        "M61 90 C60 50 88 44 98 46 C94 66 78 78 61 90Z M139 90 C140 50 112 44 96 46 C104 66 122 80 139 90Z",
    ),
    "crop": (
        "M58 88 C52 42 80 30 102 30 C130 30 148 50 142 88Z",
        "M61 82 C60 60 74 54 86 56 C100 60 122 54 134 60 C140 66 139 76 139 84 C142 50 126 38 100 38 C72 38 58 54 61 82Z",
    ),
    "side": (
        "M52 120 C44 44 76 26 100 28 C132 26 152 52 146 96 L138 92 H62 L60 122Z",
        "M61 88 C62 52 84 42 96 46 C126 44 140 60 139 82 C128 70 108 62 90 58 C84 72 74 82 61 88Z",
    ),
    "scarf": (
        "M44 180 C38 90 52 26 100 26 C150 26 162 90 156 180Z M60 150 C60 190 140 190 140 150 L150 200 H50Z",
        "M60 98 C54 48 80 42 100 42 C120 42 146 48 140 98 C140 60 122 54 100 54 C78 54 60 62 60 98Z",
    ),
    "wave": (
        "M54 108 C44 48 78 28 100 30 C126 28 156 50 146 108 C140 112 138 108 138 100 H62 C62 108 58 112 54 108Z",
        "M62 82 C66 50 96 46 104 50 C92 62 78 74 62 82Z M138 84 C138 62 120 50 104 50 C112 66 126 78 138 84Z",
    ),
    "cap": (
        "M56 82 C54 40 80 28 100 28 C122 28 148 40 144 82Z",
        "M57 76 C56 52 80 40 100 40 C122 40 144 52 143 76 C120 68 80 68 57 76Z M128 70 Q164 70 170 84 Q146 84 128 80Z",
    ),
    "bald": ("", ""),
    "curl": ("", ""),
}
# ground, skin, hair, its colour, cloth; then g: glasses, e: ear rings, s: stripes, b: beard
FACES = (
    (STRAW, "a", "curl", INK, BLUE, "e"), (PAPER_2, "d", "crop", BROWN, DEEP, "gb"), (PALE, "c", "bob", INK, RED, ""),
    (PAPER_2, "b", "long", INK, BLUE, "es"), (ROSE, "e", "bun", INK, STRAW, "e"), (STRAW, "f", "scarf", BLUE, DEEP, ""),
    (PALE, "d", "wave", GREY, RED, "g"), (PAPER_2, "c", "bald", INK, RED, "s"), (STRAW, "b", "bob", AUBURN, INK, "g"),
    (PALE, "a", "crop", INK, STRAW, "b"), (ROSE, "d", "bun", BROWN, DEEP, "g"), (PAPER_2, "c", "long", PLUM, RED, ""),
    (PALE, "e", "cap", RED, BLUE, ""), (STRAW, "d", "side", AUBURN, BLUE, "s"), (ROSE, "f", "crop", INK, DEEP, ""),
    (PAPER_2, "a", "scarf", RED, INK, ""), (PALE, "b", "curl", AUBURN, STRAW, "g"), (STRAW, "c", "wave", INK, RED, "e"),
    (PAPER_2, "e", "bald", INK, BLUE, "bs"), (ROSE, "c", "side", INK, BLUE, "g"), (PALE, "d", "long", AUBURN, INK, "e"),
    (STRAW, "e", "crop", INK, RED, "g"), (PAPER_2, "f", "bun", PLUM, BLUE, "s"), (ROSE, "a", "bob", INK, DEEP, "e"),
    (PALE, "f", "bald", GREY, STRAW, "gb"), (PAPER_2, "b", "cap", BLUE, RED, "b"), (STRAW, "d", "curl", GREY, DEEP, "g"),
    (ROSE, "e", "wave", GREY, BLUE, ""), (PALE, "c", "crop", PLUM, DEEP, "s"), (PAPER_2, "a", "long", INK, STRAW, "e"),
    (STRAW, "f", "side", INK, RED, "b"), (ROSE, "b", "scarf", STRAW, BLUE, ""), (PALE, "e", "bob", PLUM, RED, "gs"),
    (PAPER_2, "d", "cap", INK, BLUE, "g"), (STRAW, "b", "bun", INK, INK, "e"), (ROSE, "c", "curl", BROWN, BLUE, ""),
)  # fmt: skip


def _curls(hair: str) -> tuple[str, str]:
    round_ = [math.radians(q) for q in range(150, 400, 28)]
    back = "".join(dot(100 + 46 * math.cos(a), 76 + 44 * math.sin(a), 23, hair) for a in round_) + dot(
        100, 62, 42, hair
    )
    front = "".join(dot(x, y, 13, hair) for x, y in ((70, 58), (88, 50), (108, 49), (128, 57)))
    return back, front


def face(wall: str, skin: str, cut: str, hair: str, cloth: str, marks: str) -> str:
    """One person, 200 by 200."""
    tone, beard = SKIN[skin], "b" in marks
    back, front = _curls(hair) if cut == "curl" else (flat(d, hair) if d else "" for d in HAIR[cut])
    parts = [
        box(0, 0, 200, 200, wall), back, flat("M84 120 H116 V152 H84Z", tone),
        flat("M84 132 Q100 148 116 132 V142 Q100 156 84 142Z", INK, 'opacity=".28"'), flat(CHEST, cloth),
        flat("M66 128 C70 160 130 160 134 128 L152 200 H48Z", hair) if cut == "scarf" else "",
        flat("M62 84 C62 52 78 46 100 46 C122 46 138 52 138 84 C138 118 120 138 100 138 C80 138 62 118 62 84Z", tone),
        flat("M100 46 C122 46 138 52 138 84 C138 118 120 138 100 138 C116 120 120 90 112 46Z", INK, 'opacity=".10"'),
        flat("M62 92 C64 128 82 144 100 144 C118 144 136 128 138 92 C130 108 118 104 100 104 C82 104 70 108 62 92Z", INK if cut == "cap" else hair) if beard else "",
        front, dot(84, 88, 3.6, INK), dot(116, 88, 3.6, INK),
        line("M77 78 Q84 74 91 77 M109 77 Q116 74 123 78", INK, 3), line("M100 88 Q95 102 99 105 H104", INK, 2.6),
        line("M89 118 Q100 126 111 118", PAPER if beard else INK, 3.2),
        ring(84, 88, 12, INK) + ring(116, 88, 12, INK) + line("M96 88H104", INK, 3) if "g" in marks else "",
        dot(60, 108, 5, STRAW if wall != STRAW else RED) + dot(140, 108, 5, STRAW if wall != STRAW else RED) if "e" in marks else "",
        flat(CHEST, hatch("paper"), 'opacity=".6"') if "s" in marks else "",
    ]  # fmt: skip
    return "".join(parts)
