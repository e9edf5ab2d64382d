"""Charges at the desk: found by state, purpose or a word, as a file, and one with its whole story."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user, login_required

from kernel import house, money
from kernel.web import addresses, tables
from payments import inbox, searches, stories
from payments.desk import bp, words
from payments.desk.disputes import REASONS
from payments.searches import Sought
from payments.stories import Story


@bp.get("/charges")
@login_required
def charges() -> str:
    """Everything that was asked for, the newest first."""
    sought = _sought()
    rows = searches.charges(current_user, sought, addresses.seen())
    more = {"state": sought.state, "purpose": sought.purpose, "q": sought.text}
    page = words.pages("desk_payments.charges", rows, searches.PAGE, **more)
    return render_template(
        "desk/payments/charges.html",
        **page,
        sought=sought,
        states=words.CHARGES,
        purposes=words.purposes(),
        payers=words.payers(row.payer_id for row in page["rows"]),
    )


@bp.get("/charges.csv")
@login_required
def charges_csv() -> Any:
    """The same as a file for a spreadsheet, whole."""
    sought, viewer = _sought(), current_user._get_current_object()
    searches.charges_after(viewer, sought, 0, 1)  # refuses whoever may not, before the file begins
    heads = [
        *(_("Number"), _("Purpose"), _("For"), _("E-mail"), _("State"), _("Currency"), _("Amount")),
        *(_("Given back"), _("Held by a bank"), _("Asked"), _("Paid"), _("Stripe's name")),
    ]
    read = tables.batches(lambda after, most: searches.charges_after(viewer, sought, after, most))
    return tables.sheet("charges", heads, ([_line(row) for row in batch] for batch in read))


@bp.get("/charges/<id:charge_id>")
@login_required
def charge(charge_id: int) -> str:
    """One charge: who pays what for which subject, all that happened to it, and what the books say."""
    story = stories.of_charge(current_user, charge_id)
    purpose = house.current().purposes.get(story.charge.purpose)
    people = {
        member_id: f"member:{member_id}"
        for member_id in (story.charge.payer_id, *(event.by_id for event in story.events))
        if member_id
    }
    owners = words.owners([*people.values(), *(leg.owner for entry in story.postings for leg in entry.legs)])
    return render_template(
        "desk/payments/charge.html",
        charge=story.charge,
        story=story,
        state=words.CHARGES[story.charge.state],
        purpose=purpose,
        subject=purpose.desk_page(story.charge.subject_id) if purpose else None,
        payers={member_id: owners[name].name for member_id, name in people.items() if name in owners},
        owners=owners,
        accounts=words.accounts(),
        words=words.reasons(entry.reason for entry in story.postings),
        reasons=REASONS,
        events=_told(story),
        stuck=story.stuck(),
        refund_states=words.REFUNDS,
        sources=words.SOURCES,
        voided=words.VOIDED,
        notice_states=words.NOTICES,
    )


@bp.post("/charges/<id:charge_id>/look")
@login_required
def look_again(charge_id: int) -> Any:
    """Look at a parked charge once more."""
    inbox.look_again(current_user, charge_id)
    flash(_("The worker takes it up again."), "success")
    return redirect(url_for("desk_payments.charge", charge_id=charge_id), 303)


def _sought() -> Sought:
    """What the address asks for."""
    state, purpose = words.chosen("state", (*words.CHARGES, "parked")), words.chosen("purpose", words.purposes())
    return Sought(words.typed(), state, purpose)


def _told(story: Story) -> list[dict[str, Any]]:
    """The story's moves and attempts, as a timeline reads them."""
    titles = _titles()
    moved = {event.text for event in story.events if event.kind == "move" and event.name == "payments_charges"}
    if story.charge.paid_at and "pay" not in moved:
        titles["payments_charges"]["begin"] = _("Paid")  # an invoice's charge is born paid
    shown: list[dict[str, Any]] = []
    for event in story.events:
        if event.kind == "move":
            title = titles[event.name].get(event.text, event.text)
            shown.append({"title": title, "at": event.at, "state": "done", "text": None})
        elif event.kind == "attempt":
            title = {"succeeded": _("Saved card charged"), "declined": _("Saved card declined")}.get(event.state)
            said = {"title": title or _("Saved card being charged"), "at": event.at, "text": event.text}
            shown.append(said | {"state": "done" if event.state == "succeeded" else ""})
        elif event.kind == "dispute":
            shown.append(
                {
                    "title": _("Disputed by the bank"),
                    "at": event.at,
                    "state": "",
                    "text": REASONS.get(event.text, event.text),
                }
            )
    return shown


def _titles() -> dict[str, dict[str, str]]:
    """What each move is called, by the table and the verb."""
    return {
        "payments_charges": {
            **{"begin": _("Asked for"), "pay": _("Paid"), "refuse": _("Not taken by its owner: it goes back whole")},
            "lapse": _("Lapsed: nobody can pay it any more"),
        },
        "payments_refunds": {
            **{
                "begin": _("Refund promised"),
                "finish": _("Refund returned"),
                "fail": _("Refund sent back by the bank"),
            },
            **{
                "send_again": _("Refund sent again"),
                "void": _("Refund called off"),
                "pay_outside": _("Refund paid by bank transfer"),
            },
            **{"elsewhere": _("Refund made at Stripe"), "dispute": _("Taken by the bank for good")},
        },
    }


def _line(row: Any) -> list[Any]:
    instants = [at.strftime("%Y-%m-%d %H:%M") if at else "" for at in (row.created_at, row.paid_at)]
    sums = [money.major(minor, row.currency) for minor in (row.amount_minor, row.refunded_minor, row.held_minor)]
    about = (row.id, row.purpose, row.what, row.email, row.state, row.currency)
    return [*about, *sums, *instants, row.intent_id or ""]
