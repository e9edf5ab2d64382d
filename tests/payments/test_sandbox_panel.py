"""The sandbox's panel: notices, faults, the clock, charges, disputes and accounts by hand, without a script."""

import re
from datetime import timedelta

import pytest
from werkzeug.test import Client

from payments.gateway import GatewayDown


@pytest.fixture
def browser(box):
    return Client(box.app)


@pytest.fixture
def press(browser):
    """Press a button of the panel, as the form of the page does."""

    def pressed(path, **form):
        token = re.search(r'name="token" value="(\w+)"', browser.get("/").text)[1]
        return browser.post(path, data={"token": token, **form})

    return pressed


@pytest.fixture
def charge(gateway, paid):
    return gateway.charge(gateway.intent(paid().intent_id).charge_id)


def types(inbox):
    return [re.search(rb'"type": "([a-z_.]+\.[a-z_.]+)"', body)[1].decode() for body, _ in inbox.got]


def test_the_panel_shows_what_happened_and_leads_to_the_rest(browser, paid, box, clock):
    session = paid()
    text = browser.get("/").text
    for words in (
        session.id,
        "checkout.session.completed",
        "Dispute desk",
        "Accounts",
        "Charges",
        "nobody may move it",
    ):
        assert words in text
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=", text)
    for _ in range(10):
        paid()
    (older,) = re.findall(r'href="/\?before=(evt_\w+)#notices"', browser.get("/").text)
    assert session.id not in browser.get("/").text.split("Sessions")[0]
    assert session.id in browser.get(f"/?before={older}").text


def test_chosen_notices_are_sent_again_twice_later_or_never(press, box, paid, clock, inbox):
    paid()
    box.tick(clock(), inbox)
    first, second, third = [notice.event_id for notice in box.notices()]
    press("/notices", do="double", **{"event[]": [third, first]})
    box.tick(clock(), inbox)
    assert types(inbox)[3:] == ["charge.succeeded"] * 2 + ["checkout.session.completed"] * 2
    press("/notices", do="delay", later="3 days", **{"event[]": second})
    press("/notices", do="drop", **{"event[]": third})
    assert box.tick(clock.move(days=2), inbox) == 0
    assert box.tick(clock.move(days=1), inbox) == 1
    assert types(inbox)[-1] == "payment_intent.succeeded"
    assert box.notices()[-1].state == "dropped"


def test_new_notices_are_kept_back_and_let_go_backward(press, browser, box, paid, clock, inbox):
    press("/notices/held", do="hold")
    paid()
    assert "New notices are kept back" in browser.get("/").text
    assert box.tick(clock(), inbox) == 0
    press("/notices/held", do="backward")
    box.tick(clock(), inbox)
    assert types(inbox) == ["checkout.session.completed", "payment_intent.succeeded", "charge.succeeded"]
    paid()
    assert box.tick(clock(), inbox) == 3


def test_faults_are_armed_shown_and_disarmed(press, browser, box, gateway, paid):
    session = paid()
    assert "Nothing is armed" in browser.get("/").text
    press("/faults", kind="429", times="2", operation="GET /v1/checkout/sessions/{session}")
    assert browser.get("/").text.count("answers 429, too many requests</li>") == 2
    gateway.intent(session.intent_id)
    with pytest.raises(GatewayDown):
        gateway.for_batch().session(session.id)
    press("/faults", do="disarm")
    assert gateway.session(session.id) == session


class Journey:
    def __init__(self):
        self.bound_for, self.asked = None, []

    def begin(self, by_s):
        self.asked.append(by_s)
        return True


def test_the_clock_is_moved_by_who_may_and_says_where_it_goes(press, browser, box, clock):
    assert press("/clock", by="1 day").status_code == 422
    box.journey = Journey()
    for leap in ("31 minutes", "1 day", "7 days", "1 month"):
        assert press("/clock", by=leap).status_code == 303
    assert box.journey.asked == [1860, 86400, 7 * 86400, 31 * 86400]
    box.journey.bound_for = clock() + timedelta(days=1)
    assert "on its way to Sunday 22 November" in browser.get("/").text


def test_a_charge_is_refunded_by_hand_whole_or_in_part(press, browser, gateway, box, charge):
    assert charge.id in browser.get("/charges").text
    assert press(f"/charges/{charge.id}/refunds", amount="9.5").status_code == 303
    assert gateway.charge(charge.id).refunded_minor == 950
    for amount, status in (("9.505", 422), ("all", 422), ("89.51", 409), ("\uff11", 422)):
        assert press(f"/charges/{charge.id}/refunds", amount=amount).status_code == status
    assert press(f"/charges/{charge.id}/refunds", amount="").status_code == 303
    assert gateway.charge(charge.id).refunded_minor == 9900
    assert "Refund or dispute" not in browser.get("/charges").text


