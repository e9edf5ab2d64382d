"""Tiers and offers at the desk."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user, login_required
from wtforms.validators import Optional

from community.desk import bp
from community.desk.dues import operators_only
from community.joining.dues import offers, tiers
from kernel.errors import NotFound
from kernel.forms import Choice, Form, Line, Moment, Money, Prose, Whole, options

SPANS = {"once": _l("The first payment"), "months": _l("Some months"), "always": _l("Always")}


class TierForm(Form):
    """A tier with its two prices."""

    name = Line(_l("Name"), most=60)
    gives = Prose(_l("What it gives, in a sentence"), least=5, most=300)
    month = Money(_l("A month"), low_minor=1, high_minor=100_000_00)
    year = Money(_l("A year"), low_minor=1, high_minor=1_000_000_00)
    place = Whole(_l("Place in the list"), low=0, high=99, default=1)


class OfferForm(Form):
    """An offer: how much, how long, for which tier, until when and how often."""

    code = Line(_l("Code"), most=30)
    percent = Whole(_l("Per cent off"), low=0, high=100, default=0)
    amount = Money(_l("Or an amount off"), validators=[Optional()])
    span = Choice(_l("Which payments"), choices=options(SPANS.items()), default="once")
    months = Whole(_l("How many months"), low=1, high=offers.MOST_MONTHS, default=3)
    tier = Choice(_l("Tier"))
    valid_until = Moment(_l("May be taken until (empty: no end)"), required=False)
    uses = Whole(_l("How often at most (empty: no limit)"), low=1, high=100_000, validators=[Optional()])

    def offer(self, offered: list[tiers.Offered]) -> OfferForm:
        """Take the tiers there are."""
        self.tier.choices = options([("", _("All")), *((str(one.tier.id), one.tier.name) for one in offered)])
        return self

    @property
    def covers(self) -> int | None:
        """The months as an offer counts them: 0 the first payment, None all."""
        return {"once": 0, "always": None}.get(self.span.data, self.months.data)


@bp.get("/dues/tiers", endpoint="tiers")
@login_required
def all_tiers(form: Any = None) -> str:
    """All tiers in order, and the form for another."""
    operators_only()
    return render_template("desk/community/tiers.html", rows=tiers.every(), form=form or TierForm(formdata=None))


@bp.post("/dues/tiers", endpoint="make_tier")
@login_required
def make_tier() -> Any:
    """Make a tier."""
    operators_only()
    form = TierForm()
    form.check(all_tiers)
    minor = (form.month.data, form.year.data)
    tiers.make(current_user._get_current_object(), form.name.data, form.gives.data, form.place.data, minor)
    flash(_("Made."), "success")
    return redirect(url_for("desk_community.tiers"), 303)


@bp.get("/dues/tiers/<id:tier_id>", endpoint="tier")
@login_required
def tier(tier_id: int, form: Any = None) -> str:
    """One tier with its form."""
    operators_only()
    found = next((one for one in tiers.every() if one.tier.id == tier_id), None)
    if found is None:
        raise NotFound
    words = {"name": found.tier.name, "gives": found.tier.gives, "place": found.tier.place}
    prices = {"month": found.month.amount_minor, "year": found.year.amount_minor}
    made = form or TierForm(formdata=None, **words, **prices)
    return render_template("desk/community/tier.html", one=found, form=made)


@bp.post("/dues/tiers/<id:tier_id>", endpoint="change_tier")
@login_required
def change_tier(tier_id: int) -> Any:
    """Change a tier; who has the old price keeps it."""
    operators_only()
    tiers.get(tier_id)
    form = TierForm()
    form.check(lambda form: tier(tier_id, form=form))
    minor = (form.month.data, form.year.data)
    tiers.change(current_user._get_current_object(), tier_id, form.name.data, form.gives.data, form.place.data, minor)
    flash(_("Saved. Whoever pays the old price keeps it."), "success")
    return redirect(url_for("desk_community.tier", tier_id=tier_id), 303)


@bp.post("/dues/tiers/<id:tier_id>/closing", endpoint="close_tier")
@login_required
def close_tier(tier_id: int) -> Any:
    """Let nobody new choose it."""
    operators_only()
    tiers.get(tier_id)
    tiers.close(current_user._get_current_object(), tier_id)
    return redirect(url_for("desk_community.tier", tier_id=tier_id), 303)


@bp.post("/dues/tiers/<id:tier_id>/opening", endpoint="open_tier")
@login_required
def open_tier(tier_id: int) -> Any:
    """Let it be chosen again."""
    operators_only()
    tiers.get(tier_id)
    tiers.reopen(current_user._get_current_object(), tier_id)
    return redirect(url_for("desk_community.tier", tier_id=tier_id), 303)


@bp.get("/dues/offers", endpoint="offers")
@login_required
def all_offers(form: Any = None) -> str:
    """All offers with how often they were taken, and the form for another."""
    operators_only()
    every = tiers.every()
    made = (form or OfferForm(formdata=None)).offer(every)
    names = {one.tier.id: one.tier.name for one in every}
    return render_template("desk/community/offers.html", rows=offers.every(), names=names, form=made)


@bp.post("/dues/offers", endpoint="make_offer")
@login_required
def make_offer() -> Any:
    """Make an offer."""
    operators_only()
    form = OfferForm().offer(tiers.every())
    form.check(all_offers)
    offers.make(
        current_user._get_current_object(),
        form.code.data,
        percent=form.percent.data,
        amount_minor=form.amount.data or 0,
        months=form.covers,
        tier_id=int(form.tier.data) if form.tier.data else None,
        valid_until=form.valid_until.at,
        uses_most=form.uses.data or None,
    )
    flash(_("Made."), "success")
    return redirect(url_for("desk_community.offers"), 303)


@bp.post("/dues/offers/<id:offer_id>/closing", endpoint="close_offer")
@login_required
def close_offer(offer_id: int) -> Any:
    """Let nobody new take it."""
    operators_only()
    offers.close(current_user._get_current_object(), offers.get(offer_id).id)
    return redirect(url_for("desk_community.offers"), 303)
