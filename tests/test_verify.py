"""`flask verify` is not vacuous: for every invariant a row is broken by hand, past all guards, and it must say so.

Each corruption runs in a transaction that is rolled back, with the database's own rules (CHECKs, UNIQUEs, append-only
triggers) out of the way: what they refuse today, a restored backup or a careless migration may bring tomorrow.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from community.earning import adjustments, envelopes, penalties, points
from community.joining import applications, members
from community.living import heart_talks, hidings, reactions
from kernel import clock, db, house, ledger, verify
from shop import orders
from tests import builders
from tests.community import paying_members
from tests.conftest import MONDAY, _config, migrate
from tests.crowdfund import stage
from tests.payments import owed
from tests.shop import goods
from wsgi import create_app

TABLE = tomllib.loads((Path(__file__).parent / "corruptions.toml").read_text("utf-8"))["corruption"]


def _lived() -> None:
    """A small community in which everything that verify looks at has happened."""
    ann, bowl = builders.engaged("Ann Adams"), goods.product(stock_count=9)
    bob = builders.engaged("Bob Brown")
    builders.points(ann, 300)
    goods.order(ann, bowl, points=50)
    given_back = goods.order(ann, bowl)
    with builders.work():
        orders.refund(builders.viewer(builders.operator()), given_back, "It came broken.")
    helper = builders.member("Hugo Helfer")
    liked, unliked, regretted = builders.post(helper), builders.post(helper), builders.post(helper)
    for number in (liked, unliked, regretted):
        with builders.work():
            reactions.like(builders.viewer(ann), number)
    with builders.work():
        reactions.unlike(builders.viewer(ann), unliked)
    void = builders.held_talk(ann)
    with builders.work():
        heart_talks.void(builders.viewer(builders.steward()), void)
    builders.suspend(helper)
    _apply_twice(builders.account("Noor Newcomer"))
    builders.drain()
    clock.freeze(MONDAY + timedelta(days=4))  # what was earned is paid out by now
    builders.drain()
    _backed(ann, bob)
    _in_debt(helper, regretted, ann)
    _decided(ann, bob)
    _pays_dues(ann)
    owed.lived()
    goods.place(ann, bowl, points=100)
    builders.comment(ann, liked)  # nobody has heard of this one yet
    db.session.rollback()


def _pays_dues(member_id: int) -> None:
    """Dues are asked, and one member has chosen a tier with an offer."""
    price = paying_members.asked(grace=timedelta(days=400))
    paying_members.offer()
    paying_members.subscribed(member_id, price["Member month"], "WELCOME")


def _in_debt(member_id: int, liked: str, liker: int) -> None:
    """The member spent everything, and then a like that had been paid is taken back."""
    with builders.work():
        held = points.lock(member_id)
        points.hold(member_id, held, "debt-hold", "test:1")
        ledger.post(points.spending(member_id, held, "test:1"), "test", "debt-spent", "test:1")
    with builders.work():
        reactions.unlike(builders.viewer(liker), liked)
    builders.drain()


def _decided(ann: int, bob: int) -> None:
    """An envelope with one share taken, a penalty, an adjustment, and a post that is hidden with its like."""
    boss, steward = builders.viewer(builders.operator()), builders.viewer(builders.steward())
    regretted = builders.post(bob)
    with builders.work():
        reactions.like(builders.viewer(ann), regretted)
        number = envelopes.open(builders.viewer(ann), "random", 30, 3, "", builders.key())
    with builders.work():
        envelopes.take(builders.viewer(bob), number)
        penalties.impose(steward, members.get(bob), "spam", 10, "An advertisement under a letter.", builders.key())
        adjustments.adjust(boss, members.get(ann), 5, 30, "A talk was not counted.", builders.key())
        hidings.hide_post(steward, regretted, "It names a customer.")
    builders.drain()


def _backed(ann: int, bob: int) -> None:
    """A campaign that was funded, one that was missed, one that was called off, and one that still runs."""
    start = clock.now()
    funded, missed = stage.campaign(5_000, 2), stage.campaign(9_000, 2, title="A third kiln")
    stage.pledge(ann, funded, 5_000, stage.bowl(funded).id)
    stage.pledge(bob, funded, 5_000, card=stage.DECLINES)
    stage.pledge(ann, missed, 5_000)
    off = stage.campaign(5_000, 5, title="A fourth kiln")
    stage.pledge(ann, off, 5_000)
    stage.call_off(off)
    builders.drain()
    clock.freeze(start + timedelta(days=2, minutes=45))
    builders.drain()
    for _ in range(3):  # what waits for its turn at Stripe
        clock.freeze(clock.now() + timedelta(seconds=1))
        builders.drain()
    open_one = stage.campaign(90_000, 20, title="A fifth kiln")
    stage.pledge(ann, open_one, 5_000, stage.bowl(open_one).id)
    stage.begin(bob, open_one, 5_000, stage.bowl(open_one).id)


def _apply_twice(member_id: int) -> None:
    from community.joining import fees

    with builders.work():
        applications.begin(member_id)
    with builders.work():
        fees.withdraw(member_id)
    with builders.work(), clock.frozen(clock.now().replace(year=2027)):
        applications.begin(member_id)


@pytest.fixture(scope="module")
def invariants(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Callable[[], list[str]]]]:
    folder: Path = tmp_path_factory.mktemp("verify")
    url = f"sqlite:///{folder / 'ninefold.db'}"
    migrate(url)
    made = create_app(_config(folder, url))
    house.stay_indoors(made)
    clock.freeze(MONDAY)
    with made.app_context():
        _lived()
        yield house.current().invariants
        db.session.remove()
        db.sql.engine.dispose()
    clock.freeze(None)


def test_a_community_that_lived_by_its_verbs_is_whole(invariants: dict[str, Callable[[], list[str]]]) -> None:
    db.session.rollback()
    assert {name: found for name, found in verify.check(invariants) if found} == {}


def test_every_invariant_has_a_corruption_that_it_must_see(invariants: dict[str, Callable[[], list[str]]]) -> None:
    assert {row["invariant"] for row in TABLE} == set(invariants)


@pytest.mark.parametrize(
    ("name", "statements"),
    [(row["invariant"], row["sql"]) for row in TABLE],
    ids=[f"{row['invariant']}: {row['broken']}" for row in TABLE],
)
def test_a_broken_row_is_reported(
    invariants: dict[str, Callable[[], list[str]]], name: str, statements: list[str]
) -> None:
    db.session.rollback()
    try:
        with db.writing():
            for rule in ("PRAGMA ignore_check_constraints = ON", "PRAGMA defer_foreign_keys = ON", *_triggers()):
                db.session.execute(text(rule))
            changed = [db.session.execute(text(statement)).rowcount for statement in statements]  # type: ignore[attr-defined]
            found = invariants[name]()
    finally:
        db.session.execute(text("PRAGMA ignore_check_constraints = OFF"))
        db.session.rollback()
    assert changed[-1], "nothing was broken: the world of this test lacks the rows"
    assert found


def _triggers() -> list[str]:
    names = db.session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all()
    return [f"DROP TRIGGER {name}" for name in names]
