"""Everything works without JavaScript: writing, liking, answering, filling a cart and paying at Stripe's page."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.browser.conftest import Person

pytestmark = [pytest.mark.browser, pytest.mark.slow]
People = Callable[..., Person]
READ = (
    "The chapter says that a tool teaches when it resists. I wrote down each place where the thread caught, and "
    "on Monday I will file the needle before I begin the next one. "
)


def test_a_member_takes_part_without_scripts(someone: People) -> None:
    ben = someone("ben", java_script_enabled=False)
    ben.go("/cells/harbour/check-ins").write(source_title="The Craftsman", text="Too short.").click("Check in")
    ben.sees("140").write(text=READ).click("Check in")
    ben.go("/").sees("the thread caught")
    story = ben.page.locator("article.story", has=ben.page.locator("form[action$='/likes']")).first
    before = story.locator("form[action$='/likes'] button").inner_text()
    story.locator("form[action$='/likes'] button").click()
    assert ben.page.locator("article.story form[action$='/likes'] button").first.inner_text() != before
    ben.page.locator("article.story:not(:has-text('Ben Castillo')) a[href$='#comments']").first.click()
    ben.write(body="I tried the same last month, and the second try held.").click("Send")
    ben.sees("the second try held")


def test_a_member_buys_without_scripts(someone: People) -> None:
    ann = someone("ann", java_script_enabled=False)
    for slug in ("harbour-mug", "letter-cards"):
        ann.go(f"/shop/products/{slug}").click("Put in the cart")
    ann.go("/shop/cart").click("To the checkout", "link")
    ann.write(
        recipient="Ann Okafor", street="Mill Lane 9", town="Porto", postcode="4050-265", country="PT", points="20"
    )
    ann.click("Work out the sum").sees("20 points")
    assert ann.page.locator("main [name=street]").input_value() == "Mill Lane 9"
    ann.page.locator("main .receipt button[type=submit]").click()
    ann.page.wait_for_url(re.compile(re.escape(ann.site.sandbox_url)))
    ann.page.locator("button[value='4242424242424242']").click()
    ann.page.wait_for_url(re.compile(re.escape(ann.site.url)))
    ann.until(ann.page.url.removeprefix(ann.site.url).partition("?")[0], "Paid")
