"""The ledger of a collected pledge: what Stripe holds is owed to the brand and, its commission, to the community."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select, update

from crowdfund.campaigns import Campaign
from crowdfund.pledges import books
from kernel import db
from kernel.ledger import Account, Entry, LegRow
from tests import builders
from tests.crowdfund import stage
from tests.crowdfund.stage import bowl, broken, pledge, row_of, settle


def posted(reason: str) -> dict[str, int]:
    db.session.rollback()
    rows = select(Account.owner, Account.name, func.sum(LegRow.amount)).group_by(Account.owner, Account.name)
    rows = rows.join(LegRow, LegRow.account_id == Account.id).join(Entry, Entry.id == LegRow.entry_id)
    return {
        f"{owner} {name}": int(total) for owner, name, total in db.session.execute(rows.where(Entry.reason == reason))
    }


@pytest.mark.parametrize(
    ("amount_minor", "rate_bp", "share"),
    [(5_000, 500, 250), (4_999, 500, 250), (4_989, 500, 249), (4_990, 500, 250), (100, 0, 0), (101, 5_000, 51)],
)
def test_the_commission_is_rounded_half_up(amount_minor, rate_bp, share):
    assert books.commission(amount_minor, rate_bp) == share


@pytest.mark.db
def test_a_collected_pledge_is_owed_to_its_brand_less_the_commission(app, travel):
    kiln = stage.campaign(5_000)
    pledge(builders.engaged("Ann Adams"), kiln, 4_999, bowl(kiln).id)
    pledge(builders.engaged("Bob Brown"), kiln, 5_001)
    settle(kiln, travel, minutes=1)
    brand = f"brand:{row_of(kiln).brand_id}"
    owed = {"gateway charges": 10_600, f"{brand} pledges": -9_500, f"{brand} shipping": -600}
    assert posted("crowdfund.pledge_collected") == {**owed, "community commission": -500}
    stage.call_off(kiln)
    travel(minutes=1)
    back = posted("crowdfund.pledge_refunded")
    assert back == {name: -amount for name, amount in posted("crowdfund.pledge_collected").items()}
    assert broken() == []


def test_a_campaign_keeps_the_commission_it_began_with(app, travel):
    kiln = stage.campaign(5_000)
    pledge(builders.engaged("Ann Adams"), kiln, 5_000)
    with builders.work():
        db.changed(update(Campaign).where(Campaign.id == kiln).values(commission_bp=0))
    settle(kiln, travel, minutes=1)
    assert "community commission" not in posted("crowdfund.pledge_collected")
    assert broken() == []
