"""The plain model of points: lists and loops, nothing stored, nothing at once; what the product has to agree with."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from community.earning.lots import month_end
from kernel.money import share

DAY = timedelta(days=1)
DELAYS = {"purchase": 14 * DAY}
CAPPED = ("checkin", "heart_talk", "like")
FIRST = {"checkin": 10, "heart_talk": 20, "introduction": 50, "like": 1, "purchase": 1}


@dataclass
class PlainLot:
    """Points by when they lapse."""

    number: int
    expires_at: datetime
    free: int
    grant: Any
    held: int = 0
    spent: int = 0

    @property
    def order(self) -> tuple[datetime, int]:
        return self.expires_at, self.number


@dataclass
class PlainGrant:
    """What one cause gives in one book."""

    rule: str
    thing: str
    book: str
    points: int
    at: datetime
    due_at: datetime
    state: str = "pending"
    hidden: bool = False
    undone: int = 0
    asked: int = 0
    paid: int = 0
    back: int = 0
    ready: bool = True


@dataclass
class PlainDebt:
    """What is owed because of one grant."""

    grant: PlainGrant
    left: int
    since: datetime


@dataclass
class Part:
    """What a hold has of one lot."""

    number: int
    lot: PlainLot
    open: int
    spent: int = 0


@dataclass
class Plain:
    """One member's points."""

    now: datetime
    standing: int = 0
    lots: list[PlainLot] = field(default_factory=list)
    grants: list[PlainGrant] = field(default_factory=list)
    debts: list[PlainDebt] = field(default_factory=list)
    holds: dict[str, list[Part]] = field(default_factory=dict)
    spendable: dict[str, list[tuple[datetime, int]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.began_at, self.numbers = self.now, count(1)
        self.spendable = {name: [(self.now, worth)] for name, worth in FIRST.items()}

    @property
    def purse(self) -> int:
        return sum(lot.free for lot in self.lots)

    @property
    def held(self) -> int:
        return sum(lot.held for lot in self.lots)

    @property
    def owed(self) -> int:
        return sum(debt.left for debt in self.debts)

    def open(self, thing: str) -> int:
        return sum(part.open for part in self.holds.get(thing, []))

    def spent(self, thing: str) -> int:
        return sum(part.spent for part in self.holds.get(thing, []))

    def change(self, name: str, worth: int, at: datetime) -> None:
        self.spendable[name].append((at, worth))

    def earn(self, name: str, thing: str, units: int = 1) -> None:
        # Of two versions that hold from one instant the later one counts.
        worth = max((at, n) for n, (at, _) in enumerate(self.spendable[name]) if at <= self.now)[1]
        books = [("standing", 0 if name == "purchase" else FIRST[name]), ("spendable", self.spendable[name][worth][1])]
        due_at = self.now + DELAYS.get(name, 3 * DAY)
        for book, given in books:
            if given:
                self.grants.append(PlainGrant(name, thing, book, given * units, self.now, due_at))

    def undo(self, thing: str, part: int, whole: int) -> None:
        for grant in self._of(thing):
            gone = grant.points * part // whole
            if gone > grant.undone:
                grant.undone, grant.ready = gone, True
                if grant.state == "pending" and gone == grant.points:
                    grant.state = "void"

    def hide(self, thing: str) -> None:
        for grant in self._of(thing):
            grant.hidden, grant.ready = True, True
            grant.state = "void" if grant.state == "pending" else grant.state

    def restore(self, thing: str) -> None:
        for grant in self._of(thing):
            if grant.hidden and grant.undone < grant.points:
                grant.state = "pending" if grant.state == "void" else grant.state
            grant.hidden, grant.ready = False, True

    def hold(self, thing: str, amount: int) -> bool:
        if self.owed or amount > self.purse:
            return False
        self.holds[thing] = []
        for lot, part in self._taken(amount):
            lot.held += part
            self.holds[thing].append(Part(next(self.numbers), lot, part))
        return True

    def spend(self, thing: str, amount: int) -> None:
        for part in sorted(self.holds[thing], key=lambda p: (p.lot.expires_at, p.number)):
            used = min(amount, part.open)
            part.open, part.spent, amount = part.open - used, part.spent + used, amount - used
            part.lot.held, part.lot.spent = part.lot.held - used, part.lot.spent + used

    def release(self, thing: str, amount: int) -> None:
        assert amount == self.open(thing)
        for part in self.holds[thing]:
            part.lot.held, part.lot.free = part.lot.held - part.open, part.lot.free + part.open
            self._revive(part.lot, part.open)
            part.open = 0
        self._repay()

    def give_back(self, thing: str, amount: int) -> None:
        parts = sorted((p for p in self.holds[thing] if p.spent), key=lambda p: (p.lot.expires_at, p.number))
        for part, back in zip(parts, share(amount, [p.spent for p in parts]), strict=True):
            part.spent, part.lot.spent, part.lot.free = part.spent - back, part.lot.spent - back, part.lot.free + back
        for part in parts:
            self._revive(part.lot, part.lot.free)
        self._repay()

    def go(self, target: datetime) -> None:
        """Live on to an instant, from one thing that is due to the next."""
        while True:
            at = min((at for at in self._dues() if at <= target), default=None)
            if at is None:
                break
            self.now = max(at, self.now)
            self._settle()
            for lot in self.lots:
                if lot.expires_at <= self.now:
                    lot.free = 0
            for debt in self.debts:
                if debt.since + 365 * DAY <= self.now:
                    debt.left = 0
        self.now = target

    def _dues(self) -> list[datetime]:
        dues = [grant.due_at for grant in self.grants if grant.state == "pending"]
        dues += [self.now for grant in self.grants if grant.ready and grant.state in ("posted", "reversed")]
        dues += [lot.expires_at for lot in self.lots if lot.free]
        return dues + [debt.since + 365 * DAY for debt in self.debts if debt.left]

    def _settle(self) -> None:
        for grant in self.grants:
            if grant.state == "pending" and grant.due_at <= self.now:
                grant.asked = grant.points - grant.undone
                grant.state, grant.ready, grant.paid = "posted", False, self._capped(grant, grant.asked)
                self._give(grant, grant.paid)
            elif grant.state in ("posted", "reversed") and grant.ready:
                self._level(grant)
        self._repay()

    def _level(self, grant: PlainGrant) -> None:
        gone = grant.hidden or grant.undone == grant.points
        since = grant.undone - (grant.points - grant.asked)
        wanted = grant.paid if gone else grant.paid * since // grant.asked
        change, grant.back = wanted - grant.back, wanted
        grant.state, grant.ready = ("reversed" if gone else "posted"), False
        if grant.book == "standing":
            self.standing -= change
        elif change > 0:
            lacks = max(0, change - self.purse)
            for _ in self._taken(change - lacks, grant):
                pass
            if lacks:
                self.debts.append(PlainDebt(grant, lacks, self.now))
        elif change < 0:
            again = -change
            for debt in self.debts:
                if debt.grant is grant:
                    let = min(debt.left, again)
                    debt.left, again = debt.left - let, again - let
            self._give(grant, again)

    def _give(self, grant: PlainGrant, amount: int) -> None:
        if grant.book == "standing":
            self.standing += amount
        elif amount:
            self.lots.append(PlainLot(next(self.numbers), month_end(self.now), amount, grant))

    def _capped(self, grant: PlainGrant, asked: int) -> int:
        week = grant.at.isocalendar()[:2]
        same = [g for g in self.grants if g.book == grant.book and g.at.isocalendar()[:2] == week]
        before = [g for g in same[: same.index(grant)] if g.rule == "like" and g.state != "void"]
        if grant.rule == "like" and len(before) >= 3:
            return 0
        if grant.rule not in CAPPED:
            return asked
        counted = [g for g in same if g.rule in CAPPED and g is not grant and g.state in ("posted", "reversed")]
        easy = grant.at < self.began_at + 30 * DAY
        day = sum(g.paid for g in counted if g.at.date() == grant.at.date())
        return max(0, min(asked, (120 if easy else 60) - day, (500 if easy else 250) - sum(g.paid for g in counted)))

    def _taken(self, amount: int, first_of: PlainGrant | None = None) -> list[tuple[PlainLot, int]]:
        taken = []
        for lot in sorted(self.lots, key=lambda lot: (first_of is None or lot.grant is not first_of, lot.order)):
            part = min(amount, lot.free)
            if part:
                lot.free, amount = lot.free - part, amount - part
                taken.append((lot, part))
        return taken

    def _repay(self) -> None:
        for debt in self.debts:
            part = min(debt.left, self.purse)
            self._taken(part)
            debt.left -= part

    def _revive(self, lot: PlainLot, came: int) -> None:
        if came and lot.expires_at <= self.now:
            lot.expires_at = self.now + 30 * DAY

    def _of(self, thing: str) -> list[PlainGrant]:
        return [grant for grant in self.grants if grant.thing == thing]
