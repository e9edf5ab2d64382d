"""Mails that cannot leave: production keeps them, says so at the desk, and sends them once it can."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select

from kernel import db, mail
from kernel.mail import Mail
from tests import builders


def test_production_without_a_server_keeps_its_mails_and_says_so_until_they_leave(
    app, travel, sign_in, queries, monkeypatch
):
    config, boss = app.extensions["config"], sign_in(builders.operator())
    with builders.work():
        said = {"amount_minor": 900, "currency": "USD", "what": "A mug"}
        mail.queue("ann@ninefold.test", "payments/dispute_won", "one", **said)
    monkeypatch.setitem(app.extensions, "config", replace(config, env="production"))
    builders.drain()
    assert "have not left" not in boss.get("/desk").text
    travel(minutes=20)
    assert set(db.session.scalars(select(Mail.sent_at))) == {None}
    assert "Mails that have not left" in boss.get("/desk").text
    with queries() as seen:
        page = boss.get("/desk/mails").text
    assert all(word in page for word in ("SMTP_URL is not set", "The dispute about $9.00 is over", "ann@ninefold.test"))
    assert len(seen) <= 6
    monkeypatch.undo()
    travel(minutes=5)
    assert None not in db.session.scalars(select(Mail.sent_at)).all()
    assert "None waits" in boss.get("/desk/mails").text
