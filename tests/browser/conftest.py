"""Real Chromium against a whole site: web server, worker and the sandbox on another port, all with the demo inside."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.site import Site, chromium, seeded

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
]
REFUSED = re.compile("status of 4[0-9][0-9]")  # the browser's note of a page that said no, as it should
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The seeded demo, served until the end of the run."""
    if chromium() is None:
        pytest.skip("no Chromium on this machine (apt install chromium, or CHROMIUM=/path/to/it)")
    made = Site(tmp_path_factory.mktemp("site"), sandbox_apart=True)
    seeded(tmp_path_factory, made.folder)
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="session")
def browser(site: Site) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield launched
        launched.close()


class Person:
    """Somebody at a phone of their own; notes every console error and every request to a host that is not ours."""

    def __init__(self, site: Site, context: BrowserContext) -> None:
        self.site = site
        self.page: Page = context.new_page()
        self.complaints: list[str] = []
        hosts = (site.url, site.sandbox_url, "data:", "about:")
        self.page.on(
            "console",
            lambda m: self.complaints.append(m.text) if m.type == "error" and not REFUSED.search(m.text) else None,
        )
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda r: None if r.url.startswith(hosts) else self.complaints.append(r.url))

    def go(self, path: str) -> Person:
        """Open an address of the site."""
        self.page.goto(f"{self.site.url}{path}")
        return self

    def click(self, name: str, role: Any = "button") -> Person:
        """Press the button (or follow the link) of this name in the page's main part."""
        self.page.locator("main").get_by_role(role, name=name, exact=True).first.click()
        return self

    def write(self, **values: str) -> Person:
        """Fill fields by their names."""
        for name, value in values.items():
            field = self.page.locator(f"main [name={name}]").first
            if field.evaluate("e => e.tagName") == "SELECT":
                field.select_option(value)
            else:
                field.fill(value)
        return self

    def choose(self, name: str, text: str) -> Person:
        """Choose the option of a list whose words hold this text."""
        field = self.page.locator(f"main select[name={name}]").first
        field.select_option(field.locator("option", has_text=text).first.get_attribute("value"))
        return self

    def sees(self, text: str | re.Pattern[str]) -> Person:
        """Wait until a text stands on the page."""
        expect(self.page.locator("body")).to_contain_text(text, timeout=15_000)
        return self

    def until(self, path: str, text: str, tries: int = 40) -> Person:
        """Load a page again and again until a text stands there: the worker needs a moment."""
        for _ in range(tries):
            self.go(path)
            if text in self.page.locator("body").inner_text():
                return self
            self.page.wait_for_timeout(250)
        raise AssertionError(f"{path} never said {text!r}, but: {self.page.locator('main').inner_text()[:1500]}")

    def sign_in(self, name: str) -> Person:
        """Sign in as one of the demo's people."""
        self.go("/sign-in").write(email=f"{name}@ninefold.test", password="ninefold-demo").click("Sign in")
        expect(self.page).not_to_have_url(re.compile("/sign-in"))
        return self


@pytest.fixture
def someone(site: Site, browser: Browser) -> Iterator[Callable[..., Person]]:
    """`someone("ann")` is ann at her own phone, signed in; `someone()` is a stranger. Their consoles stay quiet."""
    contexts: list[BrowserContext] = []
    people: list[Person] = []

    def arrive(name: str | None = None, **options: Any) -> Person:
        context = browser.new_context(viewport=PHONE, **options)
        context.set_default_timeout(15_000)
        contexts.append(context)
        person = Person(site, context)
        people.append(person)
        return person.sign_in(name) if name else person

    yield arrive
    for context in contexts:
        context.close()
    complaints = [complaint for person in people for complaint in person.complaints]
    assert not complaints
