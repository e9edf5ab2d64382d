"""`flask verify` is not vacuous: for every invariant a row is broken by hand, past all guards, and it must say so.

Each corruption runs in a transaction that is rolled back, with the database's own rules (CHECKs, UNIQUEs, append-only
triggers) out of the way: what they refuse today, a restored backup or a careless migration may bring tomorrow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from community.joining import applications
from community.living import heart_talks, reactions
from kernel import clock, db, house, verify
from shop import orders
from tests import builders
from tests.conftest import MONDAY, _config, migrate
from tests.shop import goods
from wsgi import create_app

pytestmark = pytest.mark.xdist_group("verify")

# (invariant, what is broken, the statements that break it)
CORRUPTIONS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (
        "ledger entries sum to zero per unit",
        "a leg grew",
        ("UPDATE kernel_legs SET amount = amount + 1 WHERE id = (SELECT max(id) FROM kernel_legs)",),
    ),
    (
        "every entry has a cause and at least two legs",
        "a leg vanished",
        ("DELETE FROM kernel_legs WHERE id = (SELECT max(id) FROM kernel_legs)",),
    ),
    (
        "every entry has a cause and at least two legs",
        "a cause was wiped",
        ("UPDATE kernel_entries SET cause = '' WHERE id = (SELECT max(id) FROM kernel_entries)",),
    ),
    (
        "kept balances equal the sum of their legs",
        "a purse grew",
        ("UPDATE kernel_accounts SET balance = balance + 1 WHERE name = 'purse'",),
    ),
    (
        "states move only along their table",
        "a state was set by hand",
        ("UPDATE shop_orders SET state = 'closed' WHERE state = 'paid'",),
    ),
    (
        "states move only along their table",
        "a step is missing",
        ("DELETE FROM kernel_moves WHERE table_name = 'shop_orders' AND verb = 'begin'",),
    ),
    (
        "states move only along their table",
        "a move that no table knows",
        ("UPDATE kernel_moves SET verb = 'jump' WHERE table_name = 'shop_orders' AND verb = 'pay'",),
    ),
    (
        "every delivery has its fact and a listener",
        "a listener that nobody is",
        ("UPDATE kernel_deliveries SET listener = 'nobody'",),
    ),
    (
        "every delivery has its fact and a listener",
        "a fact vanished",
        ("DELETE FROM kernel_facts WHERE id IN (SELECT fact_id FROM kernel_deliveries)",),
    ),
    (
        "nothing due is parked or overdue by a sweep",
        "a parked row",
        ("UPDATE kernel_deliveries SET parked_at = due_at",),
    ),
    (
        "nothing due is parked or overdue by a sweep",
        "an overdue row",
        ("UPDATE kernel_deliveries SET due_at = '2026-11-01 00:00:00.000000'",),
    ),
    (
        "nothing due is parked or overdue by a sweep",
        "an overdue row whose worker died",
        ("UPDATE kernel_deliveries SET due_at = '2026-11-01 00:00:00', lease_until = '2026-11-01 00:00:00'",),
    ),
    (
        "payments that were refused are being refunded",
        "a refused payment was kept",
        ("UPDATE payments_charges SET state = 'refused' WHERE state = 'paid' AND refunded_minor = 0",),
    ),
    (
        "refunds equal what their charge promised back",
        "a refund shrank",
        ("UPDATE payments_refunds SET amount_minor = amount_minor - 1",),
    ),
    (
        "refunds equal what their charge promised back",
        "a refund without a promise",
        ("UPDATE payments_charges SET refunded_minor = 0",),
    ),
    (
        "the gateway's account equals charges less refunds",
        "a charge grew",
        ("UPDATE payments_charges SET amount_minor = amount_minor + 1 WHERE state = 'paid'",),
    ),
    (
        "the gateway's account equals charges less refunds",
        "a payment that nobody booked",
        ("UPDATE payments_charges SET state = 'paid', intent_id = 'pi_x' WHERE state = 'open'",),
    ),
    (
        "no charge outlives its end by more than a sweep",
        "an old open charge",
        ("UPDATE payments_charges SET expires_at = '2026-11-01 00:00:00.000000' WHERE state = 'open'",),
    ),
    (
        "seats of a cell equal its people and approvals, 99 at most",
        "a seat too many",
        ("UPDATE community_cells SET seats_taken = seats_taken + 1",),
    ),
    (
        "seats of a cell equal its people and approvals, 99 at most",
        "a reservation of nobody",
        ("UPDATE community_cells SET seats_reserved = seats_reserved + 1",),
    ),
    (
        "places of a squad equal its people",
        "a place too many",
        ("UPDATE community_squads SET taken = taken + 1",),
    ),
    (
        "a person has one live application at most",
        "an old one lives again",
        (
            "DROP INDEX uq_community_applications_one_live",
            "UPDATE community_applications SET state = 'draft' WHERE state IN ('withdrawn', 'submitted')",
        ),
    ),
    (
        "nobody is a member without having accepted the covenant",
        "an acceptance vanished",
        ("DELETE FROM community_acceptances",),
    ),
    (
        "no fee is asked without an approval",
        "a decision vanished",
        ("UPDATE community_applications SET decided_at = NULL WHERE state = 'active'",),
    ),
    (
        "decisions and suspensions stand in the audit trail",
        "the trail of decisions was wiped",
        ("DELETE FROM kernel_audits WHERE act LIKE 'application.%'",),
    ),
    (
        "decisions and suspensions stand in the audit trail",
        "the trail of a suspension was wiped",
        ("DELETE FROM kernel_audits WHERE act = 'member.suspend'",),
    ),
    (
        "likes and comments of a post equal its counters",
        "a like of nobody",
        ("UPDATE community_posts SET likes_count = likes_count + 1",),
    ),
    (
        "likes and comments of a post equal its counters",
        "a comment vanished",
        ("DELETE FROM community_comments WHERE id = (SELECT max(id) FROM community_comments)",),
    ),
    (
        "a check-in counts once a week",
        "a week was written twice",
        (
            "ALTER TABLE community_checkins RENAME TO old",
            "CREATE TABLE community_checkins AS SELECT * FROM old",
            "UPDATE community_checkins SET week = 47",
        ),
    ),
    (
        "a check-in counts once a week",
        "a fact vanished",
        ("DELETE FROM kernel_facts WHERE name = 'community.checked_in'",),
    ),
    (
        "attendances and their facts agree",
        "an attendance vanished",
        ("DELETE FROM community_attendances",),
    ),
    (
        "attendances and their facts agree",
        "somebody was told twice",
        (
            "INSERT INTO kernel_facts (name, version, member_id, fields, at) SELECT name, version, member_id, fields, "
            "at FROM kernel_facts WHERE name = 'community.talk_attended' LIMIT 1",
        ),
    ),
    (
        "held and void talks have their facts",
        "a held talk was never told",
        ("DELETE FROM kernel_facts WHERE name = 'community.talk_held'",),
    ),
    (
        "held and void talks have their facts",
        "a void talk was never told",
        ("DELETE FROM kernel_facts WHERE name = 'community.talk_voided'",),
    ),
    (
        "at most one grant a rule, recipient and object",
        "a grant came twice",
        (
            "ALTER TABLE community_grants RENAME TO old",
            "CREATE TABLE community_grants AS SELECT * FROM old",
            "INSERT INTO community_grants SELECT * FROM old",
        ),
    ),
    (
        "posted grants have their ledger entries and the other way round",
        "a posted grant without an entry",
        ("UPDATE kernel_entries SET key = 'x-' || key WHERE key LIKE 'grant-%'",),
    ),
    (
        "posted grants have their ledger entries and the other way round",
        "an entry without a grant",
        ("UPDATE community_grants SET state = 'void' WHERE state = 'posted'",),
    ),
    (
        "an undone cause has an undone grant",
        "a like vanished",
        ("DELETE FROM community_likes",),
    ),
    (
        "an undone cause has an undone grant",
        "a void talk still pays",
        ("UPDATE community_grants SET state = 'pending', undone_at = NULL WHERE rule = 'heart_talk'",),
    ),
    (
        "an undone cause has an undone grant",
        "a refunded order still pays",
        ("UPDATE community_grants SET state = 'pending', undone_at = NULL WHERE rule = 'purchase'",),
    ),
    (
        "milestones and gates follow from the facts",
        "comments that count vanished",
        ("DELETE FROM kernel_facts WHERE name = 'community.commented'",),
    ),
    (
        "milestones and gates follow from the facts",
        "a gate that the milestone does not open",
        ("UPDATE community_unlocks SET gate = 'x.' || gate",),
    ),
    (
        "stock adds up and what is held is on hand",
        "a unit appeared",
        ("UPDATE shop_variants SET on_hand = on_hand + 1",),
    ),
    (
        "stock adds up and what is held is on hand",
        "more is held than there is",
        ("UPDATE shop_variants SET held = on_hand + 1",),
    ),
    (
        "held units are those of unpaid orders",
        "a hold of nobody",
        ("UPDATE shop_variants SET held = held + 1",),
    ),
    (
        "sold units are those of paid orders",
        "a sale of nobody",
        ("UPDATE shop_variants SET sold = sold + 1, on_hand = on_hand - 1",),
    ),
    (
        "an order is its lines less points plus shipping",
        "a total shrank",
        ("UPDATE shop_orders SET total_minor = total_minor - 1",),
    ),
    (
        "an order is its lines less points plus shipping",
        "a line grew",
        ("UPDATE shop_order_lines SET unit_minor = unit_minor + 1",),
    ),
    (
        "an order is its lines less points plus shipping",
        "points that no line has",
        ("UPDATE shop_order_lines SET points = points + 1",),
    ),
    (
        "every order has one parcel a brand that adds up",
        "a parcel vanished",
        ("DELETE FROM shop_parcels WHERE id = (SELECT max(id) FROM shop_parcels)",),
    ),
    (
        "every order has one parcel a brand that adds up",
        "a parcel's shipping grew",
        ("UPDATE shop_parcels SET shipping_minor = shipping_minor + 1",),
    ),
    (
        "a paid order has a charge of its amount and currency",
        "the charge is of another amount",
        ("UPDATE payments_charges SET amount_minor = amount_minor - 1 WHERE purpose = 'shop.order'",),
    ),
    (
        "a paid order has a charge of its amount and currency",
        "the charge is not paid",
        ("UPDATE payments_charges SET state = 'lapsed' WHERE purpose = 'shop.order'",),
    ),
    (
        "no hold outlives its expiry by more than a sweep",
        "an old unpaid order",
        ("UPDATE shop_orders SET expires_at = '2026-11-01 00:00:00.000000' WHERE state = 'placed'",),
    ),
    (
        "held points are those of unpaid orders",
        "held points of no order",
        ("UPDATE shop_orders SET points = 0 WHERE state = 'placed'",),
    ),
    (
        "nobody bought before the gate had opened",
        "the gate opened after the order",
        ("UPDATE shop_orders SET unlocked_at = '2027-01-01 00:00:00.000000'",),
    ),
    (
        "nobody bought before the gate had opened",
        "a snapshot without a milestone",
        ("UPDATE shop_orders SET milestone = ''",),
    ),
    (
        "the books of every paid order say its total",
        "the books of an order vanished",
        ("UPDATE kernel_entries SET cause = 'x' WHERE cause LIKE 'shop_orders:%'",),
    ),
    (
        "the books of every paid order say its total",
        "a refunded order was never booked back",
        ("DELETE FROM kernel_legs WHERE entry_id IN (SELECT id FROM kernel_entries WHERE reason LIKE '%refunded')",),
    ),
)


def _lived() -> None:
    """A small community in which everything that verify looks at has happened."""
    ann, bowl = builders.engaged("Ann Adams"), goods.product(stock_count=9)
    builders.points(ann, 300)
    goods.order(ann, bowl, points=50)
    given_back = goods.order(ann, bowl)
    with builders.work():
        orders.refund(builders.viewer(builders.operator()), given_back, "It came broken.")
    helper = builders.member("Hugo Helfer")
    liked, unliked = builders.post(helper), builders.post(helper)
    for number in (liked, unliked):
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
    goods.place(ann, bowl, points=100)
    builders.comment(ann, liked)  # nobody has heard of this one yet
    db.session.rollback()


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
    assert {name for name, _what, _statements in CORRUPTIONS} == set(invariants)


@pytest.mark.parametrize(
    ("name", "statements"), [(n, s) for n, _w, s in CORRUPTIONS], ids=[f"{n}: {w}" for n, w, _s in CORRUPTIONS]
)
def test_a_broken_row_is_reported(
    invariants: dict[str, Callable[[], list[str]]], name: str, statements: tuple[str, ...]
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
