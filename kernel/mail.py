"""Mail: queued in the cause's transaction, sent by the worker at least once, with a Message-ID made from its key."""

from __future__ import annotations

import smtplib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from email.message import EmailMessage
from hashlib import sha256
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from flask import current_app, render_template

from kernel import clock, db
from kernel.due import Due

WAITS = timedelta(minutes=5)  # until a mail looks again whether a server is named


class Undeliverable(Exception):
    """The mail server answered no to this mail."""


class Mail(Due, db.Model):
    """A mail: which template, to whom, with what; rendered when it is sent or looked at."""

    __tablename__ = "kernel_mails"
    __table_args__ = (Due.index("kernel_mails"),)

    id: db.Mapped[int] = db.pk()
    key: db.Mapped[str] = db.text(120, unique=True)
    recipient: db.Mapped[str] = db.text(254, index=True)
    template: db.Mapped[str] = db.text(80)
    values: db.Mapped[dict[str, Any]]
    created_at: db.Mapped[datetime]
    sent_at: db.Mapped[datetime | None]


class Letter(NamedTuple):
    """A mail that is to be queued: to whom, once a key, with what."""

    recipient: str
    key: str
    values: Mapping[str, Any]


def queue(recipient: str, template: str, key: str, **values: Any) -> None:
    """Queue a mail once a key; `template` names templates/mail/<template>.txt and .html, `values` are plain JSON."""
    queue_each(template, [Letter(recipient, key, values)])


def queue_each(template: str, letters: Sequence[Letter]) -> None:
    """Queue several mails of one template together, each once a key."""
    now = clock.now()
    rows = [{"key": one.key, "recipient": one.recipient, "values": one.values} for one in letters]
    db.insert_each_once(Mail, rows, template=template, created_at=now, due_at=now, attempts=0)


def written(row: Mail) -> tuple[str, str, str]:
    """The subject, the text and the HTML of a mail; the subject is the text template's first line."""
    subject, _, text = render_template(f"mail/{row.template}.txt", **row.values).partition("\n")
    html = render_template(f"mail/{row.template}.html", subject=subject, **row.values)
    return " ".join(subject.split()), text.strip(), html


def send(mail_id: int) -> datetime | None:
    """Send one mail, or say when to try again: production without SMTP_URL keeps it, a demo shows it on its page."""
    row = db.session.get_one(Mail, mail_id)
    config = current_app.extensions["config"]
    if not config.smtp_url and not config.playful:
        return clock.now() + WAITS  # nothing is called sent that never left
    if config.smtp_url:
        message = _message(row, config.mail_from or f"ninefold@{urlsplit(config.site_url).hostname}")
        with db.outside():
            try:
                _deliver(message, config.smtp_url)
            except (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as refused:
                # An OSError in its library's eyes, but no outage: the server is there and will say so again.
                raise Undeliverable(str(refused)) from refused
    row.sent_at = clock.now()
    db.session.flush()
    return None


def _message(row: Mail, sender: str) -> EmailMessage:
    subject, text, html = written(row)
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = subject, sender, row.recipient
    message["Message-ID"] = f"<{sha256(row.key.encode()).hexdigest()[:32]}@{sender.partition('@')[2]}>"
    message.set_content(text)
    message.add_alternative(html, subtype="html")
    return message


def _deliver(message: EmailMessage, url: str) -> None:
    where = urlsplit(url)
    factory = smtplib.SMTP_SSL if where.scheme == "smtps" else smtplib.SMTP
    with factory(where.hostname or "localhost", where.port or 0, timeout=20) as server:
        if where.username:
            if where.scheme != "smtps":
                server.starttls()
            server.login(unquote(where.username), unquote(where.password or ""))
        server.send_message(message)
