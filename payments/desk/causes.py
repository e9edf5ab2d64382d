"""Why the ledger has an entry, as operators read it: the charge behind it, or what another package calls its cause."""

from __future__ import annotations

from collections.abc import Iterable

from flask import url_for
from flask_babel import gettext as _

from kernel import house
from kernel.house import Cause
from kernel.viewer import Viewer
from payments import searches


def explained(viewer: Viewer, named: Iterable[str]) -> dict[str, Cause]:
    """The causes of entries, each kind of them in one query; what nobody can explain is left out."""
    by_kind: dict[str, set[int]] = {}
    for cause in named:
        kind, _colon, number = cause.rpartition(":")
        if number.isdigit() and len(number) < 19:
            by_kind.setdefault(kind, set()).add(int(number))
    found = {kind: _found(viewer, kind, ids) for kind, ids in by_kind.items()} | _subjects(by_kind)
    return {f"{kind}:{number}": cause for kind, causes in found.items() for number, cause in causes.items()}


def _found(viewer: Viewer, kind: str, ids: set[int]) -> dict[int, Cause]:
    if kind == "charge":
        return {n: _charge(_("Charge %(num)s", num=n), n) for n in ids}
    if kind == "payments_refunds":
        refunded = searches.charges_of_refunds(ids)
        return {n: _charge(_("Refund of charge %(num)s", num=of), of) for n, of in refunded.items()}
    if kind == "payments_disputes":
        disputed = searches.charges_of_disputes(ids)
        return {n: _charge(_("Dispute of charge %(num)s", num=of), of) for n, of in disputed.items()}
    known = house.current().causes.get(kind)
    return known.find(viewer, ids) if known else {}


def _subjects(by_kind: dict[str, set[int]]) -> dict[str, dict[int, Cause]]:
    """What charges are for is shown by its newest charge, which leads on to it."""
    kinds = {purpose.cause(0).rpartition(":")[0]: purpose.name for purpose in house.current().purposes.values()}
    mine = {kind: (kinds[kind], ids) for kind, ids in by_kind.items() if kinds.get(kind)}
    asked = [(purpose, subject_id) for purpose, ids in mine.values() for subject_id in ids]
    found = searches.newest_of_subjects(asked) if asked else {}
    return {
        kind: {n: _charge(found[purpose, n].what, found[purpose, n].id) for n in ids if (purpose, n) in found}
        for kind, (purpose, ids) in mine.items()
    }


def _charge(name: str, charge_id: int) -> Cause:
    return Cause(name, url_for("desk_payments.charge", charge_id=charge_id))
