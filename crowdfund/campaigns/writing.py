"""Writing: a brand admin's draft, kept as it is typed, and handed in when it is whole (RULES 9)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from crowdfund import goals, pictures
from crowdfund.campaigns import letters
from crowdfund.campaigns.rows import COMMISSION_BP, LONGEST, SHORTEST, Campaign, get
from crowdfund.campaigns.rows import held as held
from crowdfund.campaigns.rows import owned as owned
from kernel import clock, db, house, moves, texts
from kernel.errors import Conflict, Invalid, NotFound
from kernel.viewer import VISIBILITIES, Viewer

TEXTS = ("title", "dek", "story", "risks", "budget")
FIELDS = frozenset({*TEXTS, "plate", "cover_number", "alt", "goal_minor", "opens_at", "ends_at"}) | {
    "visibility",
    "accepts_short",
}
MOST = {"title": 120, "dek": 240, "story": 12_000, "risks": 4_000, "alt": 200}
STORY_LEAST, RISKS_LEAST = 200, 80  # characters as people read them; a CJK character counts as two
BUDGET_ROWS, BUDGET_WORDS = 12, 80

Lack = tuple[str, str, dict[str, Any]]  # the field, the key of the sentence, its values


def begin(viewer: Viewer, brand_id: int, key: str, title: str) -> int:
    """Begin a draft of the viewer's brand; its id, the same one for the same key. NotFound for other brands."""
    if not viewer.has("brand_admin", brand_id):
        raise NotFound
    mine = select(Campaign.id).where(Campaign.author_id == viewer.id, Campaign.key == key)
    if (known := db.session.scalar(mine)) is not None:
        return known
    empty = {**dict.fromkeys(("dek", "story", "risks", "plate", "alt"), ""), "budget": [], "goal_minor": 0}
    terms = {"currency": goals.currency(), "commission_bp": COMMISSION_BP, "accepts_short": False}
    who = {"brand_id": brand_id, "author_id": viewer.id, "key": key, "visibility": "members", "state": "draft"}
    plain = texts.slug(title)
    for slug in (plain, f"{plain}-{texts.number()}"):
        made = db.insert_once(
            Campaign, slug=slug, title=title, created_at=clock.now(), **empty, **terms, **who, sent_back_why=""
        )
        if made is not None:
            moves.begun(Campaign, made, "draft", viewer.id)
            return made
    return db.session.scalars(mine).one()


def save(viewer: Viewer, campaign_id: int, version: int, **fields: Any) -> int:
    """Keep what a draft says so far, over the version that the writer saw; the new version.

    Drafts may be unfinished. Raises Conflict when the draft was saved elsewhere meanwhile or is no draft any more.
    """
    owned(viewer, campaign_id)
    hold(campaign_id, fields)
    seen = (Campaign.id == campaign_id, Campaign.state == "draft", Campaign.version == version)
    if not db.changed(update(Campaign).where(*seen).values(**fields, version=version + 1)):
        stands = get(campaign_id)
        raise Conflict("crowdfund.saved_elsewhere" if stands.state == "draft" else "crowdfund.not_draft")
    return version + 1


def submit(viewer: Viewer, campaign_id: int) -> None:
    """Hand a whole draft in for review. Raises Invalid, with the field, for the first thing that is missing."""
    held(viewer, campaign_id)
    row = get(campaign_id)
    for field, key, values in lacking(row):
        raise Invalid(key, field=field, **values)
    moves.move(Campaign, campaign_id, "submit", viewer.id, submitted_at=clock.now(), sent_back_why="")
    letters.submitted(get(campaign_id))


def withdraw(viewer: Viewer, campaign_id: int) -> None:
    """Take a campaign back from review, also one that waits for its opening, and write on."""
    owned(viewer, campaign_id)
    back = {"approved_at": None, "approved_by_id": None, "due_at": None}
    moves.move(Campaign, campaign_id, "send_back", viewer.id, **back)


