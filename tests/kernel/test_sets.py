"""Sets: what is told as one list arrives whole, in order and as the driver's own types, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import bindparam, func, select, update
from sqlalchemy.exc import DBAPIError

from kernel import db, moves
from kernel.db import sets
from kernel.errors import Conflict
from kernel.mail import Mail
from kernel.moves import Move
from payments.charges import Charge

pytestmark = [pytest.mark.usefixtures("app"), pytest.mark.db]

AT = datetime(2026, 11, 9, 9, 0, 0, 250_000, tzinfo=UTC)
ODD = ["", "it's", 'a "quoted" one', "grüße 你好", "line\nbreak", "%(name)s ? :x /*rows*/?"]


def _letters(*keys: str, **more: Any) -> list[dict[str, Any]]:
    return [
        {"key": key, "recipient": f"{n}@ninefold.test", "values": {"n": n, "said": key}, **more}
        for n, key in enumerate(keys)
    ]


SAME = {"template": "kernel/test", "created_at": AT, "due_at": None, "attempts": 0}


def test_rows_arrive_as_they_were_told() -> None:
    with db.work():
        assert db.insert_each_once(Mail, _letters(*ODD), **SAME) == len(ODD)
        assert db.insert_each_once(Mail, [], **SAME) == 0
        assert db.insert_each_once(Mail, _letters(*ODD, "new"), **SAME) == 1, "the others are there already"
    found = list(db.session.scalars(select(Mail).order_by(Mail.id)))
    assert [(row.key, row.values) for row in found] == [
        *((key, {"n": n, "said": key}) for n, key in enumerate(ODD)),
        ("new", {"n": len(ODD), "said": "new"}),
    ]
    assert {(row.created_at, row.due_at, row.sent_at, row.attempts) for row in found} == {(AT, None, None, 0)}


def test_a_text_that_is_too_long_is_refused_not_cut() -> None:
    with pytest.raises(DBAPIError), db.work():
        db.insert_each_once(Mail, _letters("k" * 121), **SAME)


def test_instants_of_rows_keep_their_microseconds_and_come_home_from_every_zone() -> None:
    zone = timezone(timedelta(hours=5, minutes=45))
    instants = [AT, AT.astimezone(zone), None]
    rows = [{**row, "due_at": at} for row, at in zip(_letters("a", "b", "c"), instants, strict=True)]
    same = {name: value for name, value in SAME.items() if name != "due_at"}
    with db.work():
        assert db.insert_known(Mail, rows, "key", **same).keys() == {"a", "b", "c"}
    assert list(db.session.scalars(select(Mail.due_at).order_by(Mail.key))) == [AT, AT, None]
    with pytest.raises(ValueError, match="naive"), db.work():
        db.insert_each(Mail, [{**_letters("d")[0], "due_at": AT.replace(tzinfo=None)}], **same)


def test_ids_come_in_the_order_of_the_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    steps = [{"row_id": n, "by_id": n if n % 2 else None} for n in (5, 3, 9, 1, 7, 2)]
    same = {"table_name": "tests", "verb": "begin", "from_state": "", "to_state": "open", "at": AT}
    with db.work():
        ids = db.insert_in_order(Move, steps, **same)
        monkeypatch.setattr(sets, "MOST", 2 * 2 + len(same))  # so that two rows go at once
        ids += db.insert_in_order(Move, steps[:5], **same)
    told = [(db.session.get_one(Move, step_id).row_id, db.session.get_one(Move, step_id).by_id) for step_id in ids]
    assert told == [(step["row_id"], step["by_id"]) for step in [*steps, *steps[:5]]]


def test_what_the_database_works_out_knows_its_row() -> None:
    def longer(row: Any) -> Any:
        return func.length(row["recipient"]) + 1

    same = {name: value for name, value in SAME.items() if name != "attempts"}
    with db.work():
        db.insert_each(
            Mail, [{**row, "recipient": "x" * n} for n, row in enumerate(_letters("a", "b"))], **same, attempts=longer
        )
    assert list(db.session.scalars(select(Mail.attempts).order_by(Mail.key))) == [1, 2]


def test_among_takes_any_number_of_ids() -> None:
    chosen = select(Mail.key).where(db.among(Mail.id), Mail.attempts == bindparam("tries")).order_by(Mail.key)
    fewer = update(Mail.__table__).where(db.among(Mail.id)).values(attempts=7).returning(Mail.id)  # type: ignore[arg-type]
    with db.work():
        ids = list(db.insert_known(Mail, _letters(*"abcd"), "key", **SAME).values())
        for some in ([], ids[:1], ids, [*ids, 10**12, -1]):
            assert [row.key for row in db.say(chosen, row_ids=some, tries=0)] == list("abcd")[: len(some)]
        assert sorted(db.changed_each(fewer, row_ids=dict.fromkeys(ids[2:]).keys())) == ids[2:]
    assert list(db.session.scalars(select(Mail.attempts).order_by(Mail.key))) == [0, 0, 7, 7]


def test_rows_that_move_together_move_all_or_not_at_all() -> None:
    same = {"purpose": "tests", "payer_id": 1, "email": "a@ninefold.test", "what": "", "lines": [], "amount_minor": 5}
    none = {"refunded_minor": 0, "session_number": 0, "attempts": 0, "currency": "USD", "created_at": AT}
    with db.work():
        ids = db.insert_in_order(Charge, [{"subject_id": n} for n in range(3)], **same, **none, state="open")
        moves.move(Charge, ids[1], "pay", paid_at=AT, intent_id="pi_other")
    told = [{"id": charge_id, "intent_id": f"pi_{charge_id}"} for charge_id in ids]
    for some in (told, [told[0], {**told[2], "intent_id": "i" * 121}]):
        with pytest.raises((Conflict, DBAPIError)), db.work():
            moves.move_held(Charge, some, "pay", "open", paid_at=AT, due_at=None)
    with db.work():
        moves.move_held(Charge, [told[2]], "pay", "open", paid_at=AT, due_at=None)
    found = select(Charge.state, Charge.intent_id).order_by(Charge.id)
    assert list(db.session.execute(found)) == [("open", None), ("paid", "pi_other"), ("paid", f"pi_{ids[2]}")]


def test_a_list_that_leaves_no_place_is_no_part_of_a_kept_statement() -> None:
    with pytest.raises(AssertionError, match="among"), db.work():
        db.say(select(Mail.id).where(Mail.id.in_(bindparam("ids", expanding=True))), ids=[1])
