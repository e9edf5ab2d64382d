"""The demo's campaigns: one in each state, written, judged, backed and settled by the product's own verbs."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import select

from community import viewers
from community.earning import gates
from community.earning.gates import Unlock
from community.joining import brands, members, roles
from crowdfund import consents, questions, rewards, settlement, updates
from crowdfund.campaigns import reviewing, writing
from crowdfund.campaigns.rows import GATE, Campaign
from crowdfund.pledges import Pledge, making
from crowdfund.pledges.wishes import Wish
from crowdfund.rewards import Reward
from kernel import db
from kernel.demo import Stage
from kernel.house import Scene
from kernel.viewer import Viewer
from payments.demo import save

DRIVES = Path(__file__).parent / "drives"
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
GOOD, FAILS_LATER, ASKS_ALWAYS = "4242424242424242", "4000000000000341", "4000002760003184"
STREETS = (
    ("Rua das Flores 118", "4050-265", "Porto", "PT"),
    ("Hafengasse 7", "20457", "Hamburg", "DE"),
    ("Calle del Pozo 22", "41003", "Sevilla", "ES"),
    ("Sandgata 14", "5003", "Bergen", "NO"),
)
STEP_MINOR = 500  # what somebody gives on top of a reward is a round sum


class Drive:
    """One campaign of the demo: what is written of it, and when its story happens."""

    def __init__(self, stage: Stage, slug: str, said: dict[str, Any]) -> None:
        self.key, self.said = f"demo-{slug}"[:40], said
        self.stage = said.get("stage", "live")
        written = stage.ends_at - 3 * DAY
        self.opens_at = stage.day(said["opens"]) if "opens" in said else written
        self.ends_at = self.opens_at + timedelta(days=said.get("days", 0))
        if "ends_before" in said:
            self.ends_at = stage.ends_at - timedelta(days=said["ends_before"])
        if "ends_after" in said:
            self.ends_at = stage.ends_at + timedelta(days=said["ends_after"])
        if self.stage != "live":
            self.ends_at = stage.ends_at + timedelta(days=said["days"])

    @property
    def id(self) -> int:
        """The campaign, once it was written."""
        return db.session.scalars(select(Campaign.id).where(Campaign.key == self.key)).one()

    @property
    def seller(self) -> Viewer:
        """An admin of the brand."""
        return _loaded(roles.holders("brand_admin", brands.by_slug(self.said["brand"]).id)[0])


def story(stage: Stage) -> Iterable[Scene]:
    """From the sixth week on: campaigns that failed, were funded, called off, settle now, run, or are being written."""
    paths = sorted(DRIVES.glob("*.toml")) + (sorted((DRIVES / "more").glob("*.toml")) if stage.large else [])
    for number, path in enumerate(paths):
        drive = Drive(stage, path.stem, tomllib.loads(path.read_text("utf-8")))
        yield Scene(drive.opens_at - 2 * DAY, partial(_write, drive))
        if drive.stage != "draft":
            yield Scene(drive.opens_at - 30 * HOUR, partial(_submit, drive))
        if drive.stage == "live":
            yield Scene(drive.opens_at - 20 * HOUR, partial(_approve, drive))
            yield from (scene for scene in _life(stage, drive, number) if scene.at < stage.ends_at)


def _life(stage: Stage, drive: Drive, number: int) -> Iterable[Scene]:
    said, dice = drive.said, random.Random(number)  # noqa: S311 - the same story every time
    over = drive.opens_at + timedelta(days=said["cancelled_after"]) if "cancelled_after" in said else drive.ends_at
    until = min(over, stage.ends_at) - HOUR
    times = sorted(dice.random() ** 1.4 for _ in range(said["backers"]))
    for turn, share in enumerate(times):
        at = drive.opens_at + HOUR + (until - drive.opens_at - HOUR) * share
        left = len(times) - turn if over <= stage.ends_at else len(times) - turn + len(times) // 4
        yield Scene(at, partial(_back, drive, number * 50 + turn, left))
    for turn, row in enumerate(said["updates"]):
        yield Scene(drive.opens_at + timedelta(days=row["after"]), partial(_update, drive, turn, row))
    for turn, row in enumerate(said["questions"]):
        asked_at = drive.opens_at + (2 + 1.5 * turn) * DAY
        yield Scene(asked_at, partial(_ask, drive, turn, row))
        if row["answer"]:
            yield Scene(asked_at + 9 * HOUR, partial(_answer, drive, row))
    if "cancelled_after" in said:
        yield Scene(over, lambda: settlement.cancel(_person("ola"), drive.id, said["cancelled_why"]))
    if "fulfilled_on" in said:
        yield Scene(stage.day(said["fulfilled_on"]), lambda: settlement.fulfil(drive.seller, drive.id))


def _write(drive: Drive) -> None:
    """The brand's admin writes the campaign and its rewards."""
    said, viewer = drive.said, drive.seller
    brand_id = brands.by_slug(said["brand"]).id
    campaign_id = writing.begin(viewer, brand_id, drive.key, said["title"])
    words = {name: said[name].strip() for name in ("dek", "story", "risks", "plate", "alt", "visibility")}
    terms = {"goal_minor": said["goal"], "budget": said["budget"], "accepts_short": said.get("accepts_short", False)}
    times = {"opens_at": drive.opens_at if drive.stage == "live" else None, "ends_at": drive.ends_at}
    writing.save(viewer, campaign_id, 1, **words, **terms, **times)
    for row in said["rewards"]:
        more = {name: row[name] for name in ("text", "ships", "places") if name in row}
        month = (drive.ends_at + timedelta(days=30 * row["months"])).date().replace(day=1)
        fee = row.get("shipping", 0)
        rewards.add(viewer, campaign_id, row["title"], row["price"], shipping_minor=fee, estimated_on=month, **more)


