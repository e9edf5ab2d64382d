"""Mails at the desk: those that should have left and wait, because no server is named or the named one takes none."""

from __future__ import annotations

from collections.abc import Iterable

from flask import render_template, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user, login_required

from community.desk import bp
from kernel import mail, outbox, tallies
from kernel.house import Waiting
from kernel.viewer import Viewer
from kernel.web import addresses


@bp.get("/mails")
@login_required
def mails() -> str:
    """What has not left, the oldest first, with what is in its way."""
    page = addresses.page_number()
    rows = outbox.waiting(current_user, page)
    return render_template(
        "desk/community/mails.html",
        rows=[(row.Mail, mail.written(row.Mail)[0], row.error) for row in rows[: outbox.PAGE]],
        shut=outbox.is_shut(),
        **addresses.turned("desk_community.mails", page, len(rows) > outbox.PAGE),
    )


def waiting(viewer: Viewer) -> Iterable[Waiting]:
    """That mails do not leave, which nobody else would say."""
    if count := tallies.of(viewer, "kernel_mails"):
        yield Waiting(
            count=count,
            title=ngettext("Mail that has not left", "Mails that have not left", count),
            detail=_("No mail server is named.") if outbox.is_shut() else _("The mail server does not take them."),
            url=url_for("desk_community.mails"),
            action=_("Look"),
            late=True,
        )
