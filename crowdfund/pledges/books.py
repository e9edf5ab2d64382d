"""What a collected pledge moves on the ledger: the gateway's money is owed to the brand, less the commission."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from crowdfund.campaigns.rows import get as campaign_of
from crowdfund.pledges.rows import Pledge
from kernel import ledger
from kernel.ledger import Leg, Posting
from kernel.money import share
from payments import payables
from payments.payables import Part

COMMISSION = ("community", "commission")
WHOLE_BP = 10_000


def collected_each(pledges: Sequence[Any]) -> None:
    """Post collected pledges of one currency, each once a charge, as rows of `reading.held_each`."""
    ledger.post_each([Posting(_money(row), "crowdfund.pledge_collected", _key(row), cause(row)) for row in pledges])
    payables.owe_each([(row.charge_id, _owed(row)) for row in pledges], pledges[0].currency)


def given_back(pledge: Pledge, refund_id: int, amount_minor: int) -> bool:
    """Post what went back of a pledge by one refund; False when it was posted before. Asked while the pledge is held.

    It is shared by largest remainder of what is left of each share, so that all refunds together undo the pledge
    exactly, however it was divided.
    """
    key, unit = f"crowdfund-pledge:{pledge.id}:refunded:{refund_id}", pledge.currency
    if ledger.posted(key):
        return False
    stands, owner = ledger.standing(cause(pledge), unit), f"brand:{campaign_of(pledge.campaign_id).brand_id}"
    accounts = [(owner, "pledges"), (owner, "shipping"), COMMISSION]
    shares = share(amount_minor, [-stands.get(account, 0) for account in accounts])
    legs = [Leg(*account, unit, part) for account, part in zip(accounts, shares, strict=True)]
    ledger.post(
        [Leg("gateway", "charges", unit, -amount_minor), *legs], "crowdfund.pledge_refunded", key, cause(pledge)
    )
    assert pledge.charge_id is not None, "a collected pledge has its charge"
    back = Part(owner, payable_cause(pledge.campaign_id), amount_minor, shares[2], 0)
    payables.reduce(pledge.charge_id, [back])
    return True


def cause(pledge: Any) -> str:
    """How the ledger names a pledge."""
    return f"crowdfund_pledges:{pledge.id}"


def payable_cause(campaign_id: int) -> str:
    """How payables name a campaign: what its pledges brought is paid out together."""
    return f"crowdfund_campaigns:{campaign_id}"


def commission(amount_minor: int, commission_bp: int) -> int:
    """The community's share of a pledge without its shipping, in minor units, half a unit rounded up."""
    return (amount_minor * commission_bp + WHOLE_BP // 2) // WHOLE_BP


def _key(pledge: Any) -> str:
    return f"crowdfund-pledge:{pledge.id}:collected:{pledge.charge_id}"


def _owed(pledge: Any) -> Part:
    cut = commission(pledge.amount_minor, pledge.commission_bp)
    return Part(f"brand:{pledge.brand_id}", payable_cause(pledge.campaign_id), pledge.total_minor, cut, 0)


def _money(pledge: Any) -> list[Leg]:
    unit, owner = pledge.currency, f"brand:{pledge.brand_id}"
    cut = commission(pledge.amount_minor, pledge.commission_bp)
    return [
        Leg("gateway", "charges", unit, pledge.total_minor),
        Leg(owner, "pledges", unit, -(pledge.amount_minor - cut)),
        Leg(owner, "shipping", unit, -pledge.shipping_minor),
        Leg(*COMMISSION, unit, -cut),
    ]
