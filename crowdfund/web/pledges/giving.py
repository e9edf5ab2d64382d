"""Pledging: a reward, an amount, where it goes, the consent, and from there to Stripe to save the card."""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user, login_required

from community.earning import milestones
from crowdfund import consents, goals
from crowdfund.campaigns import reading
from crowdfund.campaigns.rows import GATE
from crowdfund.pledges import making
from crowdfund.pledges.following import ADDRESS, changeable, last_address, whole
from crowdfund.pledges.rows import PURPOSE
from crowdfund.web import bp
from crowdfund.web.pledges.forms import USUAL, WITHOUT, PledgeForm, shown
from crowdfund.web.pledges.tiers import tier
from kernel import clock
from kernel.errors import Conflict, Forbidden
from kernel.forms import Form
from kernel.viewer import VISITOR, Viewer
from kernel.web import instants
from kernel.web.app import only_reads
from kernel.web.words import language
from payments import setups


@dataclass(frozen=True)
class Closed:
    """Why nothing can be pledged here now, and where to go on."""

    text: Any
    action: Any
    url: str


@bp.get("/campaigns/<slug:slug>/pledge")
def pledge_form(slug: str, form: PledgeForm | None = None) -> Any:
    """The form of a pledge; whoever has pledged already is led to that pledge, a visitor to the sign-in."""
    viewer = current_user._get_current_object() if current_user.is_authenticated else VISITOR
    campaign = reading.shown(viewer, slug)
    if viewer is VISITOR:
        return redirect(url_for("community.sign_in", next=url_for("crowdfund.pledge_form", slug=slug)))
    if _runs(viewer, campaign):
        refused = _own_brand(campaign)
        said = render_template("crowdfund/pledge.html", campaign=campaign, closed=refused, form=form or Form())
        return (said, 403) if form is None else said  # a refusal brings its own status
    own = getattr(campaign, "own_number", None)  # an applicant's row has none
    unended = own if own and campaign.own_state != "collected" else None
    if unended and form is None:
        return redirect(url_for("crowdfund.own_pledge", number=unended))
    milestones.require(viewer, GATE)
    if closed := _closed(campaign, unended):
        return render_template("crowdfund/pledge.html", campaign=campaign, closed=closed, form=form or Form())
    rewards = reading.rewards_of(campaign.id)
    return _page(campaign, rewards, form or _begun(rewards))


@bp.post("/campaigns/<slug:slug>/pledge/sum")
@login_required
@only_reads
def recount(slug: str) -> Any:
    """Work out the sum anew for what was chosen; nothing is pledged."""
    campaign = reading.shown(current_user, slug)
    _hold_apart(current_user, campaign)
    milestones.require(current_user, GATE)
    rewards = reading.rewards_of(campaign.id)
    own = _own(campaign)
    form = PledgeForm(rewards, data=_where(own))  # a first reward that is sent brings the address fields along
    form.refill()
    return _page(campaign, rewards, form, own)


@bp.post("/campaigns/<slug:slug>/pledge")
@login_required
def pledge(slug: str) -> Any:
    """Pledge, and go on to Stripe to save the card; to the pledge's page when Stripe does not answer."""
    campaign = reading.shown(current_user, slug)
    form = PledgeForm(reading.rewards_of(campaign.id))
    form.check(lambda form: pledge_form(slug, form))
    return to_card(making.begin(current_user, campaign.id, form.wish, form.key.data))


@bp.get("/pledges/<number:number>/change")
@login_required
def pledge_change(number: str, form: PledgeForm | None = None) -> Any:
    """The form of a pledge with what was promised so far."""
    row = whole(current_user, number)
    milestones.require(current_user, GATE)
    if not changeable(row):
        if form is None:
            flash(_("This pledge can no longer be changed."), "error")
            return redirect(url_for("crowdfund.own_pledge", number=number))
        raise Conflict("crowdfund.not_changeable")
    rewards = reading.rewards_of(row.campaign_id)
    return _page(_campaign_of(row), rewards, form or _kept(row, rewards), row)


@bp.post("/pledges/<number:number>")
@login_required
def change_pledge(number: str) -> Any:
    """Change one's own pledge while the campaign runs; the saved card stays."""
    form = PledgeForm(reading.rewards_of(whole(current_user, number).campaign_id))
    form.check(lambda form: pledge_change(number, form))
    making.change(current_user, number, form.wish)
    row = whole(current_user, number)
    flash(_("Changed. It comes to %(total)s now.", total=shown(row.total_minor)), "success")
    return redirect(url_for("crowdfund.own_pledge", number=number), 303)


def to_card(number: str) -> Any:
    """Redirect to Stripe's page for the card, or to the pledge when there is none to save or Stripe is silent."""
    page = url_for("crowdfund.own_pledge", number=number)
    row = whole(current_user, number)
    setup = setups.of(PURPOSE, row.id) if row.state == "begun" else None
    url = setups.url(setup.id) if setup is not None else None
    if url is None and row.state == "begun" and row.expires_at > clock.now():
        flash(_("Stripe does not answer right now. Your pledge is held; save your card here in a minute."), "error")
    return redirect(url or page, 303)


