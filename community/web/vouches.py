"""Vouches: to stand up for a member on their page, and to take it back."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, url_for
from flask_babel import gettext as _
from flask_login import current_user, login_required

from community.living import vouches
from community.web import bp
from kernel.errors import NotFound


@bp.post("/members/<slug:handle>/vouch")
@login_required
def vouch(handle: str) -> Any:
    """Vouch for a member."""
    _members_only()
    if vouches.give(current_user, handle):
        flash(_("You vouch for them. You can take it back here at any time."), "success")
    return redirect(url_for("community.member", handle=handle))


@bp.post("/members/<slug:handle>/vouch/end", endpoint="vouch_end")
@login_required
def vouch_end(handle: str) -> Any:
    """Take one's vouch back."""
    _members_only()
    vouches.withdraw(current_user, handle)
    return redirect(url_for("community.member", handle=handle))


def _members_only() -> None:
    if not current_user.is_member:
        raise NotFound
