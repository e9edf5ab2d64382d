"""What decisions about points and red envelopes say: refusals, and the names of the rules that penalties name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from community.web import bp

MINUS = "\u2212"
SENTENCES = {
    "community.hide_own": _l("Your own words are for another to decide about; you can change them yourself."),
    "community.penalty_rule": _l("Choose the rule that was broken."),
    "community.penalty_evidence": _l("Write the evidence, in at least ten characters: the member reads it."),
    "community.adjustment_of_nothing": _l("Write how many points to give or take in one book at least."),
    "community.signal_people": _l("Choose somebody whom this signal is about."),
    "community.signal_own": _l("This signal is about yourself: another operator decides."),
    "community.envelope_kind": _l("Choose how large the shares are."),
    "community.envelope_purse": _l("You have %(have)s points to give."),
    "community.envelope_uneven": _l("These points do not divide evenly by %(places)s: %(less)s would."),
    "community.envelopes_of_a_day": _l("That were %(most)s envelopes today. Tomorrow there will be more."),
    "community.envelope_empty": _l("This envelope is empty, or its day is over."),
    "community.envelope_own": _l("This envelope is your own: it is for the others."),
    "community.envelope_other_cell": _l("Only members of the cell take a share of this envelope."),
}
PENALTIES: Mapping[str, Any] = {
    "farming": _l("Points by arrangement"),
    "spam": _l("Advertising where nobody asked"),
    "misleading": _l("Misleading others"),
    "unkind": _l("Unkind to somebody"),
}
RULED: Mapping[str, Any] = {
    "farming": _l("Likes and other acts are for what is good, not for points that were agreed on."),
    "spam": _l("What is for sale is shown in the shop, not under what others wrote."),
    "misleading": _l("What is said of a thing, a price or a person has to be true."),
    "unkind": _l("The covenant: speak of the work, never against the person."),
}


@bp.app_template_filter("penalty_rule")
def rule_of(rule: str) -> str:
    """The name of the rule that a penalty names."""
    return str(PENALTIES[rule])


@bp.app_template_filter("penalty_said")
def said_of(rule: str) -> str:
    """The rule itself, in a sentence."""
    return str(RULED[rule])


@bp.app_template_filter("signed")
def signed(amount: int) -> str:
    """A whole number with its sign, as the statement writes it."""
    return f"+{amount}" if amount > 0 else f"{MINUS}{-amount}" if amount else "0"
