"""Pages of the sandbox: Checkout, 3-D Secure and the control panel, without a script, under any mount point."""

import re
from datetime import timedelta

import pytest
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import Client

from payments.gateway import Line


@pytest.fixture
def browser(box):
    """A browser that finds the sandbox under /_stripe, as in the product."""

    def nowhere(environ, start_response):
        start_response("404 NOT FOUND", [])
        return [b""]

    return Client(DispatcherMiddleware(nowhere, {"/_stripe": box.app}))


@pytest.fixture
def page(open_session):
    return f"/_stripe/c/pay/{open_session().id}"


def test_the_page_says_what_is_paid_and_that_no_money_moves(browser, page):
    text = browser.get(page).text
    for words in ("This is the embedded sandbox, no real money moves", "Joining fee", "99.00 USD", "ann@ninefold.test"):
        assert words in text
    assert 'href="http://shop.test/back"' in text


@pytest.mark.parametrize("card", ["4242424242424242", "4000000000000002", "4000002760003184", "4000000000000069"])
def test_the_cards_are_buttons(browser, page, card):
    assert f'<button name="card" value="{card}">' in browser.get(page).text


def test_a_paid_page_leads_back_to_the_shop_with_the_id_of_the_session(browser, page):
    answer = browser.post(page, data={"card": "4242424242424242"})
    assert (answer.status_code, answer.location) == (303, f"http://shop.test/paid?session={page.split('/')[-1]}")
    text = browser.get(page).text
    assert "This is paid" in text
    assert "<form" not in text


def test_a_second_click_leads_to_the_same_end(browser, page, box):
    browser.post(page, data={"card": "4242424242424242"})
    answer = browser.post(page, data={"card": "4242424242424242"})
    assert (answer.status_code, answer.location) == (303, page)
    assert box.books()["usd"]["captured"] == 9900


def test_a_decline_says_why_and_lets_one_try_again(browser, page):
    answer = browser.post(page, data={"card": "4000 0000 0000 9995"})
    assert answer.location == page
    text = browser.get(page).text
    assert "Your card has insufficient funds." in text
    assert "<form" in text
    assert browser.post(page, data={"card": "4242424242424242"}).location.startswith("http://shop.test/paid")


@pytest.mark.parametrize("form", [{}, {"card": ""}, {"card": "<b>"}, {"card": "4" * 10_000}, {"card": "\0"}])
def test_a_strange_form_is_a_decline_and_never_an_error(browser, page, form):
    assert browser.post(page, data=form).status_code == 303
    assert "Your card number is incorrect." in browser.get(page).text


def test_3d_secure_can_fail_and_be_completed(browser, page):
    ask = page.replace("/c/pay/", "/3ds/")
    assert browser.post(page, data={"card": "4000002760003184"}).location == ask
    assert "99.00 USD" in browser.get(ask).text
    assert browser.post(ask, data={"answer": "fail"}).location == page
    assert "unable to authenticate" in browser.get(page).text
    assert browser.get(ask).location == page
    browser.post(page, data={"card": "4000002760003184"})
    assert browser.post(ask, data={"answer": "complete"}).location.startswith("http://shop.test/paid")


def test_an_expired_page_says_so_and_takes_no_card(browser, page, box, clock):
    clock.move(minutes=31)
    assert "This page has expired" in browser.get(page).text
    assert browser.post(page, data={"card": "4242424242424242"}).location == page
    assert "captured" not in str(box.books())


def test_an_unknown_page_is_not_found(browser):
    assert browser.get("/_stripe/c/pay/cs_test_none").status_code == 404
    assert browser.get("/_stripe/3ds/cs_test_none").status_code == 303


def test_the_policy_allows_no_script_and_forms_only_to_itself_and_the_shop(browser, page):
    policy = browser.get(page).headers["Content-Security-Policy"]
    assert "form-action 'self' http://shop.test;" in policy
    assert "default-src 'none'" in policy
    assert "script" not in policy
    panel = browser.get("/_stripe/").headers["Content-Security-Policy"]
    assert "form-action 'self';" in panel


@pytest.mark.parametrize("path", ["", "c/pay/cs_test_none"])
def test_pages_hold_no_inline_style_and_no_script(browser, page, path):
    for address in (page, f"/_stripe/{path}"):
        text = browser.get(address).text
        assert not re.search(r"<script|<style|\sstyle=|\son\w+=", text)


def test_the_style_sheet_is_found_under_the_mount_point(browser, page):
    (sheet,) = re.findall(r'rel="stylesheet" href="([^"]+)"', browser.get(page).text)
    assert sheet.startswith("/_stripe/static/")
    assert browser.get(sheet).mimetype == "text/css"


def test_on_a_port_of_its_own_the_pages_stand_at_the_root(box, page):
    alone = Client(box.app)
    path = page.removeprefix("/_stripe")
    assert alone.post(path, data={"card": "4000000000000002"}).location == path


def test_what_people_wrote_is_shown_as_text(browser, open_session):
    session = open_session(lines=[Line("<b>Bowl</b>", 9900)])
    assert "&lt;b&gt;Bowl&lt;/b&gt;" in browser.get(f"/_stripe/c/pay/{session.id}").text


@pytest.fixture
def setup_page(gateway, clock):
    customer = gateway.open_customer(key="c", email="ann@ninefold.test", name="Ann", metadata={})
    session = gateway.open_setup_session(
        key="s",
        customer_id=customer,
        success_url="http://shop.test/saved?session={CHECKOUT_SESSION_ID}",
        cancel_url="http://shop.test/back",
        expires_at=clock() + timedelta(minutes=31),
        metadata={},
        locale="en",
    )
    return f"/_stripe/c/pay/{session.id}"


def test_the_page_that_saves_a_card_says_that_nothing_is_charged_now(browser, setup_page):
    text = browser.get(setup_page).text
    for words in ("no real money moves", "Nothing is charged now", "ann@ninefold.test", "Save card"):
        assert words in text
    for card in ("4242424242424242", "4000000000000341", "4000002760003184"):
        assert f'<button name="card" value="{card}">' in text
    assert 'href="http://shop.test/back"' in text


def test_a_saved_card_leads_back_to_the_shop(browser, setup_page):
    answer = browser.post(setup_page, data={"card": "4242424242424242"})
    assert (answer.status_code, answer.location) == (303, f"http://shop.test/saved?session={setup_page.split('/')[-1]}")
    text = browser.get(setup_page).text
    assert "Your card is saved" in text
    assert "<form" not in text
    assert "Save a card" in browser.get("/_stripe/").text


def test_a_card_that_was_not_saved_says_why_and_3d_secure_can_be_completed(browser, setup_page):
    browser.post(setup_page, data={"card": "4000000000009995"})
    assert "Your card has insufficient funds." in browser.get(setup_page).text
    challenge = browser.post(setup_page, data={"card": "4000002760003184"}).location
    asked = browser.get(challenge).text
    assert "Confirm your card" in asked
    assert "ending in 3184" in asked
    assert browser.post(challenge, data={"answer": "fail"}).location == setup_page
    assert "We are unable to authenticate" in browser.get(setup_page).text
    browser.post(setup_page, data={"card": "4000002760003184"})
    assert "shop.test/saved" in browser.post(challenge, data={"answer": "complete"}).location


def test_an_expired_page_saves_no_card(browser, setup_page, clock):
    clock.move(minutes=40)
    assert "has expired" in browser.get(setup_page).text
    assert browser.post(setup_page, data={"card": "4242424242424242"}).location == setup_page
