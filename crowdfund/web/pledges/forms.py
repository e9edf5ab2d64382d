"""The form of a pledge: what is right in it depends on the reward that was chosen."""

from __future__ import annotations

import re
from typing import Any

from babel import Locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField
from wtforms.validators import Length

from crowdfund import goals
from crowdfund.pledges.following import ADDRESS
from crowdfund.pledges.wishes import Wish
from kernel import money
from kernel.forms import Choice, Form, Line, Money, Whole, options
from kernel.web.words import language

WITHOUT = "none"
USUAL = 10  # what stands in the field, in whole units, when no reward says more
# What the locale data calls a territory and no parcel reaches.
NO_COUNTRIES = frozenset({"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ", "CP", "DG", "TA", "AC", "IC", "EA", "CQ"})


class PledgeForm(Form):
    """What a backer would like, how much it is worth to them, and where it goes if it is sent."""

    reward = Choice(_l("Reward"))
    was = HiddenField(validators=[Length(max=20)])  # the reward that the amount was filled in for
    amount = Money(_l("Your pledge"))
    listed = BooleanField(_l("List me among the backers"))
    recipient = Line(_l("Full name"), most=120, required=False)
    street = Line(_l("Street and number"), most=160, required=False)
    postcode = Line(_l("Postcode"), most=20, required=False)
    town = Line(_l("Town"), most=80, required=False)
    country = Choice(_l("Country"), default="")  # where nothing is sent, no address is asked for
    shipping_minor = Whole(_l("Post"), low=0, high=999_999_999, widget=HiddenField.widget)
    wording_version = Whole(_l("Wording"), low=1, high=9_999, widget=HiddenField.widget)

    def __init__(self, rewards: list[Any], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rewards = {str(row.id): row for row in rewards}
        self.amount.low_minor, self.amount.high_minor = map(goals.minor, goals.PLEDGE)
        self.reward.choices = options([(WITHOUT, ""), *((value, row.title) for value, row in self.rewards.items())])
        self.country.choices = options(_countries())

    @property
    def chosen(self) -> Any:
        """The chosen reward, or None."""
        return self.rewards.get(str(self.reward.data))

    def validate(self, extra_validators: Any = None) -> bool:
        """What is typed is right, and an address stands there when the reward is sent."""
        fine = bool(super().validate(extra_validators))
        reward = self.chosen
        if reward is None:
            return fine
        if reward.ships:
            for name in ADDRESS:
                field = self[name]
                if not field.data and not field.errors:
                    field.errors, fine = [_("This is needed.")], False
        if not self.amount.errors and isinstance(self.amount.data, int) and self.amount.data < reward.price_minor:
            least = _("For this reward it is at least %(least)s.", least=shown(reward.price_minor))
            self.amount.errors, fine = [least], False
        return fine

    @property
    def wish(self) -> Wish:
        """What the backer asked for."""
        sent = self.chosen is not None and self.chosen.ships
        where = {name: self[name].data if sent else "" for name in ADDRESS}
        return Wish(
            reward_id=self.chosen.id if self.chosen else None,
            amount_minor=self.amount.data,
            listed=self.listed.data,
            wording_version=self.wording_version.data,
            locale=language(),
            shipping_minor=self.shipping_minor.data,
            **where,
        )

    def refill(self) -> None:
        """With another reward comes another amount, unless the backer gives more than it asks for anyway."""
        before, now, given = self.rewards.get(str(self.was.data)), self.chosen, self.amount.minor
        least = now.price_minor if now else goals.minor(USUAL)
        unmoved = before is not None and given == before.price_minor
        if now is not before and (unmoved or given is None or given < least):
            self.amount.data = least
        elif given is not None:
            self.amount.data = given


def shown(minor: int) -> str:
    """An amount of the instance's currency as the reader writes it."""
    return money.formatted(minor, goals.currency(), language())


def _countries() -> list[tuple[str, str]]:
    names = Locale.parse(language()).territories
    codes = [str(code) for code in names if re.fullmatch("[A-Z]{2}", str(code)) and code not in NO_COUNTRIES]
    by_name = sorted(((code, str(names[code])) for code in codes), key=lambda pair: pair[1])
    return [("", str(_("Choose a country"))), *by_name]
