"""Hopes: whether a milestone can be gained at all, from counts that are carried along; where none lies nobody reads on.

A count never says no where the rule says yes: it counts at least all that the rule could.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from datetime import datetime

from community.earning.milestone_rules import Rule
from community.earning.standings import Happened, Record
from community.living import weeks
from community.living.weeks import Week


class Hope:
    """What a member has done so far, counted once as it happened."""

    def __init__(self, record: Record) -> None:
        self._zone, self._rested = record.zone, bool(record.pauses)
        self._once = {"covenant": 0, "introduction": 0}
        self._comments, self._people = 0, set[int]()
        self._written: list[Week] = []

    def count(self, fact: Happened) -> None:
        """A fact happened."""
        if fact.name == "community.commented":
            to_id = fact.fields["to_id"]
            if to_id != fact.member_id:
                self._comments += 1
                self._people.add(to_id)
        elif fact.name == "community.checked_in":
            week = Week(fact.fields["year"], fact.fields["week"])
            place = bisect_left(self._written, week)
            if self._written[place : place + 1] != [week]:
                insort(self._written, week)
        elif fact.name == "community.covenant_accepted":
            self._once["covenant"] = 1
        elif fact.name == "community.introduced":
            self._once["introduction"] = 1

    def lies(self, rule: Rule, at: datetime) -> bool:
        """Whether the rule may be met at an instant, all that was counted having happened by then."""
        if any(rule.need(name) > count for name, count in self._once.items()):
            return False
        if rule.need("comments") > self._comments or rule.need("people") > len(self._people):
            return False
        return self._wrote(rule.need("checkins"), rule.need("checkin_weeks"), at)

    def _wrote(self, need: int, length: int, at: datetime) -> bool:
        if need > len(self._written):
            return False
        if not need or not length or self._rested:
            return True  # a pause lengthens the window: then only the rule knows
        return self._written[-need] >= weeks.at(at, self._zone).plus(1 - length)
