"""A pledge's money: taken once while the campaign is settled, declined with a way to mend it, or given back whole."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from sqlalchemy import update

from crowdfund import rewards
from crowdfund.campaigns.rows import get as campaign_of
from crowdfund.pledges import books, ending, letters, reading, tallies, timetable
from crowdfund.pledges.rows import PURPOSE, Pledge, get, held
from kernel import clock, db, facts, moves
from kernel.errors import Conflict
from kernel.viewer import Viewer
from payments import charges, refunds, setups
from payments.refunds import Refund

GIVES_BACK = ("collected", "disputed")


def paid(pledge_id: int, charge_id: int) -> bool:
    """Take the money of a pledge once; False when the pledge or its campaign has ended, and it goes back by itself."""
    try:
        with db.session.begin_nested():
            taken = paid_each({charge_id: pledge_id})
    except tallies.Closed:
        taken = set()
    return charge_id in taken or _too_late(pledge_id, charge_id)


def paid_each(pledges: Mapping[int, int]) -> set[int]:
    """Take the money of pledges by charge, each once; the charges of those that stood waiting for it.

    Raises Closed, and nothing may be kept, when the campaign of one that waits is not being settled any more.
    """
    rows = [
        row
        for row in reading.held_each(pledges.values())
        if row.charge_id is not None and pledges.get(row.charge_id) == row.id
    ]
    taken: list[Any] = []
    for campaign_id, some in groupby(rows, key=lambda row: int(row.campaign_id)):
        taken += _collected(campaign_id, {row.id: row for row in some})
    if taken:
        books.collected_each(taken)
        setups.forget_each([row.setup_id for row in taken if row.setup_id is not None])
        worth = [(row, {"amount_minor": row.amount_minor, "reward_minor": row.reward_minor}) for row in taken]
        facts.record_each(
            "crowdfund.pledge_collected", [(row.member_id, {**named(row), **sums}) for row, sums in worth]
        )
        letters.collected_each(taken)
    return {row.charge_id for row in taken}


def _collected(campaign_id: int, rows: Mapping[int, Any]) -> list[Any]:
    """Collect pledges of one campaign. Raises Closed when it is not being settled any more."""
    now = clock.now()
    stamped: dict[str, Any] = {"collected_at": now, "ended_at": now, "error": "", "due_at": None}
    taken = [rows[i] for i in moves.tried_each(Pledge, rows, "collect", **stamped)]
    if taken:
        tallies.collected(campaign_id, sum(row.amount_minor for row in taken), len(taken))
    return taken


def declined(pledge_id: int, charge_id: int, code: str, retries: bool) -> None:
    """The saved card was refused: the backer is told at once, and the timetable says what comes next."""
    now, before = clock.now(), held(pledge_id)
    decided_at = campaign_of(before.campaign_id).decided_at
    assert decided_at is not None, "nothing is charged before the decision"
    values: dict[str, Any] = {"error": code[:60], "retries": retries, "errored_at": before.errored_at or now}
    values["tries"] = max(before.tries, timetable.tries_until(decided_at, now))
    moves.tried(Pledge, pledge_id, "decline", None, **values, due_at=now)


def lapsed(pledge_id: int) -> None:
    """Nobody can pay a pledge's charge any more: it is dropped at its end, or released with its campaign."""
    pledge = get(pledge_id)
    if pledge.state == "errored":
        ending.end(pledge_id, "release" if campaign_of(pledge.campaign_id).state in ending.OVER else "drop")


def refunded(pledge_id: int, charge_id: int, amount_minor: int) -> None:
    """Undo of a collected pledge what went back; place and sums with its last cent. Repeating changes nothing."""
    pledge, back_minor = held(pledge_id), 0
    for gone in refunds.done(charge_id):
        back_minor += gone.amount_minor
        if pledge.state not in GIVES_BACK or not books.given_back(pledge, gone.id, gone.amount_minor):
            continue
        if back_minor == pledge.total_minor:
            _ended(pledge, gone)
        else:
            sums = {"back_minor": back_minor, "total_minor": pledge.total_minor}
            facts.record("crowdfund.pledge_part_refunded", pledge.member_id, **named(pledge), **sums)
            letters.part_refunded(pledge, gone)


def refund_asked(pledge_id: int, charge_id: int, refund_id: int) -> None:
    """An operator gives back a pledge, or a part of it. Raises Conflict when it is not collected."""
    pledge = held(pledge_id)
    if pledge.state != "collected":
        raise Conflict("crowdfund.not_refundable")
    if not refunds.rest(charge_id):
        db.changed(update(Pledge).where(Pledge.id == pledge_id).values(refund_asked_at=clock.now()))


def refund_void(pledge_id: int, charge_id: int) -> None:
    """A refund that was asked for is not sent: the pledge stands as before."""
    db.changed(update(Pledge).where(Pledge.id == pledge_id).values(refund_asked_at=None))


def give_back(pledge: Pledge, why: str) -> None:
    """Give back what is left of a collected pledge by a rule, once."""
    once = update(Pledge).where(Pledge.id == pledge.id, Pledge.state == "collected", Pledge.refund_asked_at.is_(None))
    if db.changed(once.values(refund_asked_at=clock.now())):
        assert pledge.charge_id is not None, "a collected pledge has its charge"
        refunds.ask_rest(pledge.charge_id, why, None, owed=True)


def _ended(pledge: Pledge, gone: Refund) -> None:
    """The last cent of a pledge is back."""
    moves.move(Pledge, pledge.id, "refund", None, ended_at=clock.now(), due_at=None)
    if pledge.reward_id is not None:
        rewards.free(pledge.reward_id)
    if pledge.state == "collected":  # a disputed one counts for nothing already
        tallies.given_back(pledge.campaign_id, pledge.amount_minor)
    facts.record("crowdfund.pledge_refunded", pledge.member_id, **named(pledge))
    letters.refunded(pledge, gone)


def fix(viewer: Viewer, number: str) -> int:
    """The charge of the viewer's own pledge whose card was declined, to be paid on Stripe's page with any card.

    Raises NotFound, and Conflict when nothing is to be mended or the last day is over.
    """
    pledge = reading.mine(viewer, number)
    campaign = campaign_of(pledge.campaign_id)
    charge = charges.of(PURPOSE, pledge.id)
    mendable = pledge.state == "errored" and campaign.state == "settling" and campaign.decided_at is not None
    if not mendable or charge is None or charge.state != "open":
        raise Conflict("crowdfund.not_payable")
    assert campaign.decided_at is not None, "settling is decided"
    if clock.now() >= timetable.last_day(campaign.decided_at):
        raise Conflict("crowdfund.not_payable")
    return int(charge.id)


def _too_late(pledge_id: int, charge_id: int) -> bool:
    """Whether the very same payment was taken before; otherwise a pledge that still waits is released."""
    pledge = get(pledge_id)
    if pledge.collected_at is not None and pledge.charge_id == charge_id:
        return True
    if pledge.state in ("charging", "errored"):
        ending.end(pledge_id, "release")
    letters.paid_late(pledge, charge_id)
    return False


def named(pledge: Any) -> dict[str, int]:
    """How facts name a pledge."""
    return {"pledge_id": pledge.id, "campaign_id": pledge.campaign_id}
