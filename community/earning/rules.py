"""Rules: which fact earns what for whom, as rows with versions and the instant from which each holds (RULES 5)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CheckConstraint, UniqueConstraint, select

from community.earning import versions
from community.earning.versions import Versioned
from kernel import db, facts, texts
from kernel.errors import Invalid, NotFound
from kernel.viewer import Viewer

EARNERS = ("member", "author")  # whom the fact is about, or whose thing it was done to
MEASURES = ("once", "unit")  # so many points a fact, or a unit of the house's currency
STARTS = ("cause", "delivery")  # from when the delay runs
MOST_POINTS, MOST_DELAY_S = 1000, 90 * 24 * 3600


class PointRule(Versioned, db.Model):
    """One version of a rule; `standing` and `spendable` are the points it gives in each book, 0 for none."""

    __tablename__ = "community_point_rules"
    __table_args__ = (
        db.state("proposed", "adopted", "withdrawn"),
        UniqueConstraint("name", "version", name="uq_community_point_rules_version"),
        CheckConstraint("(holds_from IS NOT NULL) = (state = 'adopted')", name="adopted_holds"),
        CheckConstraint(f"standing BETWEEN 0 AND {MOST_POINTS}", name="standing_bounds"),
        CheckConstraint(f"spendable BETWEEN 0 AND {MOST_POINTS}", name="spendable_bounds"),
        CheckConstraint(f"delay_s BETWEEN 0 AND {MOST_DELAY_S}", name="delay_bounds"),
        CheckConstraint("earner IN ('member', 'author')", name="earner_known"),
        CheckConstraint("measure IN ('once', 'unit')", name="measure_known"),
        CheckConstraint("starts IN ('cause', 'delivery')", name="starts_known"),
    )

    id: db.Mapped[int] = db.pk()
    name: db.Mapped[str] = db.text(40)
    fact: db.Mapped[str] = db.text(60)
    earner: db.Mapped[str] = db.text(10)
    measure: db.Mapped[str] = db.text(10)
    starts: db.Mapped[str] = db.text(10)
    standing: db.Mapped[int]
    spendable: db.Mapped[int]
    delay_s: db.Mapped[int]
    capped: db.Mapped[bool]
    issuer: db.Mapped[str] = db.text(60)

    @property
    def delay(self) -> timedelta:
        """How long after its start a grant is due."""
        return timedelta(seconds=self.delay_s)

    def matures_at(self, at: datetime) -> datetime | None:
        """When a grant of a cause at this instant is due; None while a delivery is waited for."""
        return at + self.delay if self.starts == "cause" else None

    def books(self) -> list[tuple[str, int]]:
        """(purpose, points) of each book in which the rule gives something."""
        return [(book, n) for book, n in (("standing", self.standing), ("spendable", self.spendable)) if n]


CHANGEABLE = ("standing", "spendable", "delay_s", "capped", "issuer")


def in_force(name: str, at: datetime) -> PointRule | None:
    """The version of a rule that holds at an instant; None before the first."""
    return holding(versions.known(PointRule), name, at)


def holding(rows: Sequence[PointRule], name: str, at: datetime) -> PointRule | None:
    """Of adopted versions, the one that holds from the latest instant first, that of a rule at an instant; pure."""
    return next((row for row in rows if row.name == name and row.holds_from and row.holds_from <= at), None)


def version(name: str, number: int) -> PointRule:
    """One adopted version, which never changes. Raises NotFound."""
    rows: list[PointRule] = versions.known(PointRule)
    found = next((row for row in rows if row.name == name and row.version == number), None)
    if found is None:
        raise NotFound
    return found


def of_fact(fact: str, at: datetime) -> list[PointRule]:
    """The rules that a fact awakens at an instant, each in the version that holds then."""
    return awakened(versions.known(PointRule), fact, at)


def awakened(rows: Sequence[PointRule], fact: str, at: datetime) -> list[PointRule]:
    """Of adopted versions, those that a fact awakens at an instant; pure, as replays ask it too."""
    names = sorted({row.name for row in rows if row.fact == fact})
    found = (holding(rows, name, at) for name in names)
    return [rule for rule in found if rule is not None and rule.fact == fact]


def every(name: str | None = None) -> list[PointRule]:
    """Every version, proposed ones included, by name and number, for the desk."""
    rows = select(PointRule).order_by(PointRule.name, PointRule.version)
    return list(db.session.scalars(rows.where(PointRule.name == name) if name else rows))


def propose(viewer: Viewer, name: str, why: str, **changes: Any) -> int:
    """Write the next version of a rule, as its newest with these changes; its id. Nothing holds before `adopt`.

    A rule that gives nothing in either book is switched off. Raises Forbidden, Invalid and NotFound.
    """
    newest = versions.newest(PointRule, PointRule.name == name)
    if newest is None:
        raise NotFound
    if set(changes) - set(CHANGEABLE):
        raise Invalid("community.rule_unchangeable")
    columns = ("name", "fact", "earner", "measure", "starts", *CHANGEABLE)
    values = {column: getattr(newest, column) for column in columns} | changes
    _assert_sound(values)
    if all(values[column] == getattr(newest, column) for column in CHANGEABLE):
        raise Invalid("community.rule_unchanged")
    return versions.proposed(PointRule, viewer, why, PointRule.name == name, newest.version, **values)


def adopt(viewer: Viewer, rule_id: int, why: str, at: datetime | None = None) -> datetime:
    """Let a proposed version hold from an instant ahead; from when it does. Operators only, with a reason."""
    name = db.session.scalar(select(PointRule.name).where(PointRule.id == rule_id))
    if name is None:
        raise NotFound
    return versions.adopt(PointRule, viewer, rule_id, at, why, "points.rule_adopt", PointRule.name == name)


def withdraw(viewer: Viewer, rule_id: int, why: str) -> None:
    """Drop a proposed version."""
    versions.withdraw(PointRule, viewer, rule_id, why, "points.rule_withdraw")


def _assert_sound(values: dict[str, Any]) -> None:
    for field in ("standing", "spendable"):
        versions.within(field, values[field], 0, MOST_POINTS)
    versions.within("delay_s", values["delay_s"], 0, MOST_DELAY_S)
    kind, _, number = values["issuer"].partition(":")
    if values["issuer"] != "community" and (kind not in ("brand", "campaign") or texts.whole(number) is None):
        raise Invalid("community.issuer_unknown", field="issuer")
    if not any(listener.name == "earning.grants" for listener in facts.LISTENERS.get(values["fact"], ())):
        raise Invalid("community.rule_without_cause")
