"""A brand's campaigns at the desk: begun, typed, saved by themselves, looked at, handed in and taken back."""

from __future__ import annotations

from typing import Any

from babel.dates import format_time
from flask import flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user, login_required
from werkzeug import Response

from community.joining import brands
from crowdfund import pictures, questions, rewards
from crowdfund.campaigns import Campaign, get, reviewing, writing
from crowdfund.desk import bp
from crowdfund.desk.campaigns.forms import WHO, CampaignForm, WordsForm, typed
from crowdfund.desk.pictures import PictureForm
from crowdfund.desk.rewards import PlacesForm, RewardForm
from kernel import clock, house, money
from kernel.errors import Conflict, Invalid, NotFound
from kernel.forms import Choice, Form, Line, Press, options
from kernel.web.instants import zone
from kernel.web.refusals import sentence
from kernel.web.words import language

STATES = {
    "draft": (_l("Draft"), "wait"),
    "review": (_l("In review"), "wait"),
    "live": (_l("Live"), "done"),
    "settling": (_l("Being collected"), "wait"),
    "funded": (_l("Funded"), "done"),
    "failed": (_l("Not funded"), "off"),
    "cancelled": (_l("Cancelled"), "off"),
    "fulfilled": (_l("Fulfilled"), "done"),
}


class BeginForm(Form):
    """A brand and a first title."""

    brand_id = Choice(_l("Brand"), coerce=int)
    title = Line(_l("Title"), most=120)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.brand_id.choices = options((brand.id, brand.name) for brand in brands.of(current_user))


@bp.get("/campaigns", endpoint="campaigns")
@login_required
def every() -> str:
    """The campaigns of the brands that this person is an admin of."""
    mine = brands.ids_of(current_user)
    names = brands.names(mine)
    rows = [(row, names[row.brand_id]) for row in writing.of_brands(mine)]
    return render_template("desk/crowdfund/campaigns.html", rows=rows, states=STATES)


@bp.get("/campaigns/new")
@login_required
def new_campaign(form: BeginForm | None = None) -> str:
    """A brand and a title, to begin with."""
    brands.ids_of(current_user)
    return render_template("desk/crowdfund/new_campaign.html", form=form or BeginForm())


@bp.post("/campaigns")
@login_required
def create() -> Any:
    """Begin a draft."""
    brands.ids_of(current_user)
    form = BeginForm()
    form.check(new_campaign)
    campaign_id = writing.begin(current_user, form.brand_id.data, form.key.data, form.title.data)
    return redirect(url_for("desk_crowdfund.campaign", campaign_id=campaign_id), 303)


@bp.get("/campaigns/<id:campaign_id>")
@login_required
def campaign(campaign_id: int, form: Form | None = None, clash: bool = False) -> str:
    """A campaign of the viewer's brand: the editor while it is written, its texts while it lives."""
    row = writing.owned(current_user, campaign_id)
    words = form if isinstance(form, WordsForm) else None
    if words is None:
        kind = WordsForm if row.state == "live" else lambda **given: CampaignForm(row, **given)
        words = kind(formdata=None, data=typed(row))
    return render_template(
        "desk/crowdfund/campaign.html",
        **head(row),
        form=words,
        wrong=None if words is form else form,
        clash=clash,
        lacks=_lacks(row) if row.state == "draft" else [],
        why=_why(row),
        who=WHO,
        tiers=rewards.of(campaign_id),
        may_change=row.state in rewards.OPEN,
        reward_form=form if isinstance(form, RewardForm) else RewardForm(formdata=None),
        places_form=PlacesForm(formdata=None),
        pictures=pictures.of(campaign_id),
        picture_form=form if isinstance(form, PictureForm) else PictureForm(formdata=None),
        zone=zone().key,
        major=lambda minor: money.plain(minor, row.currency),
        unanswered=len([asked for asked, _name in questions.of(campaign_id) if not asked.answer]),
    )


@bp.post("/campaigns/<id:campaign_id>")
@login_required
def save(campaign_id: int) -> Any:
    """Keep what was typed into a draft; by another button, look at it as others will."""
    _kept(campaign_id)
    if request.form.get("act") == "preview":
        return redirect(url_for("desk_crowdfund.preview", campaign_id=campaign_id), 303)
    flash(_("Saved."), "success")
    return redirect(url_for("desk_crowdfund.campaign", campaign_id=campaign_id), 303)


