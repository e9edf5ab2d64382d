"""A long-lived ledger as rows: members and their settled grants, as the product's verbs would have left them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select, text

from kernel import clock, db
from kernel.ledger import Account, Leg, account
from tests import builders

FIRST = 1_000_000  # ids far above all that the world of a test needs by itself
KEPT = "password_hash, state, timezone, version, created_at"
NUMBERS = "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :count)"
# One entry in four belongs to the one whose statement is looked at.
WHO = "CASE WHEN n % 4 = 0 THEN :ann ELSE :first + n % :members END"
AT = "CASE WHEN n * 3 < :count THEN :early WHEN n * 3 < :count * 2 THEN :later ELSE :late END"
MEMBERS = f"""INSERT INTO community_members (id, email, name, handle, {KEPT})
    {NUMBERS} SELECT :first + n - 1, 'm' || n || '@many.test', 'M ' || n, 'm' || n, {KEPT}
    FROM numbers CROSS JOIN community_members WHERE id = :model"""
BEGUN = f"""INSERT INTO kernel_moves (table_name, row_id, verb, from_state, to_state, at)
    {NUMBERS} SELECT table_name, :first + n - 1, verb, from_state, to_state, at
    FROM numbers CROSS JOIN kernel_moves WHERE table_name = 'community_members' AND row_id = :model"""
ACCOUNTS = """INSERT INTO kernel_accounts (owner, name, unit, floor, balance)
    SELECT 'member:' || m.id, b.name, b.unit, TRUE, 0 FROM community_members m
    CROSS JOIN (SELECT 'purse' AS name, 'points' AS unit UNION ALL SELECT 'standing', 'standing') b
    WHERE NOT EXISTS (SELECT 1 FROM kernel_accounts a WHERE a.owner = 'member:' || m.id AND a.name = b.name)"""
GRANTS = f"""INSERT INTO community_grants (id, rule, version, recipient_id, object, purpose, issuer, capped, points,
    asked, paid, undone, taken_back, turns, state, zone, earned_on, created_at, matures_at, attempts)
    {NUMBERS} SELECT :first + n, 'introduction', 1, {WHO}, 'introduction:' || (:first + n),
    CASE WHEN n % 8 < 4 THEN 'spendable' ELSE 'standing' END, 'community', FALSE,
    1, 1, 1, 0, 0, 0, 'posted', 'UTC', :day, {AT}, {AT}, 0 FROM numbers"""
POSTED = f"""INSERT INTO kernel_moves (table_name, row_id, verb, from_state, to_state, at)
    {NUMBERS} SELECT 'community_grants', :first + n, 'post', 'pending', 'posted', {AT} FROM numbers"""
ENTRIES = f"""INSERT INTO kernel_entries (id, key, reason, cause, at)
    {NUMBERS} SELECT :first + n, 'grant-' || (:first + n), 'points.issue', 'introduction:' || (:first + n), {AT}
    FROM numbers"""
LEGS = """INSERT INTO kernel_legs (entry_id, account_id, amount)
    SELECT g.id, CASE WHEN s.side = 1 THEN a.id WHEN g.purpose = 'standing' THEN :given ELSE :budget END, s.side
    FROM community_grants g
    JOIN kernel_accounts a ON a.owner = 'member:' || g.recipient_id
     AND a.name = CASE WHEN g.purpose = 'standing' THEN 'standing' ELSE 'purse' END
    CROSS JOIN (SELECT 1 AS side UNION ALL SELECT -1) s WHERE g.id > :first ORDER BY g.id, s.side"""
LOTS = """INSERT INTO community_lots (key, member_id, grant_id, issuer, amount, held, spent, expired, reversed,
    available_at, expires_at, due_at, attempts)
    SELECT 'grant-' || id, recipient_id, id, 'community', 1, 0, 0, 0, 0, created_at, :ends, :ends, 0
    FROM community_grants WHERE id > :first AND purpose = 'spendable' ORDER BY id"""
BALANCES = """UPDATE kernel_accounts SET balance = (SELECT sum(amount) FROM kernel_legs l
    WHERE l.account_id = kernel_accounts.id) WHERE floor AND id IN (SELECT account_id FROM kernel_legs)"""


def settled(ann: int, legs: int) -> None:
    """So many legs more, a quarter of them Ann's, the others' a hundredth as many members'; over the last 70 days."""
    now = clock.now()
    early, later, late = (now - timedelta(days=days) for days in (70, 40, 10))
    said = {"first": FIRST, "ann": ann, "model": builders.account("Model Member"), "count": legs // 2}
    said |= {"members": max(1, legs // 100), "day": late.date(), "ends": now + timedelta(days=300)}
    said |= {"early": early, "later": later, "late": late}
    with builders.work():
        said |= {"budget": _account("budget", "points"), "given": _account("standing_given", "standing")}
        for statement in (MEMBERS, BEGUN):
            _run(statement, {**said, "count": said["members"]})
        for statement in (ACCOUNTS, GRANTS, POSTED, ENTRIES, LEGS, LOTS, BALANCES):
            _run(statement, said)
    with db.sql.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


def _account(name: str, unit: str) -> int:
    account(Leg("community", name, unit, 0, floor=name == "budget"))
    found = select(Account.id).where(Account.owner == "community", Account.name == name)
    return int(db.session.scalars(found).one())


def _run(statement: str, values: dict[str, Any]) -> None:
    used = {name: value for name, value in values.items() if f":{name}" in statement}
    times = [bindparam(name, type_=db.UtcDateTime()) for name, value in used.items() if isinstance(value, datetime)]
    db.session.execute(text(statement).bindparams(*times), used)
