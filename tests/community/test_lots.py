"""Lots: the soonest-expiring leave first, refunds come back where they lay, and what lapses is announced twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from community.earning import expiries, lots, points, statements
from community.earning.lots import FREE, Lot
from kernel import clock, db, ledger, mail
from kernel.errors import NotCovered
from kernel.ledger import Account, LegRow
from kernel.mail import Mail
from tests import builders


def given(member_id: int, amount: int, **later: float) -> None:
    """Points that came so much later than now."""
    with clock.frozen(clock.now() + timedelta(**later)):
        builders.points(member_id, amount)


def free(member_id: int) -> list[int]:
    db.session.rollback()
    return list(db.session.scalars(select(FREE).where(Lot.member_id == member_id).order_by(Lot.expires_at, Lot.id)))


@pytest.fixture
def ann(app):
    member_id = builders.account("Ann Adams")
    for days in (62, 0, 31):
        given(member_id, 10, days=days)
    return member_id


def test_points_last_for_twelve_months_to_the_end_of_the_month_in_utc():
    for at, ends in (
        (datetime(2026, 11, 23, tzinfo=UTC), datetime(2027, 12, 1, tzinfo=UTC)),
        (datetime(2026, 12, 31, 23, 59, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)),
        (datetime(2027, 2, 28, tzinfo=UTC), datetime(2028, 3, 1, tzinfo=UTC)),
    ):
        assert lots.month_end(at) == ends


@pytest.mark.db
def test_the_soonest_expiring_leave_first_and_come_back_pro_rata(ann):
    with builders.work():
        points.hold(ann, 25, "hold-1", "order:1")
    assert free(ann) == [0, 0, 5]
    with builders.work():
        ledger.post(points.spending(ann, 25, "order:1"), "test", "spent-1", "order:1")
    back = []
    for n, amount in enumerate((7, 11, 7)):
        with builders.work():
            ledger.post(points.returning(ann, amount, "order:1"), "test", f"back-{n}", "order:1")
        back.append(free(ann))
    assert back == [[3, 3, 6], [7, 7, 9], [10, 10, 10]]
    with pytest.raises(NotCovered), builders.work():
        points.returning(ann, 1, "order:1")


def test_half_a_hold_may_be_spent_and_the_rest_released(ann):
    with builders.work():
        points.hold(ann, 25, "hold-1", "envelope:1", pot="envelopes")
    with builders.work():
        ledger.post(points.spending(ann, 12, "envelope:1", pot="envelopes"), "test", "spent-1", "envelope:1")
        points.release(ann, 13, "release-1", "envelope:1", pot="envelopes")
    assert free(ann) == [0, 8, 10]
    assert points.held(ann) == 0


@pytest.mark.db
def test_what_lapses_is_announced_thirty_and_seven_days_before_by_one_mail(app, travel):
    ann = builders.account("Ann Adams")
    for amount in (4, 6):
        builders.points(ann, amount)
    mails = select(Mail.values, Mail.created_at).where(Mail.template == "community/points_lapse").order_by(Mail.id)
    travel(to=datetime(2027, 11, 30, 23, 59, tzinfo=UTC))
    told = db.session.execute(mails).all()
    assert [(row.values["count"], row.values["last_day"]) for row in told] == [(10, "2027-11-30")] * 2
    assert [row.created_at.date().isoformat() for row in told] == ["2027-11-01", "2027-11-24"]
    letter = db.session.scalars(select(Mail).where(Mail.template == "community/points_lapse").limit(1)).one()
    assert "can be spent until Tuesday 30 November" in mail.written(letter)[1]
    assert points.purse(ann) == 10
    assert expiries.soon(ann, timedelta(days=1)) == [(datetime(2027, 12, 1, tzinfo=UTC), 10)]
    travel(minutes=2)
    assert points.purse(ann) == 0
    assert [row.expired for row in lots.liabilities()] == [10]
    assert ledger_sum("breakage") == 10


def test_what_comes_back_into_a_lapsed_lot_lives_for_thirty_days(app, travel):
    ann = builders.account("Ann Adams")
    builders.points(ann, 10)
    with builders.work():
        points.hold(ann, 8, "hold-1", "order:1")
    with builders.work():
        ledger.post(points.spending(ann, 6, "order:1"), "test", "spent-1", "order:1")
    travel(to=datetime(2027, 12, 5, tzinfo=UTC))
    assert points.purse(ann) == 0
    with builders.work():
        points.release(ann, 2, "release-1", "order:1")
        ledger.post(points.returning(ann, 5, "order:1"), "test", "back-1", "order:1")
    assert points.purse(ann) == 7
    travel(days=29)
    assert points.purse(ann) == 7
    travel(days=2)
    assert points.purse(ann) == 0
    assert statements.lots(ann) == []


def ledger_sum(name: str) -> int:
    moved = select(func.sum(LegRow.amount)).join(Account, Account.id == LegRow.account_id).where(Account.name == name)
    return int(db.session.scalar(moved) or 0)


def test_what_has_lapsed_is_not_spent_even_before_the_worker_came(ann):
    ends = db.session.scalars(select(func.min(Lot.expires_at)).where(Lot.member_id == ann)).one()
    with clock.frozen(ends):
        with pytest.raises(NotCovered), builders.work():
            points.hold(ann, 21, "hold-1", "order:1")
        with builders.work():
            points.hold(ann, 20, "hold-2", "order:2")
        assert free(ann) == [10, 0, 0]
    assert points.purse(ann) == 10
