"""The demo's story of dues: asked in the sixth week, chosen by a few, given to one, and one card that was refused."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from typing import Any

from community import viewers
from community.demo_people import ANN, OLA, OTHERS, SOL, Cast
from community.joining import members
from community.joining.dues import changing, giving, offers, paying, settings, tiers
from kernel import db
from kernel.demo import Stage
from kernel.house import Scene
from kernel.viewer import Viewer
from payments import connection, customers
from payments.demo import subscribe

GIVEN, WITH_CODE, STOPS, REFUSED, TRIES = OTHERS[6], OTHERS[5], OTHERS[7], OTHERS[8], OTHERS[9]
CODE = "FOUNDERS"
WHY = "She looks after the tea kitchen and the chairs at every heart talk."
CHOOSING = timedelta(days=60)  # whoever has not chosen yet owes nothing for as long


def story(stage: Stage) -> Iterable[Scene]:
    """Two tiers and an offer, then who chose what, and when."""
    yield Scene(stage.day(36), partial(_ask, stage, 0))
    yield Scene(stage.day(36.1), partial(_subscribe, SOL, "Patron", "year", CODE))
    yield Scene(stage.day(36.2), partial(_subscribe, ANN, "Member", "month"))
    yield Scene(stage.day(36.3), lambda: giving.give(_viewer(OLA), _id(GIVEN), None, WHY))
    yield Scene(stage.ends_at - timedelta(days=33), partial(_subscribe, REFUSED, "Member", "month"))
    yield Scene(stage.ends_at - timedelta(days=32), partial(_refuse, REFUSED))
    yield Scene(stage.ends_at - timedelta(days=20), partial(_subscribe, WITH_CODE, "Member", "year", CODE))
    yield Scene(stage.ends_at - timedelta(days=12), partial(_subscribe, STOPS, "Patron", "month"))
    yield Scene(stage.ends_at - timedelta(days=5), lambda: changing.stop(_viewer(STOPS)))
    yield Scene(stage.ends_at - timedelta(days=9), partial(_ask, stage, 14))
    yield Scene(stage.ends_at - timedelta(days=4), partial(_subscribe, TRIES, "Member", "month"))


def _ask(stage: Stage, trial_days: int) -> None:
    ola, until = _viewer(OLA), stage.ends_at + CHOOSING
    settings.change(ola, asked=True, grace_until=until, trial_days=trial_days, choose_days=settings.MOST_DAYS)
    if not tiers.every():
        gives = "Everything there is: your cell, the talks, the shop and the campaigns."
        tiers.make(ola, "Member", gives, 1, (1200, 12000))
        tiers.make(ola, "Patron", "The same, and you carry a seat for somebody who cannot.", 2, (3000, 30000))
        words: dict[str, Any] = {"percent": 25, "amount_minor": 0, "months": 0, "tier_id": None}
        offers.make(ola, CODE, **words, valid_until=until, uses_most=20)


def _subscribe(person: Cast, tier: str, every: str, code: str = "") -> None:
    offered = next(one for one in tiers.choosable() if one.tier.name == tier)
    paying.choose(_viewer(person), offered.price(every).id, code)
    order = paying.order_of(_id(person))
    assert order is not None
    subscribe(order.id)


def _refuse(person: Cast) -> None:
    """The bank says no to the next renewal, and to every further try."""
    customer_id, sandbox = customers.known(_id(person)), connection.sandbox
    assert sandbox is not None
    with db.outside():
        sandbox.decline_next(sandbox.card_on_file(customer_id), "insufficient_funds", times=9)


def _id(person: Cast) -> int:
    return members.by_handle(person.handle).id


def _viewer(person: Cast) -> Viewer:
    found = viewers.load(_id(person))
    assert found is not None
    return found
