"""Months of the reader's zone: read from an address, with the instants at which they begin and end."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from flask import g

from kernel import clock
from kernel.web import months

NONSENSE = ["", "2026", "2026-13", "2026-00", "1999-12", "2026-1", " 2026-11", "2026-11-01", "\uff12026-11"]


def test_nonsense_asks_for_no_month(app):
    for said in NONSENSE:
        with app.test_request_context("/", query_string={"month": said}):
            assert (months.asked(), months.period(months.asked())) == ("", None), said


def test_a_month_begins_and_ends_at_midnight_where_its_reader_is(app):
    with app.test_request_context("/?month=2026-12"):
        g.zone = ZoneInfo("America/New_York")
        assert months.period(months.asked()) == (
            datetime(2026, 12, 1, 5, tzinfo=UTC),
            datetime(2027, 1, 1, 5, tzinfo=UTC),
        )
        clock.freeze(datetime(2027, 2, 1, 4, tzinfo=UTC))  # still January there
        assert months.last(3) == [
            ("2027-01", date(2027, 1, 1)),
            ("2026-12", date(2026, 12, 1)),
            ("2026-11", date(2026, 11, 1)),
        ]
