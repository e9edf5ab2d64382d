"""What a brand admin types into a campaign, whole or not, and how the domain takes it."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField
from wtforms.validators import Optional, Regexp

from crowdfund import pictures
from crowdfund.campaigns import Campaign
from crowdfund.campaigns.writing import BUDGET_ROWS, BUDGET_WORDS, MOST
from kernel import house
from kernel.forms import Choice, Form, Line, Moment, Money, Prose, options

WHO = {
    "public": _l("Everybody"),
    "members": _l("Members"),
    "unlocked": _l("Only those who can back it"),
}
OWN = "own:"  # before the number of a picture of one's own
NO_FRONTS = ("face-", "spot-", "mark", "cover", "evening")


class WordsForm(Form):
    """What a campaign says; what it lacks is asked for when it is handed in, not while it is typed."""

    version = HiddenField(validators=[Regexp(r"^[0-9]{1,9}$")])
    title = Line(_l("Title"), most=MOST["title"], required=False)
    dek = Line(_l("In one sentence"), most=MOST["dek"], required=False)
    story = Prose(_l("Story"), least=0, most=MOST["story"], required=False)
    risks = Prose(_l("Risks, and what you do about them"), least=0, most=MOST["risks"], required=False)
    budget = HiddenField(_l("Budget"))  # the field of refusals about the whole table

    @property
    def words(self) -> dict[str, Any]:
        """The texts as the domain takes them, those left out that are not acceptable."""
        said = {name: self[name].data or "" for name in ("title", "dek", "story", "risks") if not self[name].errors}
        rows = [(self[f"what_{n}"], self[f"cost_{n}"]) for n in range(BUDGET_ROWS)]
        if not any(what.errors or cost.errors for what, cost in rows):
            lines = [[what.data or "", cost.data or 0] for what, cost in rows]
            said["budget"] = [line for line in lines if line[0] or line[1]]
        return said

    @property
    def seen(self) -> int:
        """The version over which this is saved."""
        return int(self.version.data or 0)


for _row in range(BUDGET_ROWS):
    setattr(WordsForm, f"what_{_row}", Line(_l("What for"), most=BUDGET_WORDS, required=False))
    setattr(WordsForm, f"cost_{_row}", Money(_l("How much"), validators=[Optional()], high_minor=10**9))


class CampaignForm(WordsForm):
    """Everything that a draft holds."""

    goal = Money(_l("Goal"), validators=[Optional()], high_minor=10**9)
    opens_at = Moment(_l("Opens"), required=False)
    ends_at = Moment(_l("Ends"), required=False)
    visibility = Choice(_l("Who sees it"), choices=options(WHO.items()), default="members")
    accepts_short = BooleanField(_l("Keep what comes in even below 80 % of the goal"))
    plate = Choice(_l("Front picture"))
    alt = Line(_l("What it shows"), most=MOST["alt"], required=False)

    def __init__(self, campaign: Campaign, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = [(OWN + picture.number, _("Yours: %(alt)s", alt=picture.alt)) for picture in pictures.of(campaign.id)]
        self.plate.choices = options([("", _("None yet")), *own, *drawings()])

    @property
    def fields(self) -> dict[str, Any]:
        """The fields as the domain takes them, those left out that are not acceptable."""
        said = self.words
        if not self.goal.errors:
            said["goal_minor"] = self.goal.data or 0
        said |= {name: self[name].at for name in ("opens_at", "ends_at") if not self[name].errors}
        said |= {name: self[name].data for name in ("visibility", "accepts_short") if not self[name].errors}
        if not self.plate.errors:
            chosen = self.plate.data or ""
            own = chosen.startswith(OWN)
            said |= {"plate": "" if own else chosen, "cover_number": chosen.removeprefix(OWN) if own else None}
        return said if self.alt.errors else {**said, "alt": self.alt.data or ""}


def typed(row: Campaign, version: int | None = None) -> dict[str, Any]:
    """What stands in a campaign, as its form shows it."""
    lines = {f"what_{n}": what for n, (what, _cost) in enumerate(row.budget)}
    lines |= {f"cost_{n}": cost or None for n, (_what, cost) in enumerate(row.budget)}
    named = ("title", "dek", "story", "risks", "opens_at", "ends_at", "visibility", "accepts_short", "alt")
    front = OWN + row.cover_number if row.cover_number else row.plate
    said = {name: getattr(row, name) for name in named}
    return {**said, **lines, "goal": row.goal_minor or None, "plate": front, "version": version or row.version}


def drawings() -> list[tuple[str, str]]:
    """The drawings that may stand on a campaign's front, each with what it shows."""
    rooms = house.current()
    return [(name, str(rooms.plate(name).alt or name)) for name in rooms.plates() if not name.startswith(NO_FRONTS)]
