"""Forms: one way to read input, to say what is wrong with it and to keep what was typed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from flask import current_app, g
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_wtf import FlaskForm
from wtforms import DateTimeLocalField, HiddenField, SelectField, StringField, TextAreaField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, Optional, Regexp

from kernel import money, texts
from kernel.errors import Invalid
from kernel.web.instants import zone
from kernel.web.words import language

WHOLE = re.compile(r"^[0-9]{1,9}$")
SIGNED = re.compile(r"^[+-]?[0-9]{1,9}$")


class Form(FlaskForm):
    """A form with a CSRF token and a random key, by which a double click meets the first one's result."""

    key = HiddenField(default=texts.number, validators=[Length(max=40), Regexp("^[!-~]*$")])
    refusal: str | None = None

    def check(self, again: Callable[..., Any]) -> None:
        """Validate, or raise Invalid; any refusal later in this request shows the page `again(form=self)` with 4xx."""
        g.again = lambda: again(form=self)
        g.form = self
        if not self.validate():
            raise Invalid("kernel.form")


class Click(Form):
    """A button: nothing but the token and the key."""


class Press(Click):
    """A button of a page that shows no form's errors: why it was refused stands there as a toast."""


class Line(StringField):
    """One line of text, cleaned; line breaks in it become spaces, so that it can stand in a mail's subject."""

    def __init__(self, label: Any = "", *, most: int = 120, required: bool = True, **kwargs: Any) -> None:
        rules = [Length(max=most, message=_l("At most %(max)d characters, please.")), _required(required)]
        super().__init__(label, [*rules, *kwargs.pop("validators", [])], **kwargs)
        self.most = most

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Take the first value; refuse characters that hide."""
        super().process_formdata(valuelist)  # kept as typed, so that the refusal is about what stands there
        if valuelist:
            self.data = " ".join(_cleaned(valuelist[0]).split())


class Prose(TextAreaField):
    """Several lines of text, cleaned; `least` counts a CJK character as two."""

    def __init__(self, label: Any = "", *, least: int = 1, most: int = 5000, required: bool = True, **kw: Any) -> None:
        rules = [Length(max=most, message=_l("At most %(max)d characters, please.")), _required(required)]
        super().__init__(label, [*rules, *kw.pop("validators", [])], **kw)
        self.least, self.most = least, most

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Take the first value; refuse characters that hide."""
        super().process_formdata(valuelist)  # kept as typed, so that the refusal is about what stands there
        if valuelist:
            self.data = _cleaned(valuelist[0])

    def post_validate(self, form: Any, validation_stopped: bool) -> None:
        """Hold the least weight of the text."""
        short = self.least - texts.weight(self.data or "")
        if self.data and short > 0:
            raise ValidationError(ngettext("One more character, please.", "%(num)d more characters, please.", short))


