"""A campaign in a real browser: written, judged, backed, declined, mended with 3-D Secure, and settled to the cent."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.browser.conftest import Person
from tests.site import Site, books_agree

pytestmark = [pytest.mark.browser, pytest.mark.slow]
People = Callable[..., Person]
TITLE, SLUG = "Glaze from the river bank", "glaze-from-the-river-bank"
STORY = (
    "Clay, ash and the sand of a place: that is all a glaze has ever been. I would like to write down which place. " * 3
)
RISKS = "A dry spring leaves too little to dig. Then the glazes come in the autumn, and we say so in May at the latest."
CUP = "A cup as blue as that"
GOOD, ASKS, ALWAYS_ASKS = "4242424242424242", "4000002500003155", "4000002760003184"
DECLINED_LATER, EMPTY = "4000000000000341", "4000000000009995"


def test_a_campaign_is_written_backed_mended_and_settled(site: Site, someone: People) -> None:
    dee, bea, sol = someone("dee"), someone("bea"), someone("sol")
    desk = writes(site, dee)
    assert status(bea, desk) == 404, "another brand's admin"
    hands_in(dee, desk)
    approves(sol)
    path = f"/campaigns/{SLUG}"
    is_locked(someone("ben"), path)
    dee.go(path).sees("This is yours")
    assert status(dee, f"{path}/pledge") == 403
    ann = someone("ann")
    anns, beas, sols = backs(ann, path, DECLINED_LATER), backs(bea, path, ASKS), backs(sol, path, ALWAYS_ASKS)
    site.flask("demo", "advance", "2d")
    site.flask("demo", "advance", "3h")
    bea.until(beas, "Paid. Kiln")
    takes_another_card(ann, anns)
    confirms(sol, sols)
    dee.until(f"{desk}/settlement", "Funded").go(f"{desk}/backers").sees("Ann")
    with dee.page.expect_download() as download:
        dee.page.locator("main a[href$='.csv']").first.click()
    report = download.value.path().read_text()
    assert ",Ann," in report
    assert report.count(",Paid,") == 3
    assert status(bea, f"{desk}/backers.csv") == 404
    assert "BROKEN" not in site.flask("verify")
    books_agree(site)


def status(person: Person, path: str) -> int:
    answer = person.page.goto(f"{person.site.url}{path}")
    assert answer is not None
    return answer.status


def writes(site: Site, dee: Person) -> str:
    """The draft keeps itself; a look at the page shows what members will see."""
    dee.go("/desk/campaigns/new").write(title=TITLE).click("Begin the draft")
    dee.page.wait_for_url(re.compile(r"/desk/campaigns/\d+"))
    desk = dee.page.url.removeprefix(site.url).partition("?")[0].partition("#")[0]
    dee.write(dek="Twelve glazes, one a month, each from what the bank was made of.", story=STORY)
    dee.page.locator("[data-said]").filter(has_text=re.compile("Saved")).wait_for(timeout=15_000)
    ends = site.now() + timedelta(days=2)
    dee.go(desk)
    assert dee.page.locator("main [name=story]").input_value().strip() == STORY.strip()
    dee.write(risks=RISKS, plate="bowl-2", alt="A bowl from above", goal="80.00", what_0="A year of walking")
    dee.write(cost_0="80", ends_at=local(dee, ends), visibility="members")
    dee.click("Save")
    reward = dee.page.locator("form[action$='/rewards']").first
    reward.locator("[name=title]").fill(CUP)
    reward.locator("[name=price]").fill("40")
    reward.locator("[name=places]").fill("3")
    reward.locator("[name=estimated_on]").fill(f"{ends + timedelta(days=90):%Y-%m}")
    reward.locator("button[type=submit]").click()
    dee.sees(CUP)
    dee.go(f"{desk}/preview").sees(TITLE).sees("nobody else sees")
    return desk


def local(dee: Person, at: datetime) -> str:
    """An instant as the editor wants it typed, in the zone that it names."""
    zone = re.search(r"clocks show it in ([A-Z]\w+/\w+|UTC)", dee.page.locator("main").inner_text())
    assert zone, "the editor names the zone of its times"
    return f"{at.astimezone(ZoneInfo(zone.group(1))):%Y-%m-%dT%H:%M}"


def hands_in(dee: Person, desk: str) -> None:
    dee.go(desk).click("Hand it in").sees("without interest")


def approves(sol: Person) -> None:
    sol.go("/desk/campaigns/reviews").click(TITLE, "link").sees("Read the whole page first").click("Approve")


def is_locked(ben: Person, path: str) -> None:
    ben.until(path, TITLE).sees("more check-in")
    assert status(ben, f"{path}/pledge") == 403


def backs(person: Person, path: str, card: str) -> str:
    """Pledges for the cup and saves a card; the pledge's own page."""
    person.go(f"{path}/pledge")
    person.page.get_by_label(re.compile("A cup")).first.check()
    person.page.locator("main [name=amount]").fill("30")
    person.click("Save my card with Stripe").sees("to put right")
    person.page.locator("main [name=amount]").fill("40")
    person.click("Save my card with Stripe")
    pays(person, card)
    own = person.page.url.removeprefix(person.site.url).partition("?")[0]
    person.until(own, "Pledged")
    return own


def pays(person: Person, card: str) -> None:
    """Chooses a card at Stripe, says yes to the bank if it asks, and comes back."""
    person.page.wait_for_url(re.compile(re.escape(person.site.sandbox_url)))
    person.page.locator(f"button[value='{card}']").click()
    if card in (ASKS, ALWAYS_ASKS):
        person.sees("3-D Secure").page.locator("button[value=complete]").click()
    person.page.wait_for_url(re.compile(re.escape(person.site.url)))


def takes_another_card(ann: Person, own: str) -> None:
    """The saved card was refused: one without money is refused, too, and another one pays."""
    ann.until(own, "Your bank declined the card").click("Pay with another card")
    ann.page.wait_for_url(re.compile(re.escape(ann.site.sandbox_url)))
    ann.page.locator(f"button[value='{EMPTY}']").click()
    ann.sees("Not paid.").sees("insufficient funds").page.locator(f"button[value='{GOOD}']").click()
    ann.page.wait_for_url(re.compile(re.escape(ann.site.url)))
    ann.until(own, "Paid. Kiln")


def confirms(sol: Person, own: str) -> None:
    """The bank wants its customer: fails once more, then confirms."""
    sol.until(own, "your bank asks that you confirm").go("/pledges").sees("Fix the payment")
    sol.go(own).click("Confirm the payment")
    sol.page.wait_for_url(re.compile(re.escape(sol.site.sandbox_url)))
    sol.page.locator(f"button[value='{ALWAYS_ASKS}']").click()
    sol.sees("3-D Secure").page.locator("button[value=fail]").click()
    sol.sees("Not paid.").page.locator(f"button[value='{ALWAYS_ASKS}']").click()
    sol.sees("3-D Secure").page.locator("button[value=complete]").click()
    sol.page.wait_for_url(re.compile(re.escape(sol.site.url)))
    sol.until(own, "Paid. Kiln")
