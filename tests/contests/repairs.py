"""What operators set right at once: a parked notice, a parked refund, a parked charge."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from kernel import db
from kernel.viewer import Viewer
from payments import inbox
from payments.charges import Charge
from payments.notices import Notice
from payments.refunds.rows import Refund
from tests.contests.judging import exactly_one
from tests.contests.money import paid_charge

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def parked_notice() -> tuple[Any, ...]:
    row = Notice(event_id="evt_1", type="x.y", object_id="obj_1", livemode=False, api_version="", received_at=NOW)
    return _parked(row)


def parked_refund() -> tuple[Any, ...]:
    (charge_id,) = paid_charge()
    return _parked(Refund(charge_id=charge_id, amount_minor=1, why="test", state="asked", created_at=NOW))


def parked_charge() -> tuple[Any, ...]:
    (charge_id,) = paid_charge()
    return _parked(db.session.get_one(Charge, charge_id))


def _parked(row: Any) -> tuple[Any, ...]:
    row.parked_at = row.due_at = NOW
    db.session.add(row)
    db.session.flush()
    return (row.id,)


def replay(notice_id: int) -> str:
    inbox.replay(_operator(), notice_id)
    return "let go"


def retry(refund_id: int) -> str:
    inbox.retry(_operator(), refund_id)
    return "let go"


def look_again(charge_id: int) -> str:
    inbox.look_again(_operator(), charge_id)
    return "let go"


def _operator() -> Viewer:
    return Viewer(member_id=1, name="Ola", state="active", roles=frozenset({("operator", None)}))


RACES: dict[str, dict[str, Any]] = {
    "one parked notice, replayed by three": {
        "act": "repairs:replay",
        "prepare": parked_notice,
        "lost": exactly_one("let go"),
    },
    "one parked refund, sent again by three": {
        "act": "repairs:retry",
        "prepare": parked_refund,
        "lost": exactly_one("let go"),
    },
    "one parked charge, looked at again by three": {
        "act": "repairs:look_again",
        "prepare": parked_charge,
        "lost": exactly_one("let go"),
    },
}
