"""Builders of campaigns that live and of pledges to them, in any state; all by verbs, cards saved at the sandbox."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import insert, select

from crowdfund import consents, rewards, settlement
from crowdfund.campaigns import Campaign
from crowdfund.campaigns.rows import DECIDES
from crowdfund.pledges import PURPOSE, Pledge, charging, making, paying
from crowdfund.pledges.wishes import Wish
from crowdfund.rewards import Reward
from kernel import clock, db, texts
from payments import charges, checkouts, connection, demo, setups
from tests import builders
from tests.crowdfund import drafts
from tests.memory import remembered
from tests.shop import goods

GOOD, DECLINES, ASKS = "4242424242424242", "4000000000000341", "4000002760003184"
ADDRESS = {
    "recipient": "Ann Adams",
    "street": "Rua das Flores 118",
    "postcode": "4050-265",
    "town": "Porto",
    "country": "PT",
}
Travel = Callable[..., Any]
row_of = drafts.row
broken, mails = goods.broken, goods.mails


@remembered
def campaign(goal_minor: int = 10_000, days: float = 30, title: str = "A second kiln", **fields: Any) -> int:
    """A campaign that takes pledges, of the brand Kiln, with one reward of nine places; its id."""
    fields = {"goal_minor": goal_minor, "budget": [["All of it", goal_minor]], "title": title, **fields}
    return drafts.approved(ends_at=drafts.days(days), **fields)


@remembered
def tier(campaign_id: int, title: str = "A cup", price_minor: int = 2_500, places: int | None = None) -> int:
    """Another reward of a campaign, without post; its id."""
    with builders.work():
        return rewards.add(drafts.author(), campaign_id, title, price_minor, places=places)


def bowl(campaign_id: int) -> Reward:
    """The reward that every campaign of this stage has: 48.00 and 6.00 for the post, nine places."""
    db.session.rollback()
    found = select(Reward).where(Reward.campaign_id == campaign_id, Reward.title == "A bowl")
    return db.session.scalars(found.execution_options(populate_existing=True)).one()


def taken(reward_id: int) -> int:
    """How many places of a reward are taken."""
    db.session.rollback()
    return rewards.get(reward_id).taken


def wish(amount_minor: int = 5_000, reward_id: int | None = None, **more: Any) -> Wish:
    """What a backer wants, with an address in case that it is sent."""
    said = {"wording_version": consents.current("en").version, "locale": "en", **ADDRESS, **more}
    return Wish(reward_id, amount_minor, **said)


def begin(
    member_id: int, campaign_id: int, amount_minor: int = 5_000, reward_id: int | None = None, key: str | None = None
) -> str:
    """A pledge whose card is still to be saved; its number."""
    with builders.work():
        wanted = wish(amount_minor, reward_id)
        return making.begin(builders.viewer(member_id), campaign_id, wanted, key or builders.key())


def save(number: str, card: str = GOOD) -> None:
    """Save a card on Stripe's page; nobody has told the product yet."""
    with builders.work():
        setup = setups.of(PURPOSE, pledge_row(number).id)
        assert setup is not None
        demo.save(setup.id, card)


@remembered
def pledge(
    member_id: int,
    campaign_id: int,
    amount_minor: int = 5_000,
    reward_id: int | None = None,
    card: str = GOOD,
) -> str:
    """A pledge that counts; its number."""
    number = begin(member_id, campaign_id, amount_minor, reward_id)
    save(number, card)
    builders.drain()
    assert state(number) == "pledged", state(number)
    return number


def change(member_id: int, number: str, amount_minor: int, reward_id: int | None = None) -> None:
    """Change a pledge."""
    with builders.work():
        making.change(builders.viewer(member_id), number, wish(amount_minor, reward_id))


def cancel(member_id: int, number: str) -> None:
    """Call a pledge off."""
    with builders.work():
        making.cancel(builders.viewer(member_id), number)


def call_off(campaign_id: int, why: str = "The brand has closed.") -> None:
    """The operator calls a campaign off; nothing is done about it yet."""
    operator = builders.viewer(builders.operator())
    with builders.work():
        settlement.cancel(operator, campaign_id, why)


def charge_each(numbers: list[str]) -> Any:
    """Begin to charge the cards of pledges as one set; what became of which."""
    with builders.work():
        return charging.charge_each([pledge_row(number).id for number in numbers])


def fix(member_id: int, number: str, card: str = GOOD) -> None:
    """The backer of a declined pledge pays with a card on Stripe's page."""
    with builders.work():
        charge_id = paying.fix(builders.viewer(member_id), number)
        assert checkouts.url(charge_id, lasts=timedelta(minutes=31))
        demo.pay(charge_id, card)
    builders.drain()


def settle(campaign_id: int, travel: Travel, **after: float) -> None:
    """Let the clock run until a campaign is decided, and so much longer."""
    ends_at = row_of(campaign_id).ends_at
    assert ends_at is not None
    db.session.rollback()  # a reader that stays would keep SQLite's log from being written back while others work
    travel(to=max(clock.now(), ends_at + DECIDES) + timedelta(**after))


def to_the_decision(campaign_id: int) -> None:
    """It is the instant at which a campaign is decided, or already later; nobody has worked yet."""
    ends_at = row_of(campaign_id).ends_at
    assert ends_at is not None
    clock.freeze(max(clock.now(), ends_at + DECIDES))


def pledge_row(number: str) -> Pledge:
    """The pledge as it stands now."""
    db.session.expire_all()
    found = select(Pledge).where(Pledge.number == number).execution_options(populate_existing=True)
    return db.session.scalars(found).one()


def state(number: str) -> str:
    """Where a pledge stands now."""
    db.session.rollback()
    return pledge_row(number).state


def sums(campaign_id: int) -> tuple[int, int, int, int]:
    """(pledged, collected, backers, unended) of a campaign."""
    row: Campaign = row_of(campaign_id)
    return row.pledged_minor, row.collected_minor, row.backers_count, row.unended_count


def money() -> tuple[int, int]:
    """(captured, refunded) at Stripe."""
    assert connection.sandbox is not None
    books: Any = connection.sandbox.books().get("usd", {"captured": 0, "refunded": 0})
    return books["captured"], books["refunded"]


def charge_of(number: str) -> charges.Charge:
    """The newest charge of a pledge."""
    found = charges.of(PURPOSE, pledge_row(number).id)
    assert found is not None
    return found


def repeat(number: str, count: int) -> None:
    """The same pledge so many times over, one a minute, called off; as rows, because verbs would take an hour."""
    row = pledge_row(number)
    values = {column.name: getattr(row, column.name) for column in Pledge.__table__.columns if column.name != "id"}
    with builders.work():
        db.session.execute(
            insert(Pledge),
            [
                {
                    **values,
                    "state": "cancelled",
                    "number": texts.number(),
                    "key": f"again-{n}",
                    "pledged_at": clock.now() - timedelta(minutes=n),
                }
                for n in range(count)
            ],
        )