def _hold_apart(viewer: Viewer, campaign: Any) -> None:
    """Refuse whoever runs the campaign: nobody pledges to their own (RULES 9)."""
    if _runs(viewer, campaign):
        raise Forbidden("crowdfund.own_brand")


def _runs(viewer: Viewer, campaign: Any) -> bool:
    return viewer.has("brand_admin", campaign.brand_id) or viewer.id == campaign.author_id


def _own_brand(campaign: Any) -> Closed:
    url = url_for("crowdfund.campaign", slug=campaign.slug)
    return Closed(_("Those who run a campaign cannot pledge to it."), _("To the campaign"), url)


def _page(campaign: Any, rewards: list[Any], form: PledgeForm, changing: Any = None) -> str:
    reward, amount_minor = form.chosen, form.amount.data if isinstance(form.amount.data, int) else 0
    shipping_minor = reward.shipping_minor if reward else 0
    total_minor = amount_minor + shipping_minor if amount_minor else 0
    wording = consents.current(language())
    form.wording_version.data, form.shipping_minor.data = wording.version, shipping_minor
    rows = [(reward.title if reward else _("Without a reward"), shown(amount_minor))]
    if reward is not None and reward.ships:
        rows.append((_("Post"), shown(shipping_minor) if shipping_minor else _("Free")))
    held = changing.reward_id if changing else None
    return render_template(
        "crowdfund/pledge.html",
        campaign=campaign,
        changing=changing,
        form=form,
        tiers=[tier(None, held), *(tier(row, held) for row in rewards)],
        chosen=str(form.reward.data),
        ships=reward is not None and reward.ships,
        may_ship=any(row.ships for row in rewards),
        least=_("At least %(least)s; more is welcome.", least=shown(reward.price_minor if reward else goals.minor(1))),
        rows=rows,
        total_minor=total_minor,
        decides_at=reading.decides_at(campaign),
        wording=wording,
        consent=consents.filled(wording, total_minor, campaign.currency, campaign.ends_at, instants.zone()),
        button_text=_button(changing),
    )


def _button(changing: Any) -> Any:
    saved = changing is not None and changing.state == "pledged"
    return _("Keep this pledge") if saved else _("Save my card with Stripe")


def _begun(rewards: list[Any]) -> PledgeForm:
    """A fresh form: the reward that the address names, if it can be had, with its price."""
    asked = request.args.get("reward", "")
    free = {str(row.id): row for row in rewards if row.places is None or row.taken < row.places}
    reward = free.get(asked)
    typed = request.args.get("amount", "")
    amount = reward.price_minor if reward else _small(typed)
    data = {**_where(), "reward": asked if reward else WITHOUT, "amount": amount, "listed": True}
    return PledgeForm(rewards, formdata=None, data=data)


def _small(typed: str) -> int:
    """An amount in whole units that an address may bring along; a small one for anything else."""
    unit = goals.minor(1)
    return (
        int(typed) * unit
        if re.fullmatch("[1-9][0-9]{0,4}", typed) and goals.is_pledge(int(typed) * unit)
        else USUAL * unit
    )


def _kept(row: Any, rewards: list[Any]) -> PledgeForm:
    chosen = str(row.reward_id) if row.reward_id else WITHOUT
    data = {**_where(row), "reward": chosen, "amount": row.amount_minor, "listed": row.listed}
    return PledgeForm(rewards, formdata=None, data=data)


def _where(row: Any = None) -> dict[str, str]:
    """Where a reward would go: as the pledge says, else as the last one went, else to the backer's own name."""
    if row is not None and row.country:
        return {name: getattr(row, name) for name in ADDRESS}
    return last_address(current_user.id) or {"recipient": current_user.name, "country": ""}


def _own(campaign: Any) -> Any:
    number = campaign.own_number
    row = whole(current_user, number) if number else None
    return row if row is not None and changeable(row) else None


def _campaign_of(row: Any) -> Any:
    return SimpleNamespace(
        title=row.title,
        slug=row.slug,
        brand=row.brand,
        goal_minor=row.goal_minor,
        ends_at=row.ends_at,
        currency=row.currency,
    )


def _closed(campaign: Any, unended: str | None) -> Closed | None:
    if unended:
        url = url_for("crowdfund.own_pledge", number=unended)
        return Closed(_("You have pledged to this campaign already: one pledge a member."), _("See my pledge"), url)
    if reading.phase(campaign) == "open":
        return None
    url = url_for("crowdfund.campaign", slug=campaign.slug)
    return Closed(
        _("This campaign takes no pledges any more. Nothing was pledged, and nothing is charged."),
        _("To the campaign"),
        url,
    )
