"""Wishes: what a backer asks for when pledging or changing a pledge, checked against the reward as it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from crowdfund import consents, goals
from crowdfund.consents import Wording
from crowdfund.rewards import Reward
from kernel import db, money
from kernel.errors import Conflict, Invalid


@dataclass(frozen=True)
class Wish:
    """A pledge as its backer wants it; `shipping_minor` is what the form had shown, None when it showed none.

    Without a reward there is no address. `wording_version` and `locale` say which wording the backer agreed to.
    """

    reward_id: int | None
    amount_minor: int
    wording_version: int
    locale: str
    listed: bool = True
    shipping_minor: int | None = None
    recipient: str = ""
    street: str = ""
    postcode: str = ""
    town: str = ""
    country: str = ""


@dataclass(frozen=True)
class Checked:
    """A wish that its campaign can grant: what is written down, what the reward asked, and the wording."""

    values: dict[str, Any]
    price_minor: int
    wording: Wording

    @property
    def total_minor(self) -> int:
        """What the card will be charged."""
        return int(self.values["total_minor"])


def checked(campaign_id: int, wish: Wish) -> Checked:
    """What a wish comes to. Raises Invalid with the field, Conflict when the form had shown something else."""
    reward = _reward(campaign_id, wish.reward_id)
    price_minor, shipping_minor = (reward.price_minor, reward.shipping_minor) if reward else (0, 0)
    if not goals.is_pledge(wish.amount_minor):
        raise Invalid("crowdfund.pledge_bounds", field="amount", **_bounds())
    if wish.amount_minor < price_minor:
        raise Invalid("crowdfund.less_than_reward", field="amount")
    if wish.shipping_minor is not None and wish.shipping_minor != shipping_minor:
        raise Conflict("crowdfund.reward_changed")
    wording = consents.current(wish.locale)
    if wish.wording_version != wording.version:
        raise Conflict("crowdfund.wording_changed")
    values = {
        "reward_id": wish.reward_id,
        "amount_minor": wish.amount_minor,
        "shipping_minor": shipping_minor,
        "total_minor": wish.amount_minor + shipping_minor,
        "listed": wish.listed,
        **_address(wish, bool(reward and reward.ships)),
    }
    return Checked(values, price_minor, wording)


def agrees(reward_id: int | None, wish: Checked) -> bool:
    """Whether a reward, its place taken and so frozen, still asks what the wish was checked against."""
    if reward_id is None:
        return True
    asked = select(Reward.price_minor, Reward.shipping_minor).where(Reward.id == reward_id)
    return db.session.execute(asked).one() == (wish.price_minor, wish.values["shipping_minor"])


def _reward(campaign_id: int, reward_id: int | None) -> Reward | None:
    if reward_id is None:
        return None
    mine = select(Reward).where(Reward.id == reward_id, Reward.campaign_id == campaign_id)
    stays = mine.with_for_update(read=True, key_share=True)  # nobody takes it away before this transaction ends
    reward = db.session.scalars(stays.execution_options(populate_existing=True)).first()
    if reward is None:
        raise Invalid("crowdfund.no_such_reward", field="reward")
    return reward


def _address(wish: Wish, ships: bool) -> dict[str, str]:
    """Where the reward goes; nothing is kept of an address that nobody needs."""
    names = ("recipient", "street", "postcode", "town", "country")
    lines = {name: getattr(wish, name).strip() for name in names}
    if not ships:
        return dict.fromkeys(names, "")
    for name in names:
        if not lines[name]:
            raise Invalid("crowdfund.needs_address", field=name)
    return lines


def _bounds() -> dict[str, str]:
    least, most = (money.formatted(goals.minor(units), goals.currency()) for units in goals.PLEDGE)
    return {"least": least, "most": most}
