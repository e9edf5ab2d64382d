"""Dues in a real browser: cards that are declined, a bank that asks, the subscription, another card, stop and keep."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.browser.conftest import Person
from tests.site import Site, books_agree

pytestmark = [pytest.mark.browser, pytest.mark.slow]
DECLINED = {"4000000000000002": "was declined", "4000000000009995": "insufficient funds", "4000000000000069": "expired"}
ASKS, GOOD = "4000002500003155", "4242424242424242"


def test_a_member_subscribes_past_every_decline_and_stops_and_stays(site: Site, someone: Callable[..., Person]) -> None:
    ben = someone("ben")
    ben.go("/account/dues").click("Go on to Stripe")
    ben.page.wait_for_url(re.compile(re.escape(site.sandbox_url)))
    for card, why in DECLINED.items():
        press(ben, card)
        ben.sees("Not subscribed.").sees(re.compile(why))
    press(ben, ASKS)
    ben.sees("3-D Secure").page.locator("button[value=fail]").click()
    ben.sees("Not subscribed.")
    press(ben, ASKS)
    ben.sees("3-D Secure").page.locator("button[value=complete]").click()
    ben.page.wait_for_url(re.compile(re.escape(site.url)))
    ben.until("/account/dues", "What you have").click("Card and invoices at Stripe")
    ben.page.wait_for_url(re.compile(re.escape(site.sandbox_url)))
    press(ben, GOOD)
    ben.sees("The card ending in 4242 pays").click("Go back", role="link")
    ben.click("Stop")
    ben.page.locator("#stop-dues form button").click()
    ben.sees("Ends on").click("Keep my membership").sees("Next payment")
    assert "BROKEN" not in site.flask("verify")
    books_agree(site)


def press(person: Person, card: str) -> None:
    person.page.locator(f"button[value='{card}']").click()
