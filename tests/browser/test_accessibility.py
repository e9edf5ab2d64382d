"""WCAG 2.2 A and AA by axe-core on every page template, in the narrowest window and, in the soak, in every other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Person
from tests.pages import WALKS, walked

pytestmark = [pytest.mark.browser, pytest.mark.slow]
People = Callable[..., Person]
AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
NARROWEST = 320
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]
RUN = "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})"


@pytest.mark.parametrize("who", WALKS, ids=lambda who: who or "visitor")
def test_every_page_is_accessible_on_the_narrowest_phone(someone: People, who: str) -> None:
    walk(someone, who, NARROWEST, "light")


@pytest.mark.soak
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 768, 1280])
@pytest.mark.parametrize("who", WALKS, ids=lambda who: who or "visitor")
def test_every_page_is_accessible_at_every_width_and_in_both_schemes(
    someone: People, who: str, width: int, scheme: str
) -> None:
    walk(someone, who, width, scheme)


def walk(someone: People, who: str, width: int, scheme: str) -> None:
    """Go through somebody's pages; nothing may be wrong, wider than the window, or said on the console."""
    if not AXE.exists():
        pytest.skip("axe-core is not installed (make test installs it)")
    person = someone(who or None, bypass_csp=True, color_scheme=scheme, reduced_motion="reduce")
    page = person.page
    page.set_viewport_size({"width": width, "height": 800})
    if who == "ann":
        person.go("/shop/products/evening-bowl").click("Put in the cart")

    def read(path: str) -> tuple[int, str]:
        answer = page.goto(f"{person.site.url}{path}")
        assert answer is not None
        return answer.status, page.content()

    offences = [f"{path}: {what}" for path, _html in walked(who, read) for what in wrong_with(page, width)]
    assert not offences, "\n".join(["", *offences])


def wrong_with(page: Page, width: int) -> list[str]:
    """What axe and the eye find wrong with a page as it stands."""
    page.evaluate(AXE.read_text())
    found = [named(violation) for violation in page.evaluate(RUN, TAGS)["violations"]]
    across = page.evaluate("document.documentElement.scrollWidth")
    return [*found, f"it is {across} px wide"] if across > width else found


def named(violation: dict[str, Any]) -> str:
    """A violation in one line."""
    node = violation["nodes"][0]
    return f"{violation['id']}, {len(violation['nodes'])} times: {node['html'][:160]} ({node['failureSummary'][:300]})"
