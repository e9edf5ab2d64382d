"""Crowdfund: campaigns of brands, pledged by members, decided once, collected or released (RULES 9)."""

from __future__ import annotations

from kernel.house import CardPurpose, House, Purpose
from kernel.worker import Chore


def contribute(house: House) -> None:
    """Bring campaigns and pledges into the house."""
    from crowdfund import campaigns, goals, pictures, pledges, questions, rewards, settlement, updates  # noqa: F401
    from crowdfund.pledges import making, paying, sweeping
    from crowdfund.web.sentences import SENTENCES

    goals.configure(house.config.currency)
    house.say(SENTENCES)
    house.purposes[pledges.PURPOSE] = Purpose(
        pledges.PURPOSE, paying.paid, paying.lapsed, paying.refunded, pledges.page_of, paying.declined
    )
    house.card_purposes[pledges.PURPOSE] = CardPurpose(
        pledges.PURPOSE, making.card_saved, making.card_lapsed, pledges.page_of
    )
    house.chores += [
        Chore("campaigns", campaigns.Campaign, settlement.sweep),
        Chore("pledges", pledges.Pledge, sweeping.sweep),
    ]
