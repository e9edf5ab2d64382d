"""What crowdfund's refusals say to people."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

SENTENCES = {
    "entry.crowdfund.pledge_collected": _l("Pledge collected"),
    "entry.crowdfund.pledge_refunded": _l("Pledge given back"),
    "account.pledges": _l("Pledges"),
    "crowdfund.saved_elsewhere": _l(
        "This was saved elsewhere in the meantime. What you typed still stands here; saving it now replaces the other."
    ),
    "crowdfund.not_draft": _l("This campaign is no draft any more, so nothing was saved."),
    "crowdfund.not_live": _l("Only a live campaign changes what it says."),
    "crowdfund.not_launched": _l("A campaign has updates from its launch on."),
    "crowdfund.needed": _l("This is needed."),
    "crowdfund.too_short": _l("At least %(least)s characters, please."),
    "crowdfund.too_long": _l("At most %(most)s characters, please."),
    "crowdfund.goal_bounds": _l("A goal is between %(least)s and %(most)s."),
    "crowdfund.budget_sum": _l("The lines have to add up to the goal."),
    "crowdfund.budget_row": _l("Every line needs its words and its amount."),
    "crowdfund.lacks_picture": _l("Choose a picture for the front."),
    "crowdfund.lacks_alt": _l("Say what the front picture shows, for those who can't see it."),
    "crowdfund.lasts": _l("A campaign lasts from one day to sixty, counted from its opening."),
    "crowdfund.picture_unknown": _l("The picture “%(number)s” is none of this campaign's."),
    "crowdfund.pictures_full": _l("A campaign holds %(most)s pictures."),
    "crowdfund.missed_opening": _l("Its time ran out before it could open. Choose another and hand it in again."),
    "crowdfund.own_campaign": _l("Nobody judges a campaign of their own brand."),
    "crowdfund.rewards_full": _l("A campaign has at most %(most)s rewards."),
    "crowdfund.rewards_shut": _l("Rewards change while a campaign is written and while it is live."),
    "crowdfund.reward_named": _l("Another reward of this campaign has that name."),
    "crowdfund.reward_price": _l("A reward costs from 1 to 10,000."),
    "crowdfund.reward_shipping": _l("Only what is sent costs sending, and not more than a pledge may come to."),
    "crowdfund.places": _l("From one place to %(most)s, please."),
    "crowdfund.frozen": _l("Somebody has chosen this reward, so it stays as it is. You can add places."),
    "crowdfund.questions_shut": _l("This campaign takes no questions any more."),
    "crowdfund.questions_full": _l("%(most)s of your questions wait for an answer here. Please wait for one of them."),
    "crowdfund.closed": _l("This campaign takes no pledges any more. Nothing was charged."),
    "crowdfund.own_brand": _l("Those who run a campaign cannot pledge to it."),
    "crowdfund.already_pledged": _l("You have a pledge to this campaign already. Change that one, or cancel it first."),
    "crowdfund.sold_out": _l("The last place of %(title)s has just been taken. Nothing was pledged."),
    "crowdfund.no_such_reward": _l("This campaign has no such reward."),
    "crowdfund.less_than_reward": _l("The reward asks for more than that."),
    "crowdfund.pledge_bounds": _l("A pledge is between %(least)s and %(most)s."),
    "crowdfund.reward_changed": _l("The reward has just been changed. Look at it again, please; nothing was pledged."),
    "crowdfund.wording_changed": _l("The wording you agree to has just been changed. Please read it again."),
    "crowdfund.needs_address": _l("The reward is sent by post and needs an address."),
    "crowdfund.not_changeable": _l("This pledge cannot be changed any more."),
    "crowdfund.not_cancellable": _l("This pledge cannot be cancelled any more."),
    "crowdfund.not_refundable": _l("Only a pledge that is paid can be given back."),
    "crowdfund.not_payable": _l("There is nothing to pay on this pledge any more."),
}
