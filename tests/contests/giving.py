"""Envelopes, penalties, hidden texts and signals: what is given once, taken once and decided once."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from community.earning import adjustments, envelopes, penalties, points, signals
from community.earning.envelopes import Envelope, EnvelopeShare
from community.joining import members
from community.living import hidings
from kernel import clock, db
from kernel.approvals import Approval
from kernel.ledger import Account
from kernel.moves import Move
from tests import builders
from tests.community.test_envelopes import settled
from tests.contests.judging import count, exactly_one

NAMES = ("Ben Bauer", "Eve Eastman", "Una Unger")


def _giver() -> int:
    member_id = settled("Ann Adams")
    builders.points(member_id, 300)
    return member_id


def _open(giver: int, amount: int, places: int) -> str:
    with builders.work():
        return envelopes.open(builders.viewer(giver), "equal", amount, places, "", builders.key())


def _turn() -> int:
    """Which of the three this process is: each takes another part."""
    for number, name in enumerate(("one", "two")):
        if db.insert_once(Account, owner="turn", name=name, unit="t", floor=False, balance=0) is not None:
            db.session.commit()
            return number
    db.session.commit()
    return 2


# The last of two shares, three people.
def last_share() -> tuple[Any, ...]:
    number, takers = _open(_giver(), 20, 2), [settled(name) for name in NAMES]
    first = settled("Noor Newman")
    with builders.work():
        envelopes.take(builders.viewer(first), number)
    return number, *takers


def take_it(number: str, *takers: int) -> str:
    envelopes.take(builders.viewer(takers[_turn()]), number)
    return "taken"


def two_were_taken(outcomes: list[Any]) -> str | None:
    row = db.session.scalars(select(Envelope)).one()
    fine = (row.taken_count, row.state, count(EnvelopeShare)) == (2, "ended", 2)
    return exactly_one("taken")(outcomes) or (None if fine else f"{row.taken_count} taken, {row.state}")


# One person, three clicks, three shares.
def one_person() -> tuple[Any, ...]:
    return _open(_giver(), 30, 3), settled("Ben Bauer")


def click(number: str, taker: int) -> str:
    envelopes.take(builders.viewer(taker), number)
    return "taken"


def one_share(outcomes: list[Any]) -> str | None:
    shares = count(EnvelopeShare)
    taken = db.session.scalars(select(Envelope.taken_count)).one()
    return None if (shares, taken) == (1, 1) else f"{shares} shares, {taken} counted: {outcomes}"


# The third envelope of a day, opened three times.
def two_of_a_day() -> tuple[Any, ...]:
    giver = _giver()
    for _ in range(2):
        _open(giver, 10, 2)
    return (giver,)


def open_another(giver: int) -> str:
    key = f"{builders.key()}-{clock.real().timestamp()}"
    envelopes.open(builders.viewer(giver), "equal", 10, 2, "", key[:40])
    return "opened"


# One envelope, ended by three workers: its rest returns once.
def one_envelope() -> tuple[Any, ...]:
    giver = _giver()
    _open(giver, 30, 3)
    return db.session.scalars(select(Envelope.id)).one(), giver


def end_it(envelope_id: int, _giver_id: int) -> str:
    envelopes.end(envelope_id)
    return "ended"


def returned_once(outcomes: list[Any]) -> str | None:
    giver = db.session.scalars(select(Envelope.giver_id)).one()
    purse, pot = points.purse(giver), db.session.scalar(select(Account.balance).where(Account.name == "envelopes"))
    ends = count(Move, Move.table_name == Envelope.__tablename__)
    return None if (purse, pot, ends) == (300, 0, 1) else f"purse {purse}, pot {pot}, {ends} ends: {outcomes}"


# One penalty, overturned three times.
def one_penalty() -> tuple[Any, ...]:
    ann, boss = _giver(), builders.operator()
    with builders.work():
        said = ("farming", 50, "Nine likes in a minute.", builders.key())
        made = penalties.impose(builders.viewer(boss), members.get(ann), *said)
    return db.session.scalars(select(penalties.Penalty.number).where(penalties.Penalty.id == made)).one(), boss


def overturn_it(number: str, boss: int) -> str:
    penalties.overturn(builders.viewer(boss), number, "They share a desk and a kettle.")
    return "overturned"


# Three adjustments of 600 at once: one operator alone may do only one of them.
def one_member() -> tuple[Any, ...]:
    return builders.member("Ann Adams"), builders.operator()


def adjust_it(member_id: int, boss: int) -> str:
    key = f"{builders.key()}-{clock.real().timestamp()}"[:40]
    said = (0, 600, "A talk was not counted.", key)
    done = adjustments.adjust(builders.viewer(boss), members.get(member_id), *said)
    return "done" if done else "asked"


def one_alone(outcomes: list[Any]) -> str | None:
    return exactly_one("done")(outcomes) or (None if count(Approval) == 1 else "nobody was asked")


# One post, hidden three times; one signal, dismissed three times.
def one_post() -> tuple[Any, ...]:
    return builders.post(builders.member("Ann Adams")), builders.steward()


def hide_it(number: str, steward: int) -> str:
    hidings.hide_post(builders.viewer(steward), number, "It names a customer.")
    return "hidden"


def one_signal() -> tuple[Any, ...]:
    ann, ben = builders.member("Ann Adams"), builders.member("Ben Bauer")
    signals.raise_once("pair", [ann, ben], clock.today("UTC"), "like:1:1")
    db.session.commit()
    return signals.latest()[0].id, builders.operator()


def dismiss_it(signal_id: int, boss: int) -> str:
    signals.decide(builders.viewer(boss), signal_id, "dismiss", "They are sisters.")
    return "dismissed"


POSTGRES = ("postgresql",)
RACES: dict[str, dict[str, Any]] = {
    "the last share of an envelope": {
        "act": "giving:take_it",
        "prepare": last_share,
        "lost": two_were_taken,
        # The counter and the list of drawn shares guard it one behind the other: a third share was never drawn.
        "mutant_on": (),
    },
    "one share a person": {
        "act": "giving:click",
        "prepare": one_person,
        "lost": one_share,
        "rules": (("community_envelope_shares", "uq_community_envelope_shares_one_a_person"),),
        "guard_is_a_rule": True,
        "mutant_on": POSTGRES,
    },
    "three envelopes a day": {
        "act": "giving:open_another",
        "prepare": two_of_a_day,
        "lost": exactly_one("opened"),
        "rules": (("community_envelopes", "uq_community_envelopes_three_a_day"),),
        "mutant_on": POSTGRES,
    },
    "one envelope, ended three times": {
        "act": "giving:end_it",
        "prepare": one_envelope,
        "lost": returned_once,
    },
    "one penalty, overturned three times": {
        "act": "giving:overturn_it",
        "prepare": one_penalty,
        "lost": exactly_one("overturned"),
    },
    "three adjustments by one operator alone": {
        "act": "giving:adjust_it",
        "prepare": one_member,
        "lost": one_alone,
        "mutant_on": POSTGRES,
    },
    "one post, hidden three times": {"act": "giving:hide_it", "prepare": one_post, "lost": exactly_one("hidden")},
    "one signal, dismissed three times": {
        "act": "giving:dismiss_it",
        "prepare": one_signal,
        "lost": exactly_one("dismissed"),
    },
}
