"""Rules at the desk: points rules, caps and milestones as sentences, their history, and the form of a draft."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user, login_required

from community.desk import bp, issuers
from community.earning import caps, drafts
from community.earning.drafts import CAPS, Edition
from community.earning.milestone_rules import GAIN, KEEP_MOST, NAMES
from community.earning.rules import MOST_DELAY_S, MOST_POINTS
from community.joining import members
from community.web import sentences_rules as words
from kernel import clock
from kernel.errors import NotFound
from kernel.forms import Choice, Form, Prose, Whole, options
from kernel.house import DeskItem

HOUR_S = 3600


class DraftForm(Form):
    """Why a rule should change; the numbers stand in the forms of each kind."""

    why = Prose(_l("Why it should change"), least=5, most=500)

    def numbers(self) -> dict[str, Any]:
        """The numbers as the rule's verb takes them."""
        return {name: field.data for name, field in self._fields.items() if name in words.LABELS}


class PointsForm(DraftForm):
    """What a fact gives in each book, when, and who pays."""

    standing = Whole(words.LABELS["standing"], high=MOST_POINTS)
    spendable = Whole(words.LABELS["spendable"], high=MOST_POINTS)
    delay_hours = Whole(_l("Delay in hours"), high=MOST_DELAY_S // HOUR_S)
    issuer = Choice(words.LABELS["issuer"])
    capped = Choice(words.LABELS["capped"], choices=options([("yes", _l("Yes")), ("no", _l("No"))]))

    def numbers(self) -> dict[str, Any]:
        """Hours become seconds, yes becomes true."""
        own = super().numbers()
        return {**own, "capped": self.capped.data == "yes", "delay_s": self.delay_hours.data * HOUR_S}


def _wholes(base: type[Form], bounds: dict[str, tuple[int, int]], name: str) -> type[Form]:
    """A form with a whole number for each bound."""
    fields = {key: Whole(words.LABELS[key], low=low, high=high) for key, (low, high) in bounds.items()}
    return type(name, (base,), fields)


CapsForm = _wholes(DraftForm, caps.BOUNDS, "CapsForm")
MilestoneForm = _wholes(
    DraftForm, {**{key: (0, most) for key, most in GAIN.items()}, "keep_weeks": (0, KEEP_MOST)}, "MilestoneForm"
)
FORMS: dict[str, type[Any]] = {"points": PointsForm, CAPS: CapsForm, "milestone": MilestoneForm}


@bp.get("/rules")
@login_required
def rules() -> str:
    """Every points rule and the caps, as they hold now, with what is about to change."""
    may_read()
    found, named = drafts.points(), names()
    cards = [_card(found[name], named) for name in found]
    return render_template("desk/community/rules.html", cards=cards, milestones=False)


@bp.get("/milestones")
@login_required
def milestones() -> str:
    """Every milestone as it holds now, with what is about to change."""
    may_read()
    found = drafts.milestones()
    cards = [_card(found[name], {}) for name in NAMES]
    return render_template("desk/community/rules.html", cards=cards, milestones=True)


@bp.get("/rules/<slug:rule_name>")
@login_required
def rule(rule_name: str, form: Any = None) -> str:
    """One rule: its sentence, its versions and drafts, and for operators the form of another draft."""
    may_read()
    name = rule_name.replace("-", "_")
    history = drafts.history(name)
    newest = drafts.newest(history)
    named = names(newest.kind)
    return render_template(
        "desk/community/rule.html",
        **_card(history, named),
        history=[(one, words.changes(one, named)) for one in history],
        people=members.people({n for one in history for n in (one.by_id, one.decided_by_id) if n}),
        form=form or _filled(newest, named),
        may=current_user.has("operator"),
    )


@bp.post("/rules/<slug:rule_name>/drafts", endpoint="draft_rule")
@login_required
def draft_rule(rule_name: str) -> Any:
    """Write a draft with these numbers."""
    operators_only()
    known = rule_name.replace("-", "_")
    newest = drafts.newest(drafts.history(known))
    form = _form(newest, names(newest.kind))
    form.check(lambda form: rule(rule_name, form=form))
    draft_id = drafts.propose(current_user, known, form.why.data, form.numbers())
    flash(_("The draft is written. Nothing holds before it is adopted."), "success")
    return redirect(url_for("desk_community.draft", rule_name=slug(known), draft_id=draft_id))


def may_read() -> None:
    """Raise NotFound for everybody but stewards and operators."""
    if not current_user.holds("steward", "operator"):
        raise NotFound


def operators_only() -> None:
    """Only operators write: 404 for who may not know of the page, 403 for stewards, who read it."""
    may_read()
    if not current_user.has("operator"):
        abort(403)


def slug(name: str) -> str:
    """A rule's name as it stands in an address."""
    return name.replace("_", "-")


def names(kind: str = "points") -> dict[str, str]:
    """What issuers are called, where a kind of rule has any; those that nobody here knows by name keep their own."""
    if kind != "points":
        return {}
    return issuers.named()


def items() -> list[DeskItem]:
    """The links of the desk's rail."""
    head, also = _l("Points"), ("desk_community.rule", "desk_community.draft")
    return [
        DeskItem(head, "scroll-text", _l("Rules"), "desk_community.rules", 24, _reads, also, _of_points),
        DeskItem(head, "lock-open", _l("Milestones"), "desk_community.milestones", 25, _reads, also, _of_a_milestone),
    ]


def _of_points(values: Mapping[str, Any]) -> bool:
    return not _of_a_milestone(values)


def _of_a_milestone(values: Mapping[str, Any]) -> bool:
    return values.get("rule_name", "").replace("-", "_") in NAMES


def _reads(viewer: Any) -> bool:
    return bool(viewer.holds("steward", "operator"))


def _card(history: list[Edition], named: dict[str, str]) -> dict[str, Any]:
    """What a list shows of a rule: as it holds now, what comes, and what is drafted."""
    now = clock.now()
    adopted = [one for one in history if one.state == "adopted" and one.holds_from]
    holding = max((one for one in adopted if one.holds_from and one.holds_from <= now), key=_since)
    return {
        "name": slug(holding.name),
        "title": words.title_of(holding.name),
        "holding": holding,
        "said": words.told(holding, named),
        "coming": [(one, words.told(one, named)) for one in adopted if one.holds_from and one.holds_from > now],
        "drafted": [(one, words.told(one, named)) for one in history if one.state == "proposed"],
    }


def _since(one: Edition) -> Any:
    return one.holds_from, one.version


def _filled(newest: Edition, named: dict[str, str]) -> Any:
    """The form with the numbers of the version that a draft would change."""
    numbers = dict(newest.numbers)
    if newest.kind == "points":
        numbers |= {"delay_hours": numbers["delay_s"] // HOUR_S, "capped": "yes" if numbers["capped"] else "no"}
    return _form(newest, named, formdata=None, data=numbers)


def _form(newest: Edition, named: dict[str, str], **filled: Any) -> Any:
    form = FORMS[newest.kind](**filled)
    if newest.kind == "points":
        issuers.offer(form.issuer, named, newest.numbers["issuer"])
    return form
