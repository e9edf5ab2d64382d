"""The last unit: the second buyer is told, an unpaid order lets go of it, and then it is the second buyer's."""

from __future__ import annotations

import re

import pytest

from tests.browser.conftest import Person
from tests.browser.test_main_job import People
from tests.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.slow]
KIND = "Moon white"


def test_the_last_one_is_sold_once_and_comes_back_when_it_is_not_paid(site: Site, someone: People) -> None:
    one_more_kind(someone("dee"))
    ann, bea = someone("ann"), someone("bea")
    for buyer in (ann, bea):
        buyer.go("/shop/products/evening-bowl").page.get_by_label(re.compile(KIND)).check()
        buyer.click("Put in the cart")
    places(ann)
    ann.page.wait_for_url(re.compile(re.escape(site.sandbox_url)))  # and there she leaves it
    places(bea)
    bea.sees("Evening bowl").sees(re.compile("gone|sold out|none left|left", re.IGNORECASE))
    assert bea.page.url.startswith(site.url)
    site.flask("demo", "advance", "33m")
    ann.go("/shop/orders").sees("Expired")
    places(bea)
    bea.page.wait_for_url(re.compile(re.escape(site.sandbox_url)))
    bea.page.locator("button[value='4242424242424242']").click()
    bea.page.wait_for_url(re.compile(re.escape(site.url)))
    bea.until(bea.page.url.removeprefix(site.url).partition("?")[0], "Paid")
    assert "BROKEN" not in site.flask("verify")


def one_more_kind(dee: Person) -> None:
    dee.go("/desk/products").page.get_by_role("link", name="Evening bowl").first.click()
    form = dee.page.locator("main form[action$='/variants']")
    dee.page.locator("details:has(form[action$='/variants']) > summary").click()
    form.locator("[name=kind]").fill(KIND)
    form.locator("[name=price]").fill("48.00")
    form.locator("[name=initial]").fill("1")
    form.get_by_role("button").click()
    dee.sees(KIND)


def places(buyer: Person) -> None:
    buyer.go("/shop/checkout").write(
        recipient="A Buyer", street="Rua 1", postcode="4050-265", town="Porto", country="PT"
    )
    buyer.page.locator("main .receipt button[type=submit]").click()
    buyer.page.wait_for_load_state()
