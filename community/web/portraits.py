"""The choice of what stands beside a name: fields for the introduction and the account, and the account's change."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user, login_required
from flask_wtf.file import FileField
from wtforms import RadioField, ValidationError

from community.joining import members, portraits
from community.web import bp
from kernel.forms import Form, Line, options
from kernel.pictures import ALT_MOST, Shown, Upload

MINE = "mine"
SIGNS = {
    "spot-bell": _l("Bell"),
    "spot-boat": _l("Boat"),
    "spot-book": _l("Book"),
    "spot-bowl": _l("Bowl"),
    "spot-cup": _l("Cup"),
    "spot-key": _l("Key"),
    "spot-kite": _l("Kite"),
    "spot-leaf": _l("Leaf"),
    "spot-letter": _l("Letter"),
    "spot-loaf": _l("Loaf"),
    "spot-mountain": _l("Mountain"),
    "spot-pear": _l("Pear"),
    "spot-scissors": _l("Scissors"),
    "spot-spool": _l("Spool"),
}


class PortraitForm(Form):
    """Nothing, a drawn sign, or a picture with what can be seen on it."""

    symbol = RadioField(
        _l("What stands beside your name"),
        choices=options(
            [("", _l("Nothing")), (MINE, _l("My picture")), *((sign, SIGNS[sign]) for sign in portraits.SYMBOLS)]
        ),
        default="",
    )
    picture = FileField(_l("Your picture"), render_kw={"accept": "image/jpeg,image/png,image/webp"})
    alt = Line(_l("What can be seen on it"), most=ALT_MOST, required=False)

    has_one = False  # a picture of one's own that stays when no other is sent

    def validate_symbol(self, field: Any) -> None:
        """Nothing has to be chosen too: a form that came in half takes nobody's picture away."""
        if not field.raw_data:
            raise ValidationError(_("Choose one of these."))

    def validate_picture(self, field: Any) -> None:
        """Who chose an own picture has to send one."""
        if self.symbol.data == MINE and not field.data and not self.has_one:
            raise ValidationError(_("Choose the file of your picture."))

    @property
    def sign(self) -> str | None:
        """The chosen sign, if a sign was chosen."""
        return None if self.symbol.data in ("", MINE) else str(self.symbol.data)

    @property
    def changes(self) -> bool:
        """False when the picture that is there stays."""
        return self.symbol.data != MINE or bool(self.picture.data)

    @property
    def upload(self) -> Upload | None:
        """The picture that was sent, unless a sign was chosen instead of it."""
        return Upload(self.picture.data.stream, self.alt.data or "") if self.picture.data and not self.sign else None


def drawings() -> dict[str, Any]:
    """The signs to choose from, as pictures."""
    return {sign: members.drawn(sign) for sign in portraits.SYMBOLS}


@bp.post("/account/portrait", endpoint="change_portrait")
@login_required
def change_portrait() -> Any:
    """Change what stands beside one's name."""
    from community.web.accounts import account

    form = PortraitForm()
    form.has_one = isinstance(current_user.picture, Shown)
    form.check(lambda form: account(portrait_form=form))
    if form.changes:
        portraits.change(current_user._get_current_object(), form.sign, form.upload)
    flash(_("Saved."), "success")
    return redirect(url_for("community.account"))
