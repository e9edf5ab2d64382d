"""What milestones say: their names, what they open, what others must do for them, and what keeps them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from community.earning.milestone_rules import OPENS
from community.web import bp
from kernel.errors import Missing

SENTENCES = {
    "community.milestone_unknown": _l("Choose a milestone."),
    "community.rule_shape": _l("No member could follow this rule: check the numbers against each other."),
    "community.rule_too_soon": _l("A rule holds from 14 days after it is announced, and after the one before."),
    "community.vouch_own_squad": _l("A vouch comes from outside the squad. In your own only a steward's counts."),
    "community.vouch_inactive": _l("One can vouch for active members only."),
}
NAMES: Mapping[str, Any] = {"settled": _l("Settled"), "engaged": _l("Engaged"), "trusted": _l("Trusted")}
# What each gate is in words; one that nothing stands behind yet has none.
GATES: Mapping[str, Any] = {
    "community.envelope": _l("red envelopes"),
    "shop.buy": _l("buying in the shop"),
    "crowdfund.back": _l("backing campaigns"),
}
CONDITIONS: Mapping[str, Any] = {
    "covenant": _l("Covenant accepted"),
    "introduction": _l("Introduction posted"),
    "checkins": _l("Check-ins"),
    "talks": _l("Heart talks"),
    "comments": _l("Comments"),
    "contributions": _l("An accepted contribution"),
    "vouches": _l("Vouches of members outside your squad"),
}

# The first rank has no name: who stays out of every ranking looks the same.
RANKS: Mapping[int, Any] = {1: _l("Regular"), 2: _l("Companion"), 3: _l("Guide"), 4: _l("Pillar")}
BADGES: Mapping[str, Any] = {
    "in_a_row": _l("Twelve weeks in a row"),
    "reader": _l("Fifty check-ins"),
    "listener": _l("Ten heart talks"),
    "answering": _l("Answered twenty people"),
}


@bp.app_template_filter("milestone")
def name_of(milestone: str) -> str:
    """A milestone's name."""
    return str(NAMES[milestone])


def opens(milestone: str) -> bool:
    """Whether something stands behind a gate of a milestone: to lock or unlock another one changes nothing."""
    return any(gate in GATES for gate in OPENS[milestone])


@bp.app_template_filter("opened_by")
def opened_by(milestone: str) -> str:
    """What a milestone opens, in words; empty where nothing of it is there yet."""
    return str(_(" and ")).join(str(GATES[gate]) for gate in OPENS[milestone] if gate in GATES)


def keeps(item: Missing) -> str:
    """What keeps a milestone: "Do any duty by Monday 7 December to keep Engaged." """
    from community.web.sentences_living import day_of

    name, day = name_of(item.values["milestone"]), day_of(item.values["until"])
    return str(_("Do any duty by %(day)s, midnight, to keep %(name)s: a check-in or a heart talk.", day=day, name=name))


def _vouches(item: Missing) -> Any:
    return ngettext("%(num)s more vouch", "%(num)s more vouches", item.left)


LACKS: Mapping[str, Callable[[Missing], Any]] = {
    "community.missing_vouches": _vouches,
    "community.missing_contributions": lambda item: _("an accepted contribution"),
    "community.locked_by_hand": lambda item: _("a steward has locked this"),
}
NOTES: Mapping[str, Callable[[Missing], Any]] = {
    "community.missing_vouches": lambda item: _("Members outside your squad vouch for you on your page."),
    "community.missing_contributions": lambda item: _("Nothing is accepted as a contribution so far."),
    "community.locked_by_hand": lambda item: _(
        "The reason: %(why)s Ask %(by)s.", why=item.values.get("why", ""), by=item.values.get("by", "")
    ),
}