@bp.post("/campaigns/<id:campaign_id>/draft")
@login_required
def autosave(campaign_id: int) -> Response:
    """Keep what was typed so far, without a page; what is not acceptable yet stays in the reader's form only."""
    form = CampaignForm(writing.owned(current_user, campaign_id))
    form.validate()
    if form.version.errors or form.key.errors:
        raise Invalid("kernel.form")
    version = writing.save(current_user, campaign_id, form.seen, **form.fields)
    wrong = [str(field.label.text) for field in form if field.errors]
    at = format_time(clock.real().astimezone(zone()), "HH:mm", locale=language())
    said = _("Saved %(time)s", time=at)
    if wrong:
        said = _("Saved %(time)s, except: %(fields)s", time=at, fields=", ".join(wrong))
    return jsonify(version=version, said=said)


@bp.get("/campaigns/<id:campaign_id>/preview")
@login_required
def preview(campaign_id: int) -> str:
    """The page as others will see it: for its brand at any time, for its judges while it waits for them."""
    from crowdfund.web.campaigns import page

    try:
        row = writing.owned(current_user, campaign_id)
    except NotFound:
        row = reviewing.find(current_user, campaign_id)
    return page(current_user, row, preview=True)


@bp.post("/campaigns/<id:campaign_id>/submission")
@login_required
def submit(campaign_id: int) -> Any:
    """Keep what was typed and hand it in; what it lacks is said all at once."""
    form = _kept(campaign_id)
    for field, key, values in writing.lacking(get(campaign_id))[1:]:
        form[field].errors = [*form[field].errors, sentence(Invalid(key, **values))]
    writing.submit(current_user, campaign_id)
    flash(_("Handed in. You will have mail when somebody has read it."), "success")
    return redirect(url_for("desk_crowdfund.campaign", campaign_id=campaign_id), 303)


@bp.post("/campaigns/<id:campaign_id>/withdrawal")
@login_required
def withdraw(campaign_id: int) -> Any:
    """Take a campaign back from review."""
    Press().check(lambda form: campaign(campaign_id))
    writing.withdraw(current_user, campaign_id)
    flash(_("It is a draft again."), "success")
    return redirect(url_for("desk_crowdfund.campaign", campaign_id=campaign_id), 303)


@bp.post("/campaigns/<id:campaign_id>/disposal")
@login_required
def discard(campaign_id: int) -> Any:
    """Throw a draft away."""
    Press().check(lambda form: campaign(campaign_id))
    writing.discard(current_user, campaign_id)
    flash(_("Thrown away."), "success")
    return redirect(url_for("desk_crowdfund.campaigns"), 303)


def head(row: Campaign) -> dict[str, Any]:
    """What stands above every page about one campaign."""
    return {"campaign": row, "state": STATES[row.state], "brand": brands.get(row.brand_id).name}


def again(campaign_id: int) -> Any:
    """The campaign's page once more, with a form that was refused."""
    return lambda form: campaign(campaign_id, form)


def _kept(campaign_id: int) -> CampaignForm:
    row = writing.owned(current_user, campaign_id)
    form = CampaignForm(row)
    form.check(again(campaign_id))
    if row.state == "draft" and row.version != form.seen:
        _let_them_choose(form, campaign_id, row.version)
    writing.save(current_user, campaign_id, form.seen, **form.fields)
    return form


def _let_them_choose(form: WordsForm, campaign_id: int, version: int) -> None:
    # Refused once, with what was typed: whoever saves it again has been told over what.
    form.version.data = str(version)
    form.check(lambda form: campaign(campaign_id, form, clash=True))
    raise Conflict("crowdfund.saved_elsewhere")


def _lacks(row: Campaign) -> list[tuple[str, str]]:
    return [(field, sentence(Invalid(key, **values))) for field, key, values in writing.lacking(row)]


def _why(row: Campaign) -> str:
    known = house.current().sentences
    return str(known.get(row.sent_back_why, row.sent_back_why))
