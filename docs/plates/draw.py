"""Draws every plate of static/plates anew and writes index.json: python docs/plates/draw.py"""

from __future__ import annotations

import json
from pathlib import Path

import campaigns
import cloth
import paper
import people
import pots
import scenes
import spots
import tea
from ink import PAPER, RED, STRAW, at, ring, rosette, sheet

OUT = Path(__file__).resolve().parents[2] / "static" / "plates"


def main() -> None:
    """Write all drawings; the same code gives the same bytes."""
    index: dict[str, tuple[int, int, str]] = {}

    def put(name: str, width: int, height: int, body: str, alt: str = "") -> None:
        (OUT / f"{name}.svg").write_text(sheet(width, height, body), "utf-8")
        index[name] = (width, height, alt)

    for maker in (pots, tea, cloth, paper):
        for name, (draw, alt) in maker.ALL.items():
            put(name, 960, 1200, draw(), alt)
    for name, (scene, width, height, alt) in {**scenes.ALL, **campaigns.ALL}.items():
        put(name, width, height, scene(), alt)
    for number, features in enumerate(people.FACES, 1):
        put(f"face-{number:02d}", 200, 200, people.face(*features), "A drawn face")
    for name, thing in spots.ALL.items():
        put(f"spot-{name}", 240, 240, at(120, 120, thing()), (thing.__doc__ or "").rstrip("."))
    light = ring(0, 0, 106, PAPER, 4, 'stroke-dasharray="3 12" stroke-linecap="round"') + ring(0, 0, 78, PAPER, 2.5)
    put("spot-place-light", 240, 240, at(120, 120, light + rosette(62, STRAW, RED)))
    (OUT / "mark.svg").write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-50 -50 100 100">{rosette(50)}</svg>\n', "utf-8"
    )
    (OUT / "index.json").write_text(json.dumps(index, indent=0, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