def discard(viewer: Viewer, campaign_id: int) -> None:
    """Throw a draft away; nobody but its brand ever sees it again."""
    if held(viewer, campaign_id).state != "draft":
        raise Conflict("crowdfund.not_draft")
    moves.move(Campaign, campaign_id, "cancel", viewer.id, ended_at=clock.now())


def of_brands(brand_ids: list[int]) -> list[Campaign]:
    """The campaigns of these brands, the newest first."""
    rows = select(Campaign).where(Campaign.brand_id.in_(brand_ids)).order_by(Campaign.id.desc())
    return list(db.session.scalars(rows))


def lacking(row: Campaign) -> list[Lack]:
    """Everything that a campaign still lacks before it can be handed in, in the order of its page."""
    lacks = lacking_words({name: getattr(row, name) for name in TEXTS}, row.id, row.goal_minor)
    if not goals.is_goal(row.goal_minor):
        least, most = (f"{units:,}" for units in goals.GOAL)
        lacks.append(("goal", "crowdfund.goal_bounds", {"least": least, "most": most}))
    if not row.plate and not row.cover_number:
        lacks.append(("plate", "crowdfund.lacks_picture", {}))
    elif not row.alt:
        lacks.append(("alt", "crowdfund.lacks_alt", {}))
    if not lasts(row.ends_at, row.opens_at, clock.now()):
        lacks.append(("ends_at", "crowdfund.lasts", {}))
    return lacks


def lacking_words(said: Mapping[str, Any], campaign_id: int, goal_minor: int) -> list[Lack]:
    """What the texts and the budget of a campaign lack."""
    lacks: list[Lack] = [
        (name, "crowdfund.too_short" if least > 1 else "crowdfund.needed", {"least": least})
        for name, least in (("title", 1), ("dek", 1), ("story", STORY_LEAST), ("risks", RISKS_LEAST))
        if texts.weight(said[name]) < least
    ]
    unknown = texts.pictured(said["story"]) - {picture.number for picture in pictures.of(campaign_id)}
    if unknown:
        lacks.append(("story", "crowdfund.picture_unknown", {"number": min(unknown)}))
    if not said["budget"] or sum(amount for _what, amount in said["budget"]) != goal_minor:
        lacks.append(("budget", "crowdfund.budget_sum", {}))
    elif any(not what or amount <= 0 for what, amount in said["budget"]):
        lacks.append(("budget", "crowdfund.budget_row", {}))
    return lacks


def lasts(ends_at: datetime | None, opens_at: datetime | None, now: datetime) -> bool:
    """Whether a campaign that opens then, or at once, lasts from 1 to 60 days."""
    return ends_at is not None and SHORTEST <= ends_at - max(opens_at or now, now) <= LONGEST


def hold(campaign_id: int, fields: Mapping[str, Any]) -> None:
    """Hold the kinds and lengths of a campaign's fields, whole or not; Invalid with the field."""
    assert set(fields) <= FIELDS, f"a campaign has no {set(fields) - FIELDS}"
    for name, most in MOST.items():
        if len(fields.get(name, "")) > most:
            raise Invalid("crowdfund.too_long", field=name, most=most)
    if fields.get("visibility", "members") not in VISIBILITIES:
        raise Invalid("kernel.form", field="visibility")
    if not 0 <= fields.get("goal_minor", 0) <= goals.minor(goals.GOAL[1]):
        raise Invalid("kernel.form", field="goal")
    if fields.get("plate") and fields["plate"] not in house.current().plates():
        raise Invalid("kernel.form", field="plate")
    if (number := fields.get("cover_number")) and number not in {own.number for own in pictures.of(campaign_id)}:
        raise Invalid("kernel.form", field="cover_number")
    _hold_budget(fields.get("budget", []))


def _hold_budget(rows: list[Any]) -> None:
    """Hold how many lines a budget has, how long each is and how much it may come to; Invalid otherwise."""
    most = goals.minor(goals.GOAL[1])
    if len(rows) > BUDGET_ROWS or any(len(what) > BUDGET_WORDS or not 0 <= amount <= most for what, amount in rows):
        raise Invalid("kernel.form", field="budget")
