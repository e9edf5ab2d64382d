"""Disputed pledges: while the payer's bank holds the money they count for nothing, and keep their place (RULES 9)."""

from __future__ import annotations

from crowdfund.campaigns.rows import get as campaign_of
from crowdfund.pledges import paying, tallies
from crowdfund.pledges.ending import OVER
from crowdfund.pledges.rows import Pledge, get, held
from kernel import clock, facts, moves


def disputed(pledge_id: int, charge_id: int) -> None:
    """The payer's bank holds the money of a collected pledge: the campaign has it no longer. Repeating is harmless."""
    pledge = held(pledge_id)
    if moves.tried(Pledge, pledge_id, "dispute", due_at=None):
        tallies.given_back(pledge.campaign_id, pledge.amount_minor)
        facts.record("crowdfund.pledge_disputed", pledge.member_id, **paying.named(pledge))


def decided(pledge_id: int, charge_id: int, lost_minor: int) -> None:
    """The bank has decided: what is left of the pledge counts again, or goes back with a campaign that is over."""
    held(pledge_id)
    # The worker looks at it at once: its campaign may have been fulfilled meanwhile.
    if moves.tried(Pledge, pledge_id, "stand", due_at=clock.now()):
        pledge = get(pledge_id)
        tallies.taken_again(pledge.campaign_id, pledge.amount_minor)
        campaign = campaign_of(pledge.campaign_id)
        if campaign.state in OVER:
            paying.give_back(pledge, f"the campaign is {campaign.state}")
    pledge = get(pledge_id)
    facts.record("crowdfund.pledge_undisputed", pledge.member_id, **paying.named(pledge))
