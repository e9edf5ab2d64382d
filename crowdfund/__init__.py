"""Crowdfund: campaigns of brands, pledged by members, decided once, collected or released (RULES 9)."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from kernel.house import CardPurpose, CauseKind, DeskItem, House, NavItem, Purpose
from kernel.worker import Chore


def contribute(house: House) -> None:
    """Bring campaigns and pledges into the house."""
    from crowdfund import campaigns, causes, goals, pictures, pledges, questions, rewards, settlement, updates  # noqa: F401
    from crowdfund.campaigns import overseeing
    from crowdfund.demo import story
    from crowdfund.desk import bp as desk
    from crowdfund.desk import questions as asked
    from crowdfund.desk import settlement as settling
    from crowdfund.desk.campaigns import reviewing
    from crowdfund.invariants import invariants
    from crowdfund.pledges import charging, sweeping
    from crowdfund.pledges import following as followed
    from crowdfund.web import bp
    from crowdfund.web.cards import landing
    from crowdfund.web.pledges import following
    from crowdfund.web.sentences import SENTENCES

    goals.configure(house.config.currency)
    house.blueprint(bp, desk)
    house.nav.append(NavItem(_l("Campaigns"), "crowdfund.campaigns", 50))
    house.landing["campaigns"] = lambda: landing(3)
    house.say(SENTENCES)
    house.desk += _desk_items()
    house.tallies["crowdfund_deciding"] = overseeing.deciding_soon
    house.today += [reviewing.waiting, asked.waiting, settling.waiting]
    house.counters["errored_pledges"] = followed.errored_count_of
    house.needs.append(following.need)
    house.pictures[pictures.PURPOSE] = pictures.may_see
    _tell_payments(house)
    house.chores += [
        Chore("campaigns", campaigns.Campaign, settlement.sweep),
        Chore("pledges", pledges.Pledge, sweeping.sweep, charging.charge_each, charging.SET),
        Chore("campaign_updates", updates.Update, updates.tell),
    ]
    house.invariants.update(invariants())
    house.causes[causes.TABLE] = CauseKind(_l("Campaign"), causes.find)
    house.owners["campaign"] = causes.named
    house.demo["crowdfund"] = story


def _tell_payments(house: House) -> None:
    """Let payments know what a pledge is, and who hears of its money and its card."""
    from crowdfund import pledges
    from crowdfund.pledges import disputing, making, paying

    house.purposes[pledges.PURPOSE] = Purpose(
        pledges.PURPOSE,
        paying.paid,
        paying.lapsed,
        paying.refunded,
        pledges.page_of,
        paying.declined,
        on_refund_asked=paying.refund_asked,
        on_refund_void=paying.refund_void,
        on_disputed=disputing.disputed,
        on_dispute_closed=disputing.decided,
        on_paid_each=paying.paid_each,
        label=_l("Pledge"),
        desk_page=pledges.desk_page_of,
        cause=lambda pledge_id: f"crowdfund_pledges:{pledge_id}",
    )
    house.card_purposes[pledges.PURPOSE] = CardPurpose(
        pledges.PURPOSE, making.card_saved, making.card_lapsed, pledges.page_of
    )


def _desk_items() -> list[DeskItem]:
    head = _l("Campaigns")
    mine = DeskItem(
        head, "file-text", _l("Campaigns"), "desk_crowdfund.campaigns", 50, lambda v: v.holds("brand_admin")
    )
    reads = DeskItem(
        head,
        "inbox",
        _l("To judge"),
        "desk_crowdfund.reviews",
        51,
        lambda v: v.holds("steward", "operator"),
        ("desk_crowdfund.review",),
    )
    follows = DeskItem(
        head,
        "coins",
        _l("Settlement"),
        "desk_crowdfund.settlements",
        52,
        lambda v: v.holds("brand_admin", "operator"),
        ("desk_crowdfund.settlement", "desk_crowdfund.errored"),
    )
    return [mine, reads, follows]
