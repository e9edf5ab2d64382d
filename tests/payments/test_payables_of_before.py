"""Orders and pledges that were paid before there were payables get theirs by the migration, to the unit."""

from __future__ import annotations

import importlib

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import text

from kernel import db
from tests import builders
from tests.crowdfund import stage
from tests.payments import owed
from tests.payments.owners import sound
from tests.shop import goods

TABLES = ("payables", "payouts", "releases", "payees")
KEPT = "payee, charge_id, cause, currency, gross_minor, commission_minor, tax_minor, net_minor, state"


def rows(sql: str) -> list[tuple[object, ...]]:
    db.session.rollback()
    return [tuple(row) for row in db.session.execute(text(sql))]


@pytest.mark.db
def test_what_was_paid_before_is_owed_as_if_it_had_been_paid_today(app, travel):
    ann, kiln = builders.engaged("Ann Adams"), stage.campaign(5_000, 2)
    stage.pledge(ann, kiln, 5_001, stage.bowl(kiln).id)
    stage.settle(kiln, travel, minutes=1)
    builders.points(ann, 300)
    goods.send(goods.order(ann, goods.product(), goods.product("Tea", "A tin"), points=100))
    owed.later(days=22)  # by then both parcels count as delivered
    goods.order(ann)
    payables = f"SELECT {KEPT} FROM payments_payables WHERE state <> 'void' ORDER BY cause, charge_id"
    released = "SELECT cause, at FROM payments_releases ORDER BY cause"
    before = rows(payables), rows(released), rows("SELECT name, due_at FROM payments_payees ORDER BY name")
    assert [len(part) for part in before] == [4, 3, 2]
    migration = importlib.import_module("migrations.versions.20261122_25_payouts")
    with builders.work():
        for table in TABLES:
            db.session.execute(text(f"DELETE FROM payments_{table}"))
        db.session.execute(text("DELETE FROM kernel_moves WHERE table_name LIKE 'payments_pay%'"))
        with Operations.context(MigrationContext.configure(db.session.connection())):
            migration._what_parcels_brought()
            migration._what_pledges_brought()
            migration._payees()
    assert rows(payables) == before[0]
    assert rows(released) == before[1]
    assert [name for name, _due in rows("SELECT name, due_at FROM payments_payees ORDER BY name")] == [
        name for name, _due in before[2]
    ]
    sound()
