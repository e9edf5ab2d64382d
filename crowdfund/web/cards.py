"""Campaigns as cards, their rewards as tiers, and where each stands in figures: what several pages show alike."""

from __future__ import annotations

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from babel.dates import format_date
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup

from community.joining import members
from crowdfund.campaigns import reading
from crowdfund.campaigns.rows import FINISHES
from kernel import clock, house, pictures
from kernel.web import fragments, instants
from kernel.web.words import address, language

FEW = 3
SQUARES = 12  # more places than these are told in figures alone


def drawn(row: Any, eager: bool = False) -> Markup:
    """A campaign's card, rendered once for what it shows."""
    card = of(row)
    shown = (value for name, value in vars(card).items() if name != "picture")
    key = (*shown, card.picture.src, card.picture.alt, eager)
    return fragments.kept("ui/campaign.html", "campaign_card", key, lambda: (card, 3, eager))


def landing(most: int) -> list[Any]:
    """Public campaigns as cards, for the landing page."""
    return [of(row) for row in reading.public_cards(most)]


def of(row: Any) -> Any:
    """A campaign as the `campaign_card` macro shows it."""
    phase = reading.phase(row)
    tag, mark = _tag(phase)
    return SimpleNamespace(
        picture=picture(row),
        url=address("crowdfund.campaign", slug=row.slug),
        slug=row.slug,
        title=row.title,
        brand=row.brand,
        dek=row.dek,
        goal_minor=row.goal_minor,
        pledged_minor=reading.pledged(row),
        collected_minor=row.collected_minor,
        share=share(row),
        left=left(row.ends_at) if phase == "open" else "",
        tag=tag,
        mark=mark,
    )


def picture(row: Any) -> Any:
    """What stands on a campaign's front: its own picture, else a drawing; always with words for who cannot see it."""
    if row.cover_number and row.cover_width:
        alt = row.alt or row.cover_alt
        return pictures.shown(row.cover_number, row.cover_width, row.cover_height, alt)
    try:
        plate = house.current().plate(row.plate or "cover")
    except KeyError:
        plate = house.current().plate("cover")
    return SimpleNamespace(**{**vars(plate), "alt": row.alt or plate.alt})


def share(row: Any) -> int:
    """Pledged of the goal, in whole per cent, rounded down: 99.9 is not there yet."""
    return int(100 * reading.pledged(row) // max(row.goal_minor, 1))


def left(ends_at: Any) -> str:
    """How long a campaign still runs, in the largest unit that says something."""
    over: timedelta = ends_at - clock.now()
    if over.days:
        return str(ngettext("One day left", "%(num)d days left", over.days))
    hours = over.seconds // 3600
    return str(ngettext("One hour left", "%(num)d hours left", hours) if hours else _("Less than an hour left"))


def standing(row: Any, phase: str) -> dict[str, Any]:
    """The figures of a campaign's page: what is pledged and collected, how much of the goal, and what time is left."""
    running = phase == "open" and row.ends_at is not None
    return {
        "pledged_minor": reading.pledged(row),
        "backed": reading.backed(row),
        "share": share(row),
        "left_s": max(0, int((row.ends_at - clock.now()).total_seconds())) if running else None,
        "left": left(row.ends_at) if running and row.ends_at > clock.now() else "",
        "saves_until": row.ends_at + FINISHES if row.ends_at else None,
        "settles_at": reading.decides_at(row) if row.ends_at else None,
    }


def tier(reward: Any, slug: str | None, over: bool = False) -> Markup:
    """A reward as a tier, rendered once for what it shows; `slug` is the campaign's for those who may choose it."""
    url = address("crowdfund.pledge_form", slug=slug, reward=reward.id) if slug else None
    shown = (reward.title, reward.text, reward.price_minor, reward.ships, reward.shipping_minor, reward.estimated_on)
    key = (*shown, reward.places, reward.taken, url, over)
    return fragments.kept("ui/tier.html", "tier", key, lambda: (tiered(reward, over), url))


def tiered(reward: Any, over: bool = False) -> Any:
    """A reward as the `tier` macro shows it; once the campaign is over nothing is left, only what was chosen."""
    month = format_date(reward.estimated_on, "LLLL y", locale=language()) if reward.estimated_on else ""
    free = None if reward.places is None else max(0, reward.places - reward.taken)
    return SimpleNamespace(
        title=reward.title,
        text=reward.text,
        price_minor=reward.price_minor,
        ships=reward.ships,
        shipping_minor=reward.shipping_minor,
        month=month,
        places=reward.places,
        taken=reward.taken,
        left=free,
        few=not over and free is not None and 0 < free <= FEW and reward.taken > 0,
        squares=not over and reward.places is not None and reward.places <= SQUARES,
        over=over,
    )


def short_day(at: datetime) -> Markup:
    """The day of an update in a narrow column: `21 Nov`, with the year once it is another."""
    local = at.astimezone(instants.zone())
    pattern = "d MMM" if local.year == clock.now().year else "d MMM y"
    shown = format_date(local.date(), pattern, locale=language())
    return Markup('<time datetime="{}">{}</time>').format(at.isoformat(timespec="minutes"), shown)


def backer(row: Any) -> Any:
    """A backer as pages show one: by the first name alone, with what was chosen."""
    first = row.name.split()[0]
    return SimpleNamespace(name=first, picture=members.pictured(row), chose=row.title or "")


def _tag(phase: str) -> tuple[str, str]:
    return {
        "open": ("", ""),
        "closing": (_("Cards are being saved"), "wait"),
        "settling": (_("Being collected"), "wait"),
        "funded": (_("Funded"), "done"),
        "fulfilled": (_("Delivered"), "done"),
        "failed": (_("Not reached, nothing charged"), "off"),
        "short": (_("Given back"), "off"),
        "cancelled": (_("Called off"), "off"),
    }[phase]
