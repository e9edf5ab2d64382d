"""Why the ledger has an entry, as operators read it: the charge behind it, or what another package calls its cause."""

from __future__ import annotations

from collections.abc import Iterable

from flask import url_for
from flask_babel import gettext as _

from kernel import house, texts
from kernel.house import Cause
from kernel.viewer import Viewer
from payments import searches

REFUNDS, DISPUTES = "payments_refunds", "payments_disputes"


def explained(viewer: Viewer, named: Iterable[str]) -> dict[str, Cause]:
    """The causes of entries, each kind of them in one query; what nobody can explain is left out."""
    by_kind: dict[str, set[int]] = {}
    for cause in named:
        kind, _colon, rest = cause.rpartition(":")
        if (number := texts.whole(rest)) is not None:
            by_kind.setdefault(kind, set()).add(number)
    found = {kind: _found(viewer, kind, ids) for kind, ids in by_kind.items()}
    found |= _returned(by_kind) | _subjects(by_kind)
    return {f"{kind}:{number}": cause for kind, causes in found.items() for number, cause in causes.items()}


def _found(viewer: Viewer, kind: str, ids: set[int]) -> dict[int, Cause]:
    if kind == "charge":
        return {n: _charge(_("Charge %(num)s", num=n), n) for n in ids}
    known = house.current().causes.get(kind)
    return known.find(viewer, ids) if known else {}


def _returned(by_kind: dict[str, set[int]]) -> dict[str, dict[int, Cause]]:
    """Refunds and disputes are shown by the charge that they are of."""
    refund_ids, dispute_ids = by_kind.get(REFUNDS, set()), by_kind.get(DISPUTES, set())
    found = searches.charges_of(refund_ids, dispute_ids) if refund_ids or dispute_ids else {}
    causes: dict[str, dict[int, Cause]] = {REFUNDS: {}, DISPUTES: {}}
    for (kind, n), of in found.items():
        if kind == "refund":
            causes[REFUNDS][n] = _charge(_("Refund of charge %(num)s", num=of), of)
        else:
            causes[DISPUTES][n] = _charge(_("Dispute of charge %(num)s", num=of), of)
    return causes


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
