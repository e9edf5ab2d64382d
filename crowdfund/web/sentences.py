"""What crowdfund's refusals say to people."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

SENTENCES = {
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
    "crowdfund.not_payable": _l("There is nothing to pay on this pledge any more."),
}
