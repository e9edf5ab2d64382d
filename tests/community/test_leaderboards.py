"""Leaderboards: most standing first; who stays out is in no row, no place and no page, and nothing shows it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update

from community.earning import leaderboards, ranks
from community.earning.badges import Deeds, longest, of_deeds
from community.earning.grants import Grant
from community.earning.issuers import STANDING_UNIT
from community.joining.members import Member
from community.living.weeks import Week
from kernel import clock, db
from kernel.ledger import Leg, post
from tests import builders


def earn(member_id: int, amount: int, days_ago: int = 0) -> None:
    """Standing as a settled grant leaves it: its row, and the ledger's entry."""
    key, at = builders.key(), clock.now() - timedelta(days=days_ago)
    said = {"rule": "checkin", "version": 1, "object": key, "purpose": "standing", "state": "posted", "zone": "UTC"}
    counts = {
        "points": amount,
        "asked": amount,
        "paid": amount,
        "taken_back": 0,
        "undone": 0,
        "turns": 0,
        "attempts": 0,
    }
    with builders.work():
        values = {**said, **counts, "recipient_id": member_id, "issuer": "community", "capped": False}
        db.session.execute(insert(Grant).values(created_at=at, matures_at=at, earned_on=at.date(), **values))
        legs = [Leg("community", "standing_given", STANDING_UNIT, -amount)]
        legs.append(Leg(f"member:{member_id}", "standing", STANDING_UNIT, amount, floor=True))
        post(legs, "points.grant", key, key)


@pytest.fixture
def three(app) -> dict[str, int]:
    """Ann earned most ever, Ben most lately, Cho a little."""
    found = {name: builders.member(name) for name in ("Ann Adams", "Ben Bauer", "Cho Min")}
    for name, amount, days_ago in (("Ann Adams", 90, 60), ("Ben Bauer", 40, 2), ("Cho Min", 30, 20)):
        earn(found[name], amount, days_ago)
    return found


def names(period: str) -> list[str]:
    db.session.rollback()
    return [row.name for row in leaderboards.top(period)]


def test_each_period_counts_its_own_days(three):
    assert names("7") == ["Ben Bauer"]
    assert names("30") == ["Ben Bauer", "Cho Min"]
    assert names("all") == ["Ann Adams", "Ben Bauer", "Cho Min"]
    assert tuple(leaderboards.place_of(three["Cho Min"], "all")) == (3, 30)


def test_equal_points_share_a_place(three):
    earn(three["Cho Min"], 10, 2)
    assert [(row.name, row.place) for row in leaderboards.top("all")][1:] == [("Ben Bauer", 2), ("Cho Min", 2)]


def test_who_stays_out_is_nowhere_and_leaves_no_gap(three, sign_in, fill):
    ben = sign_in(three["Ben Bauer"])
    earn(three["Ben Bauer"], 400, 90)
    before = sign_in(three["Ann Adams"]).get("/members/ben").text
    assert "Companion" in before
    assert fill(ben, "/leaderboards", "/leaderboards/mine$").status_code == 302
    assert names("all") == ["Ann Adams", "Cho Min"]
    assert [row.place for row in leaderboards.top("all")] == [1, 2]
    assert leaderboards.place_of(three["Ben Bauer"], "all") is None
    for period in ("7", "30", "all"):
        page = sign_in(three["Ann Adams"]).get(f"/leaderboards?days={period}").text
        assert "Ben Bauer" not in page
        assert "place is 3" not in page
    seen = sign_in(three["Ann Adams"]).get("/members/ben").text
    assert "Companion" not in seen
    assert "Companion" in ben.get("/members/ben").text  # one's own rank stays one's own
    assert fill(ben, "/leaderboards", "/leaderboards/mine/end").status_code == 302
    assert names("all")[0] == "Ben Bauer"


def test_who_stays_out_looks_like_who_earned_nothing(three, sign_in):
    dan = builders.member("Dan Doe")
    with builders.work():
        db.session.execute(update(Member).where(Member.id == three["Ben Bauer"]).values(unranked_at=clock.now()))
    client = sign_in(three["Ann Adams"])
    pages = [client.get(f"/members/{handle}").text for handle in ("ben", "dan")]
    assert ["Regular" in page for page in pages] == [False, False]
    assert dan


@pytest.mark.db
def test_a_thousand_members_cost_as_many_queries_as_ten(three, sign_in, queries):
    client, costs = sign_in(three["Ann Adams"]), []
    for count in (0, 1000):
        _crowd(count)
        with queries() as seen:
            assert client.get("/leaderboards?days=all").status_code == 200
        costs.append(len(seen))
    assert costs[0] == costs[1] <= 6
    for period in ("7", "30"):
        with queries() as seen:
            client.get(f"/leaderboards?days={period}")
        assert len(seen) <= 6


def _crowd(count: int) -> None:
    """So many more members, as rows."""
    if not count:
        return
    seat = db.session.execute(select(Member.cell_id, Member.squad_id).where(Member.cell_id.is_not(None))).first()
    assert seat is not None
    said = {"password_hash": "-", "state": "active", "timezone": "UTC", "version": 0, "created_at": clock.now()}
    rows = [
        {"email": f"m{n}@ninefold.test", "name": f"M {n}", "handle": f"m{n}", **seat._mapping, **said}
        for n in range(count)
    ]
    with builders.work():
        db.session.execute(insert(Member), rows)


def test_ranks_and_badges_are_what_was_done():
    assert [ranks.of(points) for points in (0, 99, 100, 1499, 1500, 99_999)] == [0, 0, 1, 2, 3, 4]
    assert (ranks.left(90), ranks.left(5000)) == (10, None)
    row = frozenset(Week(2026, 50).plus(ahead) for ahead in range(12))  # across week 53
    assert longest(row) == 12
    assert longest(row - {Week(2026, 53)}) == 8
    assert of_deeds(Deeds(row, 10, 19)) == ("in_a_row", "listener")
    assert of_deeds(Deeds(frozenset(), 0, 0)) == ()
