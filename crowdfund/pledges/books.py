"""What a collected pledge moves on the ledger: the gateway's money is owed to the brand, less the commission."""

from __future__ import annotations

from crowdfund.campaigns.rows import get as campaign_of
from crowdfund.pledges.rows import Pledge
from kernel import ledger
from kernel.ledger import Leg
from payments import payables
from payments.payables import Part

WHOLE_BP = 10_000


def collected(pledge: Pledge) -> None:
    """Post a collected pledge, once a charge."""
    key = f"crowdfund-pledge:{pledge.id}:collected:{pledge.charge_id}"
    ledger.post(_money(pledge), "crowdfund.pledge_collected", key, cause(pledge))
    campaign = campaign_of(pledge.campaign_id)
    share = commission(pledge.amount_minor, campaign.commission_bp)
    owed = Part(f"brand:{campaign.brand_id}", payable_cause(campaign.id), pledge.total_minor, share, 0)
    assert pledge.charge_id is not None, "a collected pledge has its charge"
    payables.owe(pledge.charge_id, [owed], pledge.currency)


def refunded(pledge: Pledge) -> None:
    """Post the reverse of a collected pledge."""
    legs = [Leg(leg.owner, leg.name, leg.unit, -leg.amount) for leg in _money(pledge)]
    ledger.post(legs, "crowdfund.pledge_refunded", f"crowdfund-pledge:{pledge.id}:refunded", cause(pledge))
    assert pledge.charge_id is not None, "a collected pledge has its charge"
    payables.reduce_all(pledge.charge_id)


def cause(pledge: Pledge) -> str:
    """How the ledger names a pledge."""
    return f"crowdfund_pledges:{pledge.id}"


def payable_cause(campaign_id: int) -> str:
    """How payables name a campaign: what its pledges brought is paid out together."""
    return f"crowdfund_campaigns:{campaign_id}"


def commission(amount_minor: int, commission_bp: int) -> int:
    """The community's share of a pledge without its shipping, in minor units, half a unit rounded up."""
    return (amount_minor * commission_bp + WHOLE_BP // 2) // WHOLE_BP


def _money(pledge: Pledge) -> list[Leg]:
    campaign, unit = campaign_of(pledge.campaign_id), pledge.currency
    share, owner = commission(pledge.amount_minor, campaign.commission_bp), f"brand:{campaign.brand_id}"
    return [
        Leg("gateway", "charges", unit, pledge.total_minor),
        Leg(owner, "pledges", unit, -(pledge.amount_minor - share)),
        Leg(owner, "shipping", unit, -pledge.shipping_minor),
        Leg("community", "commission", unit, -share),
    ]
