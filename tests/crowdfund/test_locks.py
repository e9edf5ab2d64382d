"""Rows are locked in one order, charge, pledge, rewards, campaign, so that on PostgreSQL nobody waits in a ring."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from crowdfund import rewards
from crowdfund.pledges import sweeping
from kernel import clock, db
from tests import builders
from tests.crowdfund import drafts, stage

pytestmark = pytest.mark.db
WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")


def ring(app: Flask, act: Callable[[], Any], first: tuple[str, int], then: tuple[str, int]) -> None:
    """Somebody holds the first row while the act waits for it; the second one must still be free for them."""
    db.session.rollback()
    if db.sql.engine.dialect.name == "sqlite":  # one writer at a time: there is nobody to wait for
        return

    def acted() -> None:
        with app.app_context(), db.work():
            act()

    with ThreadPoolExecutor(1) as elsewhere, db.sql.engine.connect() as mine:
        mine.execute(text(f"SELECT id FROM {first[0]} WHERE id = {first[1]} FOR UPDATE"))
        done = elsewhere.submit(acted)
        give_up = time.monotonic() + 20
        while not _waiting() and not done.done() and time.monotonic() < give_up:
            time.sleep(0.02)
        try:
            assert not done.done(), "it never took the first row"
            mine.execute(text(f"SELECT id FROM {then[0]} WHERE id = {then[1]} FOR UPDATE NOWAIT"))
        finally:
            mine.rollback()
        done.result(20)


def _waiting() -> int:
    """How many wait for a lock; asked anew each time, for one transaction sees these figures only once."""
    with db.sql.engine.connect() as asking:
        return int(asking.scalar(WAITING) or 0)


def test_a_next_try_and_a_payment_that_comes_at_that_instant_never_wait_for_each_other(app, travel):
    ann, kiln = builders.engaged("Ann Adams"), stage.campaign(5_000)
    number = stage.pledge(ann, kiln, card=stage.DECLINES)
    stage.settle(kiln, travel, minutes=1)
    clock.freeze(clock.now() + timedelta(days=2))
    charge, pledge = stage.charge_of(number).id, stage.pledge_row(number).id
    ring(app, lambda: sweeping.sweep(pledge), ("payments_charges", charge), ("crowdfund_pledges", pledge))
    builders.drain()
    assert (stage.state(number), stage.pledge_row(number).tries) == ("errored", 2)


@pytest.mark.parametrize("verb", ["add_places", "change", "remove"])
def test_who_changes_a_reward_and_who_takes_it_never_wait_for_each_other(app, verb):
    kiln = stage.campaign()
    cup, author = stage.tier(kiln, "A cup", places=1), drafts.author()
    more = {"add_places": (1,), "change": ("A big cup", 3_000), "remove": ()}[verb]
    act: Callable[..., Any] = getattr(rewards, verb)
    ring(app, lambda: act(author, cup, *more), ("crowdfund_rewards", cup), ("crowdfund_campaigns", kiln))
