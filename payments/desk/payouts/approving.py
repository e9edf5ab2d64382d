"""What a second operator reads about a payout before it is sent (TRUST: four eyes)."""

from __future__ import annotations

from typing import Any

from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from kernel import money
from kernel.approvals import Act
from payments.payouts import sending
from payments.payouts.rows import CONNECT


def act() -> Act:
    """The act of sending a large payout."""
    return Act(_l("Payout"), sending.approved, _words, _page, sending.concerns, _why)


def _page(said: dict[str, Any]) -> str:
    return f"/desk/payments/payouts/{said['number']}"


def _why(typed: str, said: dict[str, Any]) -> Any:
    """Nobody types a reason for a payout: it is what is owed. So it says what it is, with what the bank shows."""
    amount = money.formatted(said["total_minor"], said["currency"], str(get_locale() or "en"))
    told = {"number": said["number"], "amount": amount, "name": said["name"], "reference": said["reference"]}
    if said["reference"]:
        return _("Payout %(number)s of %(amount)s to %(name)s, with the reference “%(reference)s”.", **told)
    return _("Payout %(number)s of %(amount)s to %(name)s.", **told)


def _words(said: dict[str, Any]) -> Any:
    amount = money.formatted(said["total_minor"], said["currency"], str(get_locale() or "en"))
    if said["method"] == CONNECT:
        return _("Send %(amount)s to %(name)s by Stripe", amount=amount, name=said["name"])
    return _("Send %(amount)s to %(name)s by bank transfer", amount=amount, name=said["name"])
