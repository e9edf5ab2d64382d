"""Dues in tests: asked for, chosen, paid at the sandbox, and what stands then."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import func, select

from community.joining import dues, members
from community.joining.dues import Dues, offers, paying, prices, settings, tiers
from kernel import clock, db, mail, verify
from kernel.house import current
from kernel.ledger import Account, LegRow
from payments import demo, subscriptions
from payments.subscriptions import Subscription
from tests import builders, people
from tests.builders import drain, work

REFUSED_LATER = "4000000000000341"  # may be saved, is refused when it is charged


def asked(grace: timedelta = timedelta(days=14), trial_days: int = 0) -> dict[str, Any]:
    """Dues are asked; two tiers, Member at 12.00 a month or 120.00 a year, Patron at 30.00 or 300.00."""
    ola = people.viewer(builders.operator())
    with work():
        until = clock.now() + grace
        settings.change(ola, asked=True, grace_until=until, trial_days=trial_days, choose_days=14)
        tiers.make(ola, "Member", "Everything, for one person.", 1, (1200, 12000))
        tiers.make(ola, "Patron", "The same, and a seat paid for somebody else.", 2, (3000, 30000))
    return {
        f"{offered.tier.name} {every}": offered.price(every).id for offered in tiers.every() for every in prices.EVERY
    }


def choose(member_id: int, price_id: int, code: str = "") -> int:
    """Choose a price; the subscription whose page is open then."""
    who = people.viewer(member_id)
    with work():
        assert paying.choose(who, price_id, code)
    return order(member_id).id


def subscribed(member_id: int, price_id: int, code: str = "", card: str = demo.GOOD) -> int:
    """Choose and subscribe; the worker has heard of it."""
    row_id = choose(member_id, price_id, code)
    pays(row_id, card)
    return row_id


def pays(row_id: int, card: str = demo.GOOD) -> None:
    """Subscribe on the page that is open; the worker has heard of it."""
    with work():
        demo.subscribe(row_id, card)
    drain()


def offer(code: str = "WELCOME", **changes: Any) -> int:
    """An offer of half off, once, unless told otherwise."""
    words = {"percent": 50, "amount_minor": 0, "months": 0, "tier_id": None, "valid_until": None, "uses_most": None}
    with work():
        return offers.make(people.viewer(builders.operator()), code, **(words | changes))


def order(member_id: int) -> Subscription:
    db.session.rollback()
    found = subscriptions.of(dues.PURPOSE, member_id)
    assert found is not None
    return found


def row(member_id: int) -> Dues:
    db.session.rollback()
    found = dues.of(member_id)
    assert found is not None
    return found


def state(member_id: int) -> tuple[str, str]:
    """How the dues stand, and the membership."""
    return row(member_id).state, members.get(member_id).state


def booked() -> int:
    """What the community's dues account holds, in minor units."""
    rows = select(func.sum(LegRow.amount)).join(Account, Account.id == LegRow.account_id)
    return -(db.session.scalar(rows.where(Account.owner == "community", Account.name == "dues")) or 0)


def letters(member_id: int) -> list[str]:
    """The letters about dues that a member got, by their short names, in order."""
    to = members.get(member_id).email
    rows = select(mail.Mail.template).where(mail.Mail.recipient == to, mail.Mail.template.contains("/dues_"))
    return [name.partition("/dues_")[2] for name in db.session.scalars(rows.order_by(mail.Mail.id))]


def sound() -> None:
    db.session.rollback()
    broken = {name: found for name, found in verify.check(current().invariants) if found}
    assert not broken, broken


def after(at: datetime, **more: float) -> datetime:
    """An instant some time after another."""
    return at + timedelta(**more)


month_later = partial(timedelta, days=31)
