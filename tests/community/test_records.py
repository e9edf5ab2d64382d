"""Records: what the rules read of a member stays small and in one query, however long somebody has lived here."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import event, insert

from community.earning import histories, records
from kernel import clock, db
from kernel.facts import Fact
from tests import builders


def _long_life(member_id: int, people: int) -> None:
    """Ten years of check-ins, and thousands of comments to so many people."""
    now = clock.now()
    said = [
        {"name": "community.commented", "at": now - timedelta(hours=n), "fields": {"to_id": 900 + n % people}}
        for n in range(3000, 0, -1)
    ]
    read = [
        {
            "name": "community.checked_in",
            "at": now - timedelta(weeks=n),
            "fields": {"checkin_id": n, "year": 2016 + n // 52, "week": 1 + n % 52},
        }
        for n in range(520, 0, -1)
    ]
    with builders.work():
        db.session.execute(insert(Fact), [{**row, "version": 1, "member_id": member_id} for row in (*said, *read)])


@pytest.mark.db
def test_ten_years_are_read_in_one_query_of_few_rows(app, queries):
    ann, now = builders.member("Ann Adams"), clock.now()
    _long_life(ann, people=40)
    with queries() as seen:
        record = records.record_of(ann, now)
    assert len(seen) == 1
    assert len(record.facts) <= histories.READ_NEWEST + histories.READ_COMMENTS + 5
    whole = records.whole(ann, now, records.talks_of_all(now))
    for milestone in ("settled", "engaged", "trusted"):
        few, every = record.progress(milestone, now), whole.progress(milestone, now)
        assert [one.met for one in few.conditions] == [one.met for one in every.conditions]


def test_thousands_of_comments_to_two_people_are_read_on_until_a_third_is_found(app, queries):
    ann, now = builders.member("Ann Adams"), clock.now()
    _long_life(ann, people=2)
    with builders.work():
        last = {"name": "community.commented", "version": 1, "member_id": ann, "at": now, "fields": {"to_id": 7}}
        db.session.execute(insert(Fact), [last])
    with queries() as seen:
        record = records.record_of(ann, now)
    assert len(seen) == 2
    assert record.progress("engaged", now).people == 3


def test_a_member_is_read_by_an_index(app):
    asked = []

    def note(conn, cursor, statement, parameters, *rest):
        asked.append((statement, parameters))

    event.listen(db.sql.engine, "before_cursor_execute", note)
    records.record_of(1, clock.now())
    event.remove(db.sql.engine, "before_cursor_execute", note)
    statement, parameters = asked[-1]
    plan = [row[3] for row in db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
    assert not [line for line in plan if line.startswith("SCAN kernel_facts")], plan
    assert [line for line in plan if "ix_kernel_facts_of_a_member" in line]
