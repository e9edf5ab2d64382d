"""Billing's pages at the sandbox: subscribing and the portal, without a script, under any mount point."""

import re
from datetime import timedelta

import pytest
from werkzeug.test import Client


@pytest.fixture
def browser(box):
    return Client(box.app)


def test_a_page_says_what_is_paid_now_and_later(browser, gateway, offer, coupon):
    page = f"/c/pay/{offer(trial_days=14, coupon_id=coupon(months=2, percent=50)).id}"
    text = browser.get(page).text
    for words in (
        "Friend",
        "10.00 USD every month",
        "free for 14 days",
        "4000 0000 0000 0341",
        "http://shop.test/back",
    ):
        assert words in text
    assert browser.post(page, data={"card": "4000000000009995"}).location == page
    assert "Your card has insufficient funds." in browser.get(page).text
    ask = browser.post(page, data={"card": "4000002760003184"}).location
    assert "Nothing is charged now." in browser.get(ask).text
    assert browser.post(ask, data={"answer": "fail"}).location == page
    assert "unable to authenticate" in browser.get(page).text
    browser.post(page, data={"card": "4000002760003184"})
    assert browser.post(ask, data={"answer": "complete"}).location == "http://shop.test/paid"
    assert "You are subscribed" in browser.get(page).text
    assert browser.get(ask).location == page


def test_the_portal_changes_the_card_stops_and_keeps(browser, box, gateway, clock, offer, portal):
    found = offer(pay=True)
    page = f"/p/session/{portal(found)}"
    answer = browser.get(page)
    for words in (
        "Friend",
        "Renews on 21 December 2026",
        "The card ending in 4242 pays",
        "10.00 USD",
        "http://shop.test/dues",
    ):
        assert words in answer.text
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=", answer.text)
    assert "form-action 'self' http://shop.test;" in answer.headers["Content-Security-Policy"]
    (button,) = re.findall(r'action="([^"]+/subscriptions/[^"]+)"', answer.text)
    assert browser.post(button, data={"do": "stop"}).location == page
    assert "Stops on 21 December 2026" in browser.get(page).text
    browser.post(button, data={"do": "keep"})
    assert gateway.subscription(found.id).ends_at is None
    assert browser.post(button.replace(found.id, "sub_none"), data={"do": "stop"}).location == page
    assert browser.post(page, data={"card": "\0"}).location == page
    assert "Your card number is incorrect." in browser.get(page).text
    browser.post(page, data={"card": "4000000000000341"})
    box.tick(clock.move(days=32), lambda *_: 200)
    assert gateway.subscription(found.id).status == "past_due"
    assert "This page is over" in browser.get(page).text


def test_the_portal_pays_what_is_open_by_a_card_that_the_bank_asks_about(browser, box, gateway, clock, offer, portal):
    found = offer(pay=True)
    box.decline_next(box.card_on_file(found.customer_id), "insufficient_funds")
    box.tick(clock.move(days=32), lambda *_: 200)
    page = f"/p/session/{portal(found)}"
    assert "10.00 USD could not be taken" in browser.get(page).text
    ask = browser.post(page, data={"card": "4000002500003155"}).location
    assert "Confirm 10.00 USD" in browser.get(ask).text
    assert browser.post(ask, data={"answer": "complete"}).location == page
    assert "Change the card" in browser.get(page).text
    assert gateway.subscription(found.id).status == "active"
    box.tick(clock.move(days=31), lambda *_: 200)
    assert gateway.subscription(found.id).status == "active"
    clock.move(hours=2)
    assert browser.get(page).status_code == 404
    assert browser.post(ask, data={"answer": "complete"}).location == page
    assert timedelta(0) < gateway.subscription(found.id).paid_until - clock.at < timedelta(days=31)