def test_a_page_takes_another_amount_or_currency_than_it_asked_for(press, browser, gateway, open_session):
    session = open_session()
    for amount, currency, status in (("1.005", "USD", 422), ("0.10", "USD", 409), ("5", "XXY", 409)):
        assert press(f"/sessions/{session.id}", amount=amount, currency=currency).status_code == status
    assert press(f"/sessions/{session.id}", amount="98.5", currency="eur").status_code == 303
    taken = gateway.intent(gateway.session(session.id).intent_id)
    assert (taken.status, taken.amount_received_minor, taken.currency.upper()) == ("succeeded", 9850, "EUR")
    assert press(f"/sessions/{session.id}", amount="1", currency="USD").status_code == 409
    assert "98.50 EUR" in browser.get("/charges").text


def test_a_dispute_is_opened_answered_and_decided_at_its_desk(press, browser, gateway, box, charge, clock):
    assert press(f"/charges/{charge.id}/disputes", do="dispute", reason="duplicate").location == "/disputes"
    (dispute,) = gateway.disputes(since=clock())
    assert "An answer is due by 30 November 2026" in browser.get("/disputes").text
    press(f"/disputes/{dispute.id}", do="answer", evidence="<b>Two</b> orders.")
    text = browser.get("/disputes").text
    assert "&lt;b&gt;Two&lt;/b&gt; orders." in text
    assert "The bank keeps it" in text
    assert press(f"/disputes/{dispute.id}", do="answer").status_code == 409
    press(f"/disputes/{dispute.id}", do="win")
    assert gateway.dispute(dispute.id).status == "won"
    assert press(f"/disputes/{dispute.id}", do="lose").status_code == 409
    assert "<textarea" not in browser.get("/disputes").text


def test_accounts_are_let_receive_stopped_and_paid_out(press, browser, gateway, box, charge):
    brand = gateway.open_account(key="a", email="dee@ninefold.test", metadata={})
    assert "not onboarded" in browser.get("/accounts").text
    press(f"/accounts/{brand}", do="allow")
    words = {"currency": "USD", "group": "g", "source_charge_id": charge.id, "metadata": {}}
    gateway.transfer(key="t", account_id=brand, amount_minor=100, **words)
    assert "holds 1.00 USD" in browser.get("/accounts").text
    assert press(f"/accounts/{brand}/transfers", amount="2.50").status_code == 303
    assert press(f"/accounts/{brand}/transfers", amount="2.505").status_code == 422
    assert press(f"/accounts/{brand}/transfers", amount="900").status_code == 409  # more than there is
    (by_hand, _first) = gateway.transfers()
    press(f"/transfers/{by_hand.id}/reversals")
    assert press(f"/transfers/{by_hand.id}/reversals").status_code == 409
    assert '2.50 USD</strong> <span class="state dropped">2.50 USD came back' in browser.get("/accounts").text
    press(f"/accounts/{brand}", do="pay_out")
    assert "holds 0.00 USD" in browser.get("/accounts").text
    press(f"/accounts/{brand}", do="stop")
    assert not gateway.account(brand).may_receive


@pytest.mark.parametrize(
    ("path", "form", "status"),
    [
        ("clock", {"by": "9 years"}, 422),
        ("faults", {"kind": "fire"}, 422),
        ("faults", {"kind": "500", "times": "9999"}, 422),
        ("faults", {"kind": "500", "operation": "GET /nothing"}, 422),
        ("notices", {"do": "pay"}, 422),
        ("notices", {"do": "delay", "later": "9 years"}, 422),
        ("notices", {"do": "drop", "event[]": "evt_none"}, 404),
        ("notices/held", {"do": "burn"}, 422),
        ("charges/ch_none/refunds", {"amount": "1"}, 404),
        ("charges/ch_none/disputes", {"reason": "because"}, 422),
        ("disputes/du_none", {"do": "judge"}, 422),
        ("accounts/acct_none", {"do": "allow"}, 404),
    ],
)
def test_the_panel_takes_only_its_own_forms(press, browser, path, form, status):
    assert press(f"/{path}", **form).status_code == status
    for token in ({}, {"token": "x"}, {"token": "é"}):
        assert browser.post(f"/{path}", data={**form, **token}).status_code == 403
