"""Ten thousand pledges are settled although the worker is killed in the middle, again and again (soak)."""

from __future__ import annotations

import json
import os
import random
import signal
import time
import traceback
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from kernel import clock, db
from payments import connection, pace
from payments.sandbox import Sandbox
from tests import builders
from tests.crowdfund import crowd, stage

pytestmark = [pytest.mark.soak, pytest.mark.slow]
COUNT, AMOUNT, KILLS = 10_000, 5_000, 4


def test_a_killed_settlement_goes_on_and_charges_nobody_twice(app, travel):
    kiln, ann = stage.campaign(COUNT * AMOUNT), builders.engaged("Ann Adams")
    crowd.join(stage.pledge(ann, kiln, AMOUNT), COUNT - 1)
    before = stage.money()
    db.session.remove()
    db.sql.engine.dispose()
    dice = random.Random(9)
    for kill in range(KILLS):
        pid = _works(lambda: stage.settle(kiln, travel, minutes=30), kill)
        time.sleep(dice.uniform(4, 12))
        os.kill(pid, signal.SIGKILL)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL, "it was over too early"
    pid = _works(lambda: stage.settle(kiln, travel, minutes=30), KILLS)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    row = stage.row_of(kiln)
    assert (row.state, stage.sums(kiln)) == ("funded", (COUNT * AMOUNT, COUNT * AMOUNT, COUNT, 0))
    assert stage.money() == (before[0] + COUNT * AMOUNT, before[1])
    sandbox = connection.sandbox
    assert sandbox is not None
    charges = [taken.metadata["charge"] for taken in sandbox.captured_intents() if "attempt" in taken.metadata]
    assert len(charges) == len(set(charges)) == COUNT
    assert _busiest(sandbox) <= pace.SLOTS
    assert crowd.broken() == []


def _busiest(sandbox: Sandbox) -> int:
    """The most payments that were asked for in any second of the clock."""
    with db.outside(), sandbox.file.reading() as rows:
        asked = rows.all("SELECT body FROM objects WHERE kind = 'payment_intent'")
    made = Counter(json.loads(body)["created"] for (body,) in asked)
    print(f"{made.total()} payments, at most {max(made.values())} in a second")
    return max(made.values())


def _works(settle, turn: int) -> int:
    """A worker of its own; what the killed ones had leased is free again."""
    pid = os.fork()
    if pid == 0:
        clock.real = lambda: datetime.now(UTC) + timedelta(seconds=61 * turn)  # type: ignore[assignment]
        try:
            settle()
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
    return pid
