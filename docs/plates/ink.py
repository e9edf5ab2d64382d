"""Two inks on paper: the colours, the hatchings and the strokes that every drawing is made of."""

from __future__ import annotations

import math
import re

PAPER, PAPER_2, BLUE, DEEP, RED, STRAW, STRAW_2, INK, CLAY, CLAY_2, PALE = (
    "#f6f1e6",
    "#eae2d0",
    "#3349a6",
    "#25347c",
    "#d4492c",
    "#e6c982",
    "#c9a65c",
    "#1b2340",
    "#bd8a55",
    "#8f6238",
    "#c3cae6",
)
MULTIPLY = 'class="m"'  # overprint: where plates meet they darken
HATCHES = {
    "blue": (6, 35, f'<rect width="1.7" height="6" fill="{BLUE}"/>'),
    "ink": (5, 35, f'<rect width="1.5" height="5" fill="{INK}"/>'),
    "red": (6, -35, f'<rect width="1.8" height="6" fill="{RED}"/>'),
    "paper": (7, 35, f'<rect width="1.8" height="7" fill="{PAPER}"/>'),
    "dots": (9, 20, f'<circle cx="4" cy="4" r="1.5" fill="{BLUE}"/>'),
}
STYLE = "<style>.m{mix-blend-mode:multiply}.l{fill:none;stroke-linecap:round;stroke-linejoin:round}</style>"


def hatch(name: str) -> str:
    """A hatching as a fill."""
    return f"url(#{name})"


def sheet(width: int, height: int, body: str) -> str:
    """A whole drawing, holding only the hatchings that it uses."""
    used = "".join(
        f'<pattern id="{name}" width="{step}" height="{step}" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate({turn})">{mark}</pattern>'
        for name, (step, turn, mark) in HATCHES.items()
        if f"url(#{name})" in body
    )
    style = STYLE if 'class="' in body else ""
    body = re.sub(r" +/>", "/>", body)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">'
        f"{f'<defs>{used}</defs>' if used else ''}{style}{body}</svg>\n"
    )


def at(x: float, y: float, body: str, turn: float = 0, scale: float = 1) -> str:
    """A part, put in its place."""
    return f'<g transform="translate({x:g} {y:g}) rotate({turn:g}) scale({scale:g})">{body}</g>'


def dot(x: float, y: float, r: float, fill: str, more: str = "") -> str:
    """A disc."""
    return f'<circle cx="{x:.4g}" cy="{y:.4g}" r="{r:.4g}" fill="{fill}" {more}/>'


def oval(x: float, y: float, a: float, b: float, fill: str, more: str = "") -> str:
    """An ellipse."""
    return f'<ellipse cx="{x:.4g}" cy="{y:.4g}" rx="{a:.4g}" ry="{b:.4g}" fill="{fill}" {more}/>'


def flat(d: str, fill: str, more: str = "") -> str:
    """A flat shape."""
    return f'<path d="{d}" fill="{fill}" {more}/>'


def line(d: str, stroke: str = INK, width: float = 3, more: str = "") -> str:
    """A stroke with round ends."""
    return f'<path class="l" d="{d}" stroke="{stroke}" stroke-width="{width:g}" {more}/>'


def box(x: float, y: float, w: float, h: float, fill: str, more: str = "") -> str:
    """A rectangle."""
    return f'<rect x="{x:.4g}" y="{y:.4g}" width="{w:.4g}" height="{h:.4g}" fill="{fill}" {more}/>'


def ring(x: float, y: float, r: float, stroke: str, width: float = 3, more: str = "") -> str:
    """A circle's line."""
    return dot(x, y, r, "none", f'stroke="{stroke}" stroke-width="{width:g}" {more}')


def rosette(radius: float, light: str = BLUE, dark: str = DEEP) -> str:
    """Nine petals: the mark."""
    r = radius
    petal = (
        flat(f"M0 {-r * 0.22:.1f} L{r * 0.2:.1f} {-r * 0.66:.1f} L0 {-r:g} Z", light)
        + flat(f"M0 {-r * 0.22:.1f} L{-r * 0.2:.1f} {-r * 0.66:.1f} L0 {-r:g} Z", dark)
    )  # fmt: skip
    return "".join(f'<g transform="rotate({i * 40})">{petal}</g>' for i in range(9))


def around(count: int, radius: float, start: float = -90) -> list[tuple[float, float]]:
    """Points on a circle."""
    turns = [math.radians(start + i * 360 / count) for i in range(count)]
    return [(radius * math.cos(a), radius * math.sin(a)) for a in turns]


def ground(fill: str, table: str = "", edge: int = 860, light: bool = True) -> str:
    """A plain ground of 960 by 1200, a table before it, and light from a window."""
    wall = box(0, 0, 960, 1200, fill)
    if light and fill in (PAPER, PAPER_2):
        wall += flat(f"M250 0 H600 L420 {edge} H70Z", PAPER if fill == PAPER_2 else PAPER_2, 'opacity=".75"')
    return wall + (box(0, edge, 960, 1200 - edge, table) if table else "")


def shadow(x: float, y: float, a: float, b: float = 30) -> str:
    """What a thing throws on the table."""
    return oval(x, y, a, b, hatch("ink"), MULTIPLY)
