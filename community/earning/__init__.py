"""Earning: points, grants and milestones."""

from __future__ import annotations

from community.earning import (
    adjustments,
    causes,
    closes,
    debts,
    envelopes,
    expiries,
    grants,
    lots,
    milestones,
    settlements,
    simulations,
    versions,
)
from community.earning.decision_invariants import INVARIANTS as OF_DECISIONS
from community.earning.invariants import INVARIANTS
from kernel import money
from kernel.house import House
from kernel.worker import Chore


def contribute(house: House) -> None:
    """What this folder adds to the house: its pages, what hears the facts, what is due of points, invariants."""
    from community.demo_life import story
    from community.desk import drafts as _drafts  # noqa: F401
    from community.desk import milestones as _desk  # noqa: F401
    from community.desk import rules as of_rules
    from community.web import leaderboards as _leaderboards  # noqa: F401
    from community.web import lots as _lots  # noqa: F401
    from community.web import path
    from community.web import points as _points  # noqa: F401
    from community.web import statements as _statements  # noqa: F401
    from community.web.sentences_earning import SENTENCES
    from community.web.sentences_points import SENTENCES as OF_POINTS

    house.path = path.shell_path
    house.say({**SENTENCES, **OF_POINTS})
    versions.forget()
    causes.subscribe(house)
    for fact in milestones.HEARD:
        house.listen(fact, "earning.milestones", milestones.hear)
    house.listen("community.introduced", "earning.closes", closes.hear_introduced)
    house.chores.append(Chore("closes", closes.Close, closes.hold))
    house.chores.append(Chore("grants", grants.Grant, settlements.settle))
    house.chores.append(Chore("lots", lots.Lot, expiries.settle))
    house.chores.append(Chore("debts", debts.Debt, debts.lapse))
    house.tickers.append(simulations.ticker(10 ** money.decimals(house.config.currency)))
    house.desk.extend(of_rules.items())
    house.invariants.update(INVARIANTS)
    _decide(house)
    # What the demo's people live leads to what they earn, so the story stands here, above both.
    house.demo["life"] = story


def _decide(house: House) -> None:
    """What people decide about points: envelopes, penalties, adjustments, hidden texts, signals."""
    from community.demo_gifts import story
    from community.desk import adjustments as by_hand
    from community.desk import hidings as _hidings  # noqa: F401
    from community.desk import penalties as _penal  # noqa: F401
    from community.desk import points as of_points
    from community.desk import signals as _signals  # noqa: F401
    from community.earning import signals
    from community.web import adjustments as _adjustments  # noqa: F401
    from community.web import envelopes as _envelopes  # noqa: F401
    from community.web import penalties as _penalties  # noqa: F401
    from community.web.sentences_decisions import SENTENCES

    house.say(SENTENCES)
    house.acts[adjustments.ACT] = by_hand.act()
    house.desk.extend(of_points.items())
    house.tallies["community_signals"] = signals.tally
    house.today.append(of_points.waiting)
    house.chores.append(Chore("envelopes", envelopes.Envelope, envelopes.end))
    house.invariants.update(OF_DECISIONS)
    house.demo["gifts"] = story
