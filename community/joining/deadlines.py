"""Deadlines of the way in: told after 14 days, an approval ends after 30 of silence, an unfinished one is repaid."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update

from community.joining import applications, fees, members
from community.joining.applications import Application
from kernel import clock, db, mail
from payments import charges, checkouts


def meet(application_id: int) -> datetime | None:
    """Do what is due for an application; when it is due again."""
    application = applications.get(application_id)
    if application.state == "submitted":
        _tell(application)
    elif application.state == "approved":
        _let_go(application)
    elif application.state in ("covenant_due", "intro_due"):
        _repay(application)
    elif application.state == "withdrawn":
        _close(application)
    due_at = applications.get(application_id).due_at
    return due_at if due_at and due_at > clock.now() else None


def _tell(application: Application) -> None:
    waiting = update(Application).where(Application.id == application.id, Application.told_at.is_(None))
    if db.changed(waiting.values(told_at=clock.now())):
        _mail(application, "still_reading")


def _close(application: Application) -> None:
    """Close the payment page, so that nobody pays for what is over."""
    fee = fees.of_application(application.id)
    if fee is not None and fee.charge_id is not None:
        checkouts.lapse(fee.charge_id)


def _let_go(application: Application) -> None:
    """Stripe's page is closed first: whoever pays in that moment is in."""
    _close(application)
    if applications.get(application.id).state == "expired":
        _mail(application, "approval_expired")


def _repay(application: Application) -> None:
    fee = fees.of_application(application.id)
    if fee and fee.charge_id is not None:
        charges.held(fee.charge_id)  # before its application, as a payment takes them
        fee = fees.of_application(application.id)
    if fee and applications.stop(application.id, "expire", by=None):
        if fee.state == "paid":  # an operator may have given it back before
            fees.give_back(fee, "not active 30 days after paying", by=None)
        _mail(application, "unfinished")


def _mail(application: Application, template: str) -> None:
    to = members.get(application.member_id)
    mail.queue(to.email, f"community/{template}", key=f"{template}:{application.id}", name=to.name)
