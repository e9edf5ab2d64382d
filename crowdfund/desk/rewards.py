"""The tiers of a campaign at the desk: added, changed while nobody chose them, given more places."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import flash, redirect, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user, login_required
from wtforms import BooleanField, MonthField
from wtforms.validators import InputRequired, Optional

from crowdfund import rewards
from crowdfund.campaigns import writing
from crowdfund.desk import bp
from kernel.forms import Form, Line, Money, Prose, Whole


class RewardForm(Form):
    """One tier."""

    title = Line(_l("Reward"), most=80)
    price = Money(_l("For a pledge of"))
    text = Prose(_l("What one gets"), most=600, required=False)
    places = Whole(_l("Places"), low=1, high=rewards.PLACES_MOST, validators=[Optional()])
    estimated_on = MonthField(_l("Expected in"), validators=[InputRequired(_l("This is needed."))])
    ships = BooleanField(_l("It is sent by post"))
    shipping = Money(_l("Sending costs"), validators=[Optional()], high_minor=10**6)
    reward_id: int | None = None  # which tier of the page it is about; None for a new one

    @property
    def words(self) -> dict[str, Any]:
        """The fields as the domain takes them; what is not sent costs no sending."""
        month: date | None = self.estimated_on.data
        return {
            "title": self.title.data,
            "price_minor": self.price.data,
            "text": self.text.data or "",
            "ships": self.ships.data,
            "shipping_minor": (self.shipping.data or 0) if self.ships.data else 0,
            "places": self.places.data or None,
            "estimated_on": month,
        }


class PlacesForm(Form):
    """How many more places."""

    count = Whole(_l("More places"), low=1, high=rewards.PLACES_MOST)


@bp.post("/campaigns/<id:campaign_id>/rewards")
@login_required
def add_reward(campaign_id: int) -> Any:
    """Add a tier."""
    writing.owned(current_user, campaign_id)
    form = RewardForm()
    form.check(_again(campaign_id))
    rewards.add(current_user, campaign_id, **form.words)
    flash(_("Added."), "success")
    return _back(campaign_id)


@bp.post("/campaigns/<id:campaign_id>/rewards/<id:reward_id>")
@login_required
def change_reward(campaign_id: int, reward_id: int) -> Any:
    """Change a tier that nobody chose yet."""
    rewards.owned(current_user, campaign_id, reward_id)
    form = RewardForm()
    form.check(_again(campaign_id, reward_id))
    rewards.change(current_user, reward_id, **form.words)
    flash(_("Kept."), "success")
    return _back(campaign_id)


@bp.post("/campaigns/<id:campaign_id>/rewards/<id:reward_id>/removal")
@login_required
def remove_reward(campaign_id: int, reward_id: int) -> Any:
    """Take a tier away that nobody chose yet."""
    rewards.owned(current_user, campaign_id, reward_id)
    Form().check(_again(campaign_id))
    rewards.remove(current_user, reward_id)
    flash(_("Taken away."), "success")
    return _back(campaign_id)


@bp.post("/campaigns/<id:campaign_id>/rewards/<id:reward_id>/places")
@login_required
def add_places(campaign_id: int, reward_id: int) -> Any:
    """Add places to a tier."""
    rewards.owned(current_user, campaign_id, reward_id)
    form = PlacesForm()
    form.check(_again(campaign_id))
    rewards.add_places(current_user, reward_id, form.count.data)
    flash(_("Added."), "success")
    return _back(campaign_id)


def shown(row: rewards.Reward) -> dict[str, Any]:
    """A tier as its form shows it."""
    named = ("title", "text", "ships", "estimated_on")
    said = {name: getattr(row, name) for name in named}
    return {**said, "price": row.price_minor, "shipping": row.shipping_minor or None, "places": row.places}


def _again(campaign_id: int, reward_id: int | None = None) -> Any:
    from crowdfund.desk.campaigns.writing import campaign

    def page(form: Form) -> Any:
        if isinstance(form, RewardForm):
            form.reward_id = reward_id
        return campaign(campaign_id, form)

    return page


def _back(campaign_id: int) -> Any:
    return redirect(url_for("desk_crowdfund.campaign", campaign_id=campaign_id) + "#rewards", 303)