class Whole(StringField):
    """A whole number from `low` to `high`: full-width digits are read; signs, fractions and lists are refused."""

    data: Any

    def __init__(self, label: Any = "", *, low: int = 0, high: int = 999_999_999, **kwargs: Any) -> None:
        super().__init__(label, kwargs.pop("validators", [InputRequired()]), **kwargs)
        self.low, self.high = low, high

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Keep the text as typed until it is known to be a number."""
        self.data = valuelist[0].strip() if len(valuelist) == 1 else ""

    def pre_validate(self, form: Any) -> None:
        """Turn the text into an int within the bounds."""
        typed: Any = self.data
        if (not typed and self.flags.optional) or isinstance(typed, int):
            return
        if not WHOLE.match(typed or "") or not self.low <= int(typed) <= self.high:
            raise ValidationError(_l("A whole number from %(low)s to %(high)s, please.", low=self.low, high=self.high))
        number: Any = int(typed)
        self.data = number


class Signed(Whole):
    """A whole number that may have a sign, from `low` to `high`; empty is 0, fractions and lists are refused."""

    def pre_validate(self, form: Any) -> None:
        """Turn the text into an int within the bounds."""
        typed = self.data if isinstance(self.data, int) else (self.data or "0").replace("\u2212", "-")
        whole = isinstance(typed, int) or SIGNED.match(typed) is not None
        if not whole or not self.low <= int(typed) <= self.high:
            raise ValidationError(_l("A whole number from %(low)s to %(high)s, please.", low=self.low, high=self.high))
        number: Any = int(typed)
        self.data = number


class Money(StringField):
    """An amount of the instance's currency, in minor units; read with a point or a comma, whatever the locale.

    `1500`, `1500.5`, `1500,50`, `1,500.00` and `1.500,00` are read; `1.500` could mean two things and is refused, as
    are signs, letters, other digits and lists.
    """

    data: Any

    def __init__(self, label: Any = "", *, low_minor: int = 0, high_minor: int = 99_999_999_999, **kwargs: Any) -> None:
        super().__init__(label, kwargs.pop("validators", [InputRequired()]), **kwargs)
        self.low_minor, self.high_minor = low_minor, high_minor

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Keep the text as typed until it is known to be an amount."""
        self.data = valuelist[0].strip() if len(valuelist) == 1 else ""

    def pre_validate(self, form: Any) -> None:
        """Turn the text into minor units within the bounds; None when nothing was typed and nothing need be."""
        if isinstance(self.data, int):
            return
        if not self.data and self.flags.optional:
            self.data = None
            return
        minor = self.minor
        if minor is None:
            raise ValidationError(_l("An amount, please, such as 1500 or 12.50."))
        if not self.low_minor <= minor <= self.high_minor:
            low, high = (money.formatted(edge, _currency(), language()) for edge in (self.low_minor, self.high_minor))
            raise ValidationError(_l("From %(low)s to %(high)s, please.", low=low, high=high))
        self.data = minor

    @property
    def unit(self) -> str:
        """The currency that is typed in, as its label says."""
        return _currency()

    @property
    def minor(self) -> int | None:
        """The amount in minor units; None for what is none."""
        return self.data if isinstance(self.data, int) else money.read(str(self.data or ""), _currency())

    def _value(self) -> str:
        return money.plain(self.data, _currency()) if isinstance(self.data, int) else str(self.data or "")


class Moment(DateTimeLocalField):
    """An instant, typed as the local time of the reader's zone; `at` is it in UTC, or None when nothing was typed."""

    data: Any

    def __init__(self, label: Any = "", *, required: bool = True, **kwargs: Any) -> None:
        super().__init__(label, [_required(required)], format=["%Y-%m-%dT%H:%M"], **kwargs)

    def process_data(self, value: Any) -> None:
        """Show an aware instant as the reader's clock does."""
        aware = isinstance(value, datetime) and value.tzinfo is not None
        super().process_data(value.astimezone(zone()).replace(tzinfo=None) if aware else value)

    def pre_validate(self, form: Any) -> None:
        """Refuse other centuries: the calendar's first and last day are none in another zone or an hour away."""
        if self.data and self.data.year // 100 != 20:
            raise ValidationError(_l("A day of this century, please."))

    @property
    def at(self) -> datetime | None:
        """The instant in UTC."""
        return self.data.replace(tzinfo=zone()).astimezone(UTC) if self.data else None


class Choice(SelectField):
    """One of the choices that were offered."""


def options(pairs: Iterable[tuple[Any, Any]]) -> list[SelectChoice]:
    """Choices of a list or of radio buttons from (value, text)."""
    return [SelectChoice(value, text) for value, text in pairs]


def _currency() -> str:
    return str(current_app.extensions["config"].currency)


def _required(required: bool) -> Any:
    return DataRequired(_l("This is needed.")) if required else Optional()


def _cleaned(value: Any) -> str:
    try:
        return texts.cleaned(str(value))
    except ValueError:
        raise ValueError(_l("This holds characters that cannot be seen. Please type it anew.")) from None
