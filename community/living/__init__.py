"""Living together: check-ins, heart talks, posts, comments and likes."""

from __future__ import annotations

from collections.abc import Iterable

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from community.living import feeds, heart_talks, posts
from community.living.invariants import INVARIANTS
from kernel.house import House, NavItem, Panel
from kernel.viewer import Viewer
from kernel.worker import Chore


def contribute(house: House) -> None:
    """What this folder adds to the house: its routes, sentences, chores, listeners, invariants."""
    from community.web import cells as _cells  # noqa: F401
    from community.web import checkins as _checkins  # noqa: F401
    from community.web import heart_talks as _talks  # noqa: F401
    from community.web import home
    from community.web import posts as _posts  # noqa: F401
    from community.web import vouches as _vouches  # noqa: F401
    from community.web.sentences_living import SENTENCES

    house.home = home.home
    house.nav.extend(_nav())
    house.say(SENTENCES)
    house.chores.append(Chore("heart talks", heart_talks.HeartTalk, heart_talks.end_forgotten))
    house.listen("community.introduced", "living.posts", posts.hear_introduced, inline=True)
    house.beside.append(_beside)
    house.invariants.update(INVARIANTS)


def _nav() -> list[NavItem]:
    def lives(viewer: Viewer) -> bool:
        return viewer.is_member and viewer.cell_slug is not None

    return [
        NavItem(_l("Home"), "front.home", 10, lives),
        NavItem(_l("Cell"), "community.cell", 20, lives, lambda viewer: {"slug": viewer.cell_slug}),
        NavItem(_l("Path"), "community.path", 30, lambda viewer: lives(viewer) or viewer.state == "applicant"),
    ]


def _beside(viewer: Viewer) -> Iterable[Panel]:
    """The cells with their free seats and next talks: all for who decides, the own one for a squad leader."""
    everywhere = viewer.holds("steward", "operator")
    if not everywhere and not (viewer.holds("squad_leader") and viewer.cell_id):
        return []
    rows = feeds.cells_at_desk(None if everywhere else viewer.cell_id)
    more = (_("All cells"), url_for("desk_community.cells")) if viewer.has("operator") else None
    title = _("Seats and talks") if everywhere else _("Your cell")
    return [Panel(title, "desk/community/panel_cells.html", {"rows": rows, "plan": not everywhere}, more)]
