"""Living together: check-ins, heart talks, posts, comments and likes."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from community.living import heart_talks, posts
from community.living.invariants import INVARIANTS
from kernel.house import House, NavItem
from kernel.viewer import Viewer
from kernel.worker import Chore


def contribute(house: House) -> None:
    """What this folder adds to the house: its routes, sentences, chores, listeners, invariants."""
    from community.web import cells as _cells  # noqa: F401
    from community.web import checkins as _checkins  # noqa: F401
    from community.web import heart_talks as _talks  # noqa: F401
    from community.web import home
    from community.web import posts as _posts  # noqa: F401
    from community.web.sentences_living import SENTENCES

    house.home = home.home
    house.nav.extend(_nav())
    house.say(SENTENCES)
    house.chores.append(Chore("heart talks", heart_talks.HeartTalk, heart_talks.end_forgotten))
    house.listen("community.introduced", "living.posts", posts.hear_introduced, inline=True)
    house.invariants.update(INVARIANTS)


def _nav() -> list[NavItem]:
    def lives(viewer: Viewer) -> bool:
        return viewer.is_member and viewer.cell_slug is not None

    return [
        NavItem(_l("Home"), "front.home", 10, lives),
        NavItem(_l("Cell"), "community.cell", 20, lives, lambda viewer: {"slug": viewer.cell_slug}),
        NavItem(_l("Path"), "community.path", 30, lambda viewer: lives(viewer) or viewer.state == "applicant"),
    ]
