"""The mails about pledges and campaigns: each step has one, once, and both of its parts can be read."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from kernel import clock, db, mail
from kernel.mail import Mail
from tests import builders
from tests.crowdfund import stage
from tests.crowdfund.stage import bowl, pledge, row_of, settle


def written(template: str) -> tuple[str, str, str]:
    """The newest mail of a kind: its subject, its text, its HTML."""
    db.session.rollback()
    newest = select(Mail).where(Mail.template == f"crowdfund/{template}").order_by(Mail.id.desc()).limit(1)
    return mail.written(db.session.scalars(newest).one())


@pytest.fixture
def ann(app) -> int:
    return builders.engaged("Ann Adams")


def test_the_receipt_says_what_was_agreed_to_and_how_to_leave(ann):
    kiln = stage.campaign()
    number = pledge(ann, kiln, 5_000, bowl(kiln).id)
    subject, text, html = written("pledge_received")
    assert subject == "Your pledge to A second kiln counts"
    for part in (text, html):
        assert "I agree that this card is charged $56.00 once" in part
        assert "Wed 23 December 2026, 09:00 UTC" in part
        assert "Rua das Flores 118" in part
        assert "Portugal" in part
        assert f"/pledges/{number}" in part
        assert "you can change or cancel it" in part
    assert "Altogether: $56.00\n\nIt will be sent to" in text
    stage.change(ann, number, 6_000)
    assert "charged $60.00 once" in written("pledge_changed")[1]


def test_a_declined_backer_reads_until_when_and_when_it_is_tried_again(ann, travel):
    kiln = stage.campaign(5_000)
    pledge(ann, kiln, card=stage.DECLINES)
    settle(kiln, travel, minutes=1)
    subject, text, _html = written("pledge_declined")
    assert subject == "Your card for A second kiln was declined"
    assert "until Wed 30 December 2026, 09:40 UTC" in text
    assert "by ourselves on Fri 25 December 2026, 09:40 UTC" in text
    travel(days=2, minutes=1)
    assert written("pledge_declined")[0] == "Your pledge to A second kiln still waits for a payment"


def test_whose_bank_asks_every_time_reads_that_only_they_can_mend_it(ann, travel):
    kiln = stage.campaign(5_000)
    pledge(ann, kiln, card=stage.ASKS)
    settle(kiln, travel, minutes=1)
    assert "only you can fix it" in written("pledge_declined")[1]


def test_every_mail_of_a_life_can_be_read_and_names_its_campaign(ann, travel):
    bob = builders.engaged("Bob Brown")
    short, missed, off = (stage.campaign(10_000, title=title) for title in ("A kiln", "A shed", "A van"))
    pledge(ann, short, 5_000)
    pledge(bob, short, 5_000, card=stage.DECLINES)
    pledge(ann, missed, 5_000)
    stage.cancel(bob, pledge(bob, missed, 5_000))
    pledge(ann, off, 5_000)
    late = stage.begin(bob, off, 5_000)
    stage.save(late)
    stage.call_off(off)
    settle(short, travel, days=8)
    assert row_of(short).state == "failed"
    sent = db.session.scalars(select(Mail).where(Mail.template.like("crowdfund/%")).order_by(Mail.id)).all()
    kinds = {row.template.partition("/")[2] for row in sent}
    assert kinds >= {
        "pledge_received", "pledge_cancelled", "pledge_late", "campaign_funded", "pledge_collected", "pledge_declined",
        "pledge_dropped", "campaign_failed", "campaign_cancelled", "pledge_refunded", "campaign_stands",
    }  # fmt: skip
    for row in sent:
        subject, text, html = mail.written(row)
        assert row.values["title"] in subject
        assert text
        assert "<p" in html
        assert "{{" not in text + html


def test_the_brand_hears_how_its_campaign_stands(ann, travel):
    kiln = stage.campaign(5_000)
    pledge(ann, kiln, 5_000)
    settle(kiln, travel, minutes=1)
    states = select(Mail.values).where(Mail.template == "crowdfund/campaign_stands").order_by(Mail.id)
    assert [values["state"] for values in db.session.scalars(states)] == ["settling", "funded"]
    assert "$50.00 came in" in written("campaign_stands")[1]
    assert clock.now() - row_of(kiln).ends_at > timedelta(minutes=40)
