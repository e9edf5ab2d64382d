"""What points say: the rules, the kinds of a statement, and why each row of it stands there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from community.earning.rules import PointRule

SENTENCES = {
    "community.proof_not_yet": _l("Your proof is there after the next midnight, when the books are sealed."),
    "entry.points.adjust": _l("Points put right"),
    "entry.points.debt_lapse": _l("A debt of points that lapsed"),
    "entry.points.envelope": _l("Red envelope"),
    "entry.points.expire": _l("Points lapsed"),
    "entry.points.gift": _l("Points given"),
    "entry.points.hold": _l("Points held"),
    "entry.points.issue": _l("Points earned"),
    "entry.points.penalty": _l("Points taken by a decision"),
    "entry.points.penalty_over": _l("Points back, as a decision ended"),
    "entry.points.penalty_overturn": _l("Points back, as a decision was overturned"),
    "entry.points.release": _l("Points no longer held"),
    "entry.points.repay": _l("A debt of points repaid"),
    "entry.points.restore": _l("Points given back"),
    "entry.points.take_back": _l("Points taken back"),
    "entry.points.top_up": _l("More points to give"),
    "account.budget": _l("To be given"),
    "account.minted": _l("Made"),
    "account.redeemed": _l("Spent"),
    "account.breakage": _l("Lapsed"),
    "account.forfeited": _l("Forfeited"),
    "account.owed": _l("Owed by members"),
    "account.debt": _l("Debt"),
    "account.purse": _l("To spend"),
    "account.held": _l("Held"),
    "account.envelopes": _l("In red envelopes"),
    "account.standing": _l("Standing"),
    "account.standing_given": _l("Standing given"),
}
RULES: Mapping[str, Any] = {
    "checkin": _l("Check-in"),
    "heart_talk": _l("Heart talk"),
    "introduction": _l("Introduction"),
    "like": _l("A like for what you wrote"),
    "purchase": _l("Purchase"),
}
# A cause's first word -> what it is called in a row.
CAUSES: Mapping[str, Any] = {
    **RULES,
    "talk": RULES["heart_talk"],
    "order": RULES["purchase"],
    "pledge": _l("Reward of a campaign"),
    "shop_orders": _l("Order in the shop"),
    "crowdfund_pledges": _l("Campaign"),
    "envelope": _l("Red envelope"),
}
BOOKS: Mapping[str, Any] = {"spendable": _l("To spend"), "standing": _l("Standing")}
KINDS: Mapping[str, Any] = {
    "earned": _l("Earned"),
    "spent": _l("Spent and returned"),
    "given": _l("Given"),
    "lapsed": _l("Lapsed"),
    "taken": _l("Taken back"),
}
REASONS: Mapping[str, Any] = {
    "points.issue": _l("%(cause)s"),
    "points.take_back": _l("%(cause)s, taken back"),
    "points.restore": _l("%(cause)s, given again"),
    "points.gift": _l("A gift"),
    "points.adjust": _l("Corrected by hand"),
    "points.expire": _l("Lapsed"),
    "points.repay": _l("Repaid what was owed"),
    "points.debt_lapse": _l("Owed no more"),
    "points.hold": _l("%(cause)s: set aside"),
    "points.release": _l("%(cause)s: set aside no more"),
    "points.envelope": _l("A share of a red envelope"),
    "points.penalty": _l("A penalty"),
    "points.penalty_over": _l("A penalty was overturned"),
    "shop.order_paid": _l("Order in the shop: spent"),
    "shop.order_refunded": _l("Order refunded: points are back"),
    "crowdfund.pledge_refunded": _l("Campaign refunded: points are back"),
}
WHY: Mapping[str, Any] = {
    "points.take_back": _l("What had earned these points was undone or hidden: points go where their cause goes."),
    "points.restore": _l("What had earned these points is back, so the points are back too."),
    "points.gift": _l("Somebody who runs this place gave you these points."),
    "points.adjust": _l("An operator corrected your points by hand; the reason stands in the books."),
    "points.expire": _l("Points lapse twelve months after they came, at the end of a month; two mails say so before."),
    "points.repay": _l("Points were taken back after you had spent them. What you earn later repays them first."),
    "points.hold": _l("Points are set aside when you choose to use them, and spent when the rest is paid."),
    "points.release": _l("It was not needed, so the points went back to where they came from, with 30 days at least."),
    "points.envelope": _l("Somebody of your cell gave points to it; they lapse when they would have lapsed before."),
    "points.penalty": _l("A rule of the community was broken. You were told which one and why, and may answer."),
    "points.penalty_over": _l("The decision was overturned, and everything that followed from it with it."),
    "shop.order_refunded": _l("A refund brings points back to the lots they came from, in proportion to the money."),
    "crowdfund.pledge_refunded": _l("A refund brings points back to the lots they came from."),
}


def text_of(reason: str, cause: str) -> str:
    """A row of a statement in words."""
    said = CAUSES.get(cause.partition(":")[0], RULES["purchase"])
    return str(REASONS.get(reason, said)) % {"cause": said}


def told(rule: PointRule) -> str:
    """A rule as a sentence: "Check-in: 10 points to spend and 10 points of standing, 3 days after it." """
    books = {"spendable": rule.spendable, "standing": rule.standing}
    each = [_given(book, points) for book, points in books.items() if points]
    what = str(_(" and ")).join(each) or str(_("nothing any more"))
    measure = _(" for each whole unit of money") if rule.measure == "unit" else ""
    said = {"name": RULES.get(rule.name, rule.name), "what": what, "measure": measure, "after": _after(rule)}
    return str(_("%(name)s: %(what)s%(measure)s, %(after)s.", **said))


def _given(book: str, points: int) -> str:
    if book == "standing":
        return str(ngettext("one point of standing", "%(num)s points of standing", points))
    return str(ngettext("one point to spend", "%(num)s points to spend", points))


def _after(rule: PointRule) -> str:
    if not rule.delay:
        return str(_("at once"))
    if rule.delay < timedelta(days=1):
        return str(ngettext("one hour after it", "%(num)s hours after it", rule.delay_s // 3600))
    if rule.starts == "delivery":
        return str(ngettext("one day after delivery", "%(num)s days after delivery", rule.delay.days))
    return str(ngettext("one day after it", "%(num)s days after it", rule.delay.days))