def _submit(drive: Drive) -> None:
    writing.submit(drive.seller, drive.id)


def _approve(drive: Drive) -> None:
    """The steward lets it live, or the operator."""
    reviewing.approve(_person("sol" if drive.opens_at.day % 3 else "ola"), drive.id)


def _back(drive: Drive, number: int, left: int) -> None:
    """Somebody for whom campaigns are open pledges what brings this one to where its story wants it."""
    campaign = db.session.get_one(Campaign, drive.id, populate_existing=True)
    viewer = _backer(campaign, drive.said.get("card_troubles", {}), number)
    if viewer is None or campaign.state != "live":
        return
    dice = random.Random(number)  # noqa: S311 - the same story every time
    wanted = max(0, int(drive.said["reach"] * campaign.goal_minor) - campaign.pledged_minor) / max(left, 1)
    reward = _chosen(campaign.id, wanted * (0.5 + dice.random()), dice)
    price = reward.price_minor if reward else 1000
    extra = max(0, int(wanted * (0.6 + 0.8 * dice.random())) - price) // STEP_MINOR * STEP_MINOR
    address: dict[str, Any] = dict(
        zip(("street", "postcode", "town", "country"), STREETS[number % len(STREETS)], strict=True)
    )
    wish = Wish(
        reward.id if reward else None,
        price + extra,
        consents.current("en").version,
        "en",
        listed=number % 7 != 3,
        **({"recipient": viewer.name} | address if reward and reward.ships else {}),
    )
    pledge_number = making.begin(viewer, campaign.id, wish, f"demo-pledge-{number}")
    setup_id = db.session.scalars(select(Pledge.setup_id).where(Pledge.number == pledge_number)).one()
    assert setup_id is not None
    save(setup_id, drive.said.get("card_troubles", {}).get(viewer.handle, GOOD))


def _backer(campaign: Campaign, first: dict[str, str], number: int) -> Viewer | None:
    """Somebody who may back this campaign and does not yet; those with a story of their own come first."""
    backing = select(Pledge.member_id).where(Pledge.campaign_id == campaign.id)
    open_to = select(Unlock.member_id).where(Unlock.gate == GATE, gates.standing(), Unlock.member_id.not_in(backing))
    ids = list(db.session.scalars(open_to.order_by(Unlock.id)))
    told = [i for i in ids if members.get(i).handle in first]
    turned = ids[number * 7 % (len(ids) or 1) :] + ids[: number * 7 % (len(ids) or 1)]
    free = (viewer for viewer in map(_loaded, [*told, *turned]) if _may_back(viewer, campaign))
    return next(free, None)


def _may_back(viewer: Viewer, campaign: Campaign) -> bool:
    own = viewer.has("brand_admin", campaign.brand_id) or campaign.author_id == viewer.id
    return viewer.may(GATE) and not own


def _chosen(campaign_id: int, about_minor: float, dice: random.Random) -> Reward | None:
    """A reward with a place left that costs about so much; now and then none at all."""
    rows = [r for r in rewards.of(campaign_id) if r.places is None or r.taken < r.places]
    cheap = [r for r in rows if r.price_minor <= about_minor * 1.3] or sorted(rows, key=lambda r: r.price_minor)[:1]
    return dice.choice(cheap) if cheap and dice.random() < 0.85 else None


def _update(drive: Drive, turn: int, row: dict[str, Any]) -> None:
    updates.publish(drive.seller, drive.id, row["title"], row["text"], f"{drive.key[:36]}-u{turn}")


def _ask(drive: Drive, turn: int, row: dict[str, str]) -> None:
    questions.ask(_person(row["by"]), drive.id, row["text"], f"{drive.key[:36]}-q{turn}")


def _answer(drive: Drive, row: dict[str, str]) -> None:
    for asked in questions.unanswered([brands.by_slug(drive.said["brand"]).id]):
        if asked.text == row["text"]:
            questions.answer(drive.seller, asked.id, row["answer"])


def _person(handle: str) -> Viewer:
    return _loaded(members.by_handle(handle).id)


def _loaded(member_id: int) -> Viewer:
    viewer = viewers.load(member_id)
    assert viewer is not None
    return viewer
