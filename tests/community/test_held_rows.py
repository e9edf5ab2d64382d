"""Who needs a charge, a subscription, dues, an application and a member takes them in this order, so nobody waits in a
ring.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import update

from community.joining import applications, deadlines, fees, memberships
from kernel import clock, db
from tests import builders, holding, people
from tests.community import paying_members as paying

pytestmark = [pytest.mark.usefixtures("app"), pytest.mark.db]


def test_a_membership_ends_in_the_order_in_which_dues_are_weighed(queries: Callable[[], Any]) -> None:
    ann, price = people.member("Ann Okafor"), paying.asked()
    paying.subscribed(ann, price["Member month"])
    is_postgres = db.sql.engine.dialect.name == "postgresql"
    with queries() as seen, builders.work():
        memberships.leave(ann, by=ann)
    wanted = ["payments_subscriptions", "community_dues", "community_members"]
    assert paying.state(ann) == ("ended", "removed")
    assert not is_postgres or holding.order(seen, *wanted) == wanted


def test_an_unfinished_way_in_is_repaid_in_the_order_in_which_a_fee_is_paid(queries: Callable[[], Any]) -> None:
    cho = people.paid()
    application = applications.newest(cho)
    assert application is not None
    with builders.work():
        db.changed(update(applications.Application).values(due_at=clock.now()))
    with queries() as seen, builders.work():
        deadlines.meet(application.id)
    assert fees.newest(cho).state == "returning"
    taken = holding.order(seen, "payments_charges", "community_applications")
    if db.sql.engine.dialect.name == "postgresql":
        assert taken == ["payments_charges", "community_applications"]
