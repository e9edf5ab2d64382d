"""The backers of a campaign at its brand's desk: a table, pledges a day, and all of them as a file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any

from flask import render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user, login_required

from crowdfund import backers as backing
from crowdfund import goals
from crowdfund.backers import PAGE, first_name
from crowdfund.campaigns.rows import Campaign
from crowdfund.desk import bp
from crowdfund.pledges.rows import COUNTED
from crowdfund.web.pledges.timeline import STATES
from kernel import clock, money
from kernel.web import addresses, tables
from kernel.web.instants import zone

MADE = tuple(state for state in STATES if state not in ("begun", "expired"))
DAYS = 61  # the longest campaign, from the day of its launch to the day of its end
WITHOUT = "none"


@bp.get("/campaigns/<id:campaign_id>/backers")
@login_required
def backers(campaign_id: int) -> str:
    """The pledges that were made, by state and reward, the newest first."""
    campaign = backing.campaign_for(current_user, campaign_id)
    counted = backing.counted(campaign_id)
    state, reward = _chosen(counted)
    rows = backing.listed(campaign_id, state, _reward_id(reward), addresses.seen_at())
    shown = rows[:PAGE]
    more: dict[str, Any] = {"campaign_id": campaign_id, "state": state, "reward": reward}
    return render_template(
        "desk/crowdfund/backers.html",
        campaign=campaign,
        rows=[(row, first_name(row.member)) for row in shown],
        states=STATES,
        by_state=_by_state(campaign_id, counted, state, reward),
        by_reward=_by_reward(campaign_id, counted, state, reward),
        filtered=bool(state or reward),
        chart=_chart(campaign),
        figures=_figures(campaign, counted),
        older=url_for("desk_crowdfund.backers", **more, before=_place(shown[-1])) if len(rows) > PAGE else None,
        newer=url_for("desk_crowdfund.backers", **more) if request.args.get("before") else None,
    )


@bp.get("/campaigns/<id:campaign_id>/backers.csv")
@login_required
def backers_csv(campaign_id: int) -> Any:
    """Everything that the brand may know of its backers, as a file for a spreadsheet."""
    campaign = backing.campaign_for(current_user, campaign_id)
    heads = [
        *(_("Number"), _("First name"), _("Reward"), _("Currency"), _("Amount"), _("Post"), _("State")),
        *(_("Pledged at"), _("Paid at"), _("Recipient"), _("Street"), _("Postcode"), _("Town"), _("Country")),
    ]
    words = {state: str(word) for state, (word, _kind) in STATES.items()}
    read = tables.batches(lambda after, most: backing.after(campaign_id, after, most))
    rows = ([_line(row, words) for row in batch] for batch in read)
    return tables.sheet(f"{campaign.slug}-backers", list(map(str, heads)), rows)


def _line(row: Any, words: dict[str, str]) -> list[Any]:
    currency = goals.currency()
    at = [instant.strftime("%Y-%m-%d %H:%M") if instant else "" for instant in (row.pledged_at, row.collected_at)]
    sums = [money.major(minor, currency) for minor in (row.amount_minor, row.shipping_minor)]
    address = [getattr(row, line) for line in backing.ADDRESS]
    return [row.number, first_name(row.member), row.reward or "", currency, *sums, words[row.state], *at, *address]


def _chosen(counted: list[Any]) -> tuple[str | None, str | None]:
    """The state and the reward that the address asks for, if there are such pledges or could be."""
    state, reward = request.args.get("state", ""), request.args.get("reward", "")
    known = {str(row.reward_id or WITHOUT) for row in counted}
    return state if state in MADE else None, reward if reward in known else None


def _reward_id(reward: str | None) -> int | None:
    """None for any reward, 0 for those without one."""
    if reward is None:
        return None
    return 0 if reward == WITHOUT else int(reward)


def _place(row: Any) -> str:
    return addresses.place(row.pledged_at, row.id)


def _by_state(campaign_id: int, counted: list[Any], state: str | None, reward: str | None) -> Iterator[Any]:
    """(word, address, whether it is chosen, how many) of every state that there is."""
    found = dict.fromkeys(MADE, 0)
    for row in counted:
        if reward is None or str(row.reward_id or WITHOUT) == reward:
            found[row.state] += row.count
    at: dict[str, Any] = {"campaign_id": campaign_id, "reward": reward}
    yield _("All"), url_for("desk_crowdfund.backers", **at), state is None, sum(found.values())
    for name, count in found.items():
        if count or name == state:
            yield STATES[name][0], url_for("desk_crowdfund.backers", **at, state=name), name == state, count


def _by_reward(campaign_id: int, counted: list[Any], state: str | None, reward: str | None) -> Iterator[Any]:
    """The same for every reward that somebody chose."""
    found: dict[str, tuple[str, int]] = {}
    for row in sorted(counted, key=lambda row: row.reward_id or 0):
        value = str(row.reward_id or WITHOUT)
        count = row.count if state in (None, row.state) else 0
        found[value] = (row.reward or _("Without a reward"), found.get(value, ("", 0))[1] + count)
    at: dict[str, Any] = {"campaign_id": campaign_id, "state": state}
    yield _("Any reward"), url_for("desk_crowdfund.backers", **at), reward is None, None
    for value, (title, count) in found.items():
        yield title, url_for("desk_crowdfund.backers", **at, reward=value), value == reward, count


def _figures(campaign: Campaign, counted: list[Any]) -> dict[str, int]:
    people = sum(row.count for row in counted if row.state in COUNTED)
    return {
        "pledged": campaign.pledged_minor,
        "collected": campaign.collected_minor,
        "people": people,
        "mean": campaign.pledged_minor // people if people else 0,
    }


def _chart(campaign: Campaign) -> dict[str, Any]:
    """What was pledged a day from the launch to the end or today, in the reader's zone."""
    assert campaign.launched_at is not None, "it was launched"
    assert campaign.ends_at is not None, "it was launched"
    first = campaign.launched_at.astimezone(zone()).date()
    last = min(clock.now(), campaign.ends_at + timedelta(hours=1)).astimezone(zone()).date()
    days = [first + timedelta(days=n) for n in range(min((last - first).days + 1, DAYS))]
    starts = [datetime.combine(day, time(), zone()).astimezone(UTC) for day in days]
    sums = backing.by_day(campaign.id, starts)
    return {
        "days": list(zip(days, sums, strict=True)),
        "most": max(sums) or 1,
        "best": days[sums.index(max(sums))],
        "running": last == clock.now().astimezone(zone()).date(),
    }
