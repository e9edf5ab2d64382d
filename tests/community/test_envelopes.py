"""Red envelopes: points for the own cell, drawn fairly, one share a person, for a day; the rest returns."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from community.earning import (
    decision_invariants,
    draws,
    envelopes,
    handouts,
    origins,
    point_invariants,
    points,
    statements,
)
from community.earning.envelopes import Envelope
from community.earning.lots import Lot
from community.earning.statements import Filter
from kernel import clock, db
from kernel.errors import Conflict, Forbidden, Invalid, Locked, NotCovered, NotFound, SoldOut, TooMany
from tests import builders


def settled(name: str) -> int:
    """A member who has written a check-in, and may give and take."""
    member_id = builders.member(name)
    builders.checkin(member_id)
    builders.drain()
    return member_id


@pytest.fixture
def ann(app):
    """Ann is Settled and has 300 points."""
    member_id = settled("Ann Adams")
    builders.points(member_id, 300)
    return member_id


def give(giver: int, amount: int = 60, places: int = 3, kind: str = "random", key: str = "") -> str:
    with builders.work():
        return envelopes.open(builders.viewer(giver), kind, amount, places, "For Sunday", key or builders.key())


def take(taker: int, number: str) -> int:
    with builders.work():
        return envelopes.take(builders.viewer(taker), number)


def row(number: str) -> Envelope:
    db.session.rollback()
    return db.session.scalars(
        select(Envelope).where(Envelope.number == number).execution_options(populate_existing=True)
    ).one()


def sound() -> None:
    db.session.rollback()
    checks = {**decision_invariants.INVARIANTS, **point_invariants.INVARIANTS}
    assert {name: found for name, check in checks.items() if (found := check())} == {}


@pytest.mark.db
def test_shares_reach_their_takers_as_they_were_drawn_and_the_rest_returns(ann, travel):
    ben, eve = settled("Ben Bauer"), settled("Eve Eastman")
    number = give(ann, key="once")
    assert give(ann, key="once") == number
    assert (points.purse(ann), points.aside(ann)) == (240, (0, 0))
    drawn = row(number)
    assert sum(drawn.shares) == 60
    assert min(drawn.shares) >= 1
    assert drawn.seed_hash == draws.hash_of(drawn.seed)
    got = [take(ben, number), take(eve, number)]
    assert take(ben, number) == got[0], "a second click hears of the same share"
    assert got == drawn.shares[:2]
    assert (points.purse(ben), points.purse(eve)) == tuple(got)
    ends = set(db.session.scalars(select(Lot.expires_at).where(Lot.issuer == "community", Lot.grant_id.is_(None))))
    assert len(ends) == 1, "a share lapses when it would have lapsed"
    sound()
    travel(hours=24)
    assert row(number).state == "ended"
    assert points.purse(ann) == 300 - sum(got)
    with pytest.raises(SoldOut):
        take(settled("Una Unger"), number)
    rows = [(line.amount, line.reason, line.cause) for line in statements.rows(ann, Filter())[:2]]
    cause = f"envelope:{drawn.id}"
    assert rows == [(drawn.shares[2], "points.release", cause), (-60, "points.hold", cause)]
    assert [(line.amount, line.reason, line.cause) for line in statements.rows(ben, Filter())[:1]] == [
        (got[0], "points.envelope", cause)
    ]
    sound()


def test_the_last_share_ends_it_and_nothing_returns(ann):
    ben, eve = settled("Ben Bauer"), settled("Eve Eastman")
    number = give(ann, 40, 2, "equal")
    assert [take(ben, number), take(eve, number)] == [20, 20]
    assert row(number).state == "ended"
    with pytest.raises(SoldOut):
        take(settled("Una Unger"), number)
    builders.drain()
    assert points.purse(ann) == 260
    sound()


def test_who_may_not_take_is_told_why_and_nothing_moves(ann):
    number = give(ann)
    with pytest.raises(Forbidden, match="envelope_own"):
        take(ann, number)
    with pytest.raises(Locked):
        take(builders.member("Nora Neu"), number)
    far = builders.member("Fern Far", builders.cell("Hillside"))
    with pytest.raises(Forbidden, match="other_cell"):
        take(far, number)
    eve = settled("Eve Eastman")
    builders.suspend(eve)
    with pytest.raises(Forbidden, match="state_suspended"):
        take(eve, number)
    with pytest.raises(NotFound):
        take(builders.account("Ada Applicant"), number)
    assert row(number).taken_count == 0
    sound()


def test_nothing_is_taken_after_the_day_nor_foreseen_before_its_end(ann):
    """Whether the worker has ended it yet or not."""
    ben, eve = (builders.viewer(settled(name)) for name in ("Ben Bauer", "Eve Eastman"))
    number = give(ann)
    made = row(number)
    with clock.frozen(made.ends_at - timedelta(seconds=1)):
        assert take(ben.id, number) == made.shares[0]
    with clock.frozen(made.ends_at), pytest.raises(SoldOut):
        take(eve.id, number)
    assert points.purse(eve.id) == 0
    for viewer in (ben, eve, builders.viewer(ann)):
        seen = handouts.shown(viewer, made.cell_id, number)
        assert (seen.seed, seen.shares) == (None, None)
    far = builders.viewer(builders.member("Fern Far", builders.cell("Hillside")))
    assert origins.place(ben, f"envelope:{made.id}") is not None
    assert origins.place(far, f"envelope:{made.id}") is None


def test_three_a_day_in_the_givers_zone_of_up_to_two_hundred_that_one_has(ann, travel):
    for amount, places, kind in (
        (201, 3, "random"),
        (10, 11, "random"),
        (10, 1, "random"),
        (10, 3, "equal"),
        (9, 3, "odd"),
    ):
        with pytest.raises(Invalid):
            give(ann, amount, places, kind)
    for _ in range(3):
        give(ann, 10, 2)
    with pytest.raises(TooMany):
        give(ann, 10, 2)
    travel(days=1)
    give(ann, 200, 2)
    with pytest.raises(NotCovered):
        give(ann, 101, 2)
    with pytest.raises(Locked):
        give(builders.member("Nora Neu"), 10, 2)


def test_an_envelope_ends_before_its_first_points_lapse(ann, travel):
    ends = statements.lots(ann)[0].expires_at
    travel(to=ends - timedelta(hours=3))
    number = give(ann, 60, 2)
    assert row(number).ends_at == ends - timedelta(minutes=1)
    travel(hours=4)
    assert (row(number).state, points.purse(ann)) == ("ended", 0)
    assert not statements.lots(ann), "nothing lives longer for having lain in an envelope"
    sound()


def test_a_share_repays_what_its_taker_owes_and_who_owes_gives_none(ann):
    from community.earning import debts
    from kernel import ledger

    ben = settled("Ben Bauer")
    with builders.work():
        points.lock(ben)
        ledger.post(debts.incurring(ben, "community", 5, subject="penalty:9"), "test", "owes", "test:1")
    share = take(ben, give(ann, 40, 2, "equal"))
    assert (share, points.purse(ben), points.aside(ben)) == (20, 15, (0, 0))
    with builders.work():
        points.lock(ben)
        ledger.post(debts.incurring(ben, "community", 50, subject="penalty:9"), "test", "owes-2", "test:1")
    with pytest.raises(Conflict, match="points_owed"):
        give(ben, 10, 2)


def test_every_cut_is_as_likely_and_follows_from_the_seed():
    seen: dict[int, int] = {}
    for number in range(400):
        shares = draws.shares("random", 5, 2, f"seed-{number}")
        assert sum(shares) == 5
        assert len(shares) == 2
        seen[shares[0]] = seen.get(shares[0], 0) + 1
    assert set(seen) == {1, 2, 3, 4}
    assert min(seen.values()) > 70
    assert draws.shares("random", 98, 98, "x") == [1] * 98
    assert (
        draws.shares("random", 200, 5, "a")
        == draws.shares("random", 200, 5, "a")
        != draws.shares("random", 200, 5, "b")
    )
