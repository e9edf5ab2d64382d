"""Dividing what takes back: a part of it can be fetched, or is there already, while the rest comes off later."""

from __future__ import annotations

from typing import Any

from sqlalchemy import update

from kernel import db
from payments import payables
from payments.payables import Payable


def divide(row_id: int, part_minor: int) -> int:
    """Make two of what takes back, one of so much net: its id. Together they are what it was; its payee is held."""
    row = db.session.get_one(Payable, row_id, populate_existing=True)
    gross, tax = (-(-minor * part_minor // -row.net_minor) for minor in (row.gross_minor, row.tax_minor))
    share = {"gross_minor": gross, "commission_minor": gross + part_minor, "tax_minor": tax, "net_minor": -part_minor}
    same = ("payee", "cause", "charge_id", "currency", "takes_back_id", "created_at")
    about: dict[str, Any] = {name: getattr(row, name) for name in same} | {"state": "open"}
    part_id = db.insert_once(Payable, **about, **share)
    assert part_id is not None, "what takes back is never there before"
    less = {name: getattr(Payable, name) - minor for name, minor in share.items()}
    assert db.changed(update(Payable).where(Payable.id == row_id).values(less)), "its payee is held"
    if row.state == "sending":
        payables.moved("send", Payable.id == part_id, transfer_id=row.transfer_id)
    return part_id
