"""Living together: check-ins, heart talks, posts, comments and likes."""

from __future__ import annotations

from community.living import heart_talks, posts
from community.living.invariants import INVARIANTS
from kernel.house import House
from kernel.worker import Chore


def contribute(house: House) -> None:
    """What this folder adds to the house: its routes, sentences, chores, listeners, invariants and the story."""
    from community.demo_life import story
    from community import web  # noqa: F401
    from community.web import cells, checkins, heart_talks as talk_pages, home, posts as post_pages
    from community.web.sentences_living import SENTENCES

    house.home = home.home
    house.say(SENTENCES)
    house.chores.append(Chore("heart talks", heart_talks.HeartTalk, heart_talks.end_forgotten))
    house.listen("community.introduced", "living.posts", posts.hear_introduced, inline=True)
    house.invariants.update(INVARIANTS)
    house.demo["life"] = story
