"""Check-ins: once an ISO week of the cell, open until Monday midnight, and only words can change later."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from community.earning.grants import Grant
from community.living import checkins, weeks
from community.living.checkins import CheckIn
from community.living.weeks import Week
from kernel import clock, db
from kernel.errors import Conflict, Forbidden, Invalid
from tests import builders
from tests.builders import BOOK, TEXT

LAST, THIS = Week(2026, 47), Week(2026, 48)


def test_a_week_is_open_until_the_monday_after_it_ends_in_the_cells_zone():
    assert weeks.open_at(datetime(2026, 11, 23, 9, tzinfo=UTC), "UTC") == [LAST, THIS]
    assert weeks.open_at(datetime(2026, 11, 24, 0, tzinfo=UTC), "UTC") == [THIS]
    # In Taipei the Monday ends eight hours earlier, and the week before begins there too.
    assert weeks.open_at(datetime(2026, 11, 23, 16, tzinfo=UTC), "Asia/Taipei") == [THIS]
    assert weeks.open_at(datetime(2026, 11, 22, 17, tzinfo=UTC), "Asia/Taipei") == [LAST, THIS]
    assert weeks.open_at(datetime(2026, 11, 22, 17, tzinfo=UTC), "UTC") == [LAST]


def test_the_year_of_a_week_is_the_iso_year():
    assert weeks.at(datetime(2027, 1, 3, 12, tzinfo=UTC), "UTC") == Week(2026, 53)
    assert Week(2026, 53).plus(1) == Week(2027, 1)


def test_a_streak_bears_with_a_week_that_is_still_open():
    written = {Week(2026, 45), Week(2026, 46), LAST}
    assert weeks.streak(written, THIS) == 3
    assert weeks.streak({Week(2026, 45), Week(2026, 46)}, THIS) == 0


@pytest.mark.db
def test_a_week_counts_once_across_keys_and_clicks(app):
    ann = builders.member("Ann Adams")
    who = builders.viewer(ann)
    with db.work():
        first = checkins.write(who, THIS, BOOK, TEXT, "one")
    with db.work():
        assert checkins.write(who, THIS, BOOK, TEXT, "one").number == first.number
    with pytest.raises(Conflict), db.work():
        checkins.write(who, THIS, BOOK, TEXT, "two")
    assert db.session.scalar(select(func.count()).select_from(CheckIn)) == 1
    assert db.session.scalar(select(func.count()).where(Grant.rule == "checkin")) == 2  # one in each book


def test_on_a_monday_both_weeks_can_be_written_and_no_other(app):
    who = builders.viewer(builders.member("Ann Adams"))
    with db.work():
        checkins.write(who, LAST, BOOK, TEXT, "last")
        checkins.write(who, THIS, BOOK, TEXT, "this")
    for week in (Week(2026, 46), Week(2026, 49)):
        with pytest.raises(Invalid), db.work():
            checkins.write(who, week, BOOK, TEXT, f"other-{week.week}")


def test_a_short_text_and_a_missing_source_are_refused(app):
    who = builders.viewer(builders.member("Ann Adams"))
    with pytest.raises(Invalid), db.work():
        checkins.write(who, THIS, BOOK, "Too short.", "short")
    with pytest.raises(Invalid), db.work():
        checkins.write(who, THIS, checkins.Source("book", " "), TEXT, "none")
    with db.work():
        checkins.write(who, THIS, BOOK, "字" * 70, "chinese")  # a CJK character counts as two


def test_editing_changes_the_words_and_awards_nothing(app):
    ann = builders.member("Ann Adams")
    number = builders.checkin(ann)
    with db.work():
        checkins.edit(builders.viewer(ann), number, checkins.Source("article", "Another"), TEXT + " More.")
    assert db.session.scalar(select(CheckIn.source_kind)) == "article"
    assert db.session.scalar(select(func.count()).where(Grant.rule == "checkin")) == 2  # one in each book


def test_suspended_people_read_and_do_not_write(app, sign_in):
    ann = builders.member("Ann Adams")
    builders.suspend(ann)
    with pytest.raises(Forbidden), db.work():
        checkins.write(builders.viewer(ann), THIS, BOOK, TEXT, "no")
    page = sign_in(ann).get("/cells/harbour/check-ins")
    assert page.status_code == 200
    assert 'id="checkin"' not in page.text


def test_the_form_writes_and_keeps_what_was_typed_when_it_refuses(app, sign_in, fill):
    ann = sign_in(builders.member("Ann Adams"))
    page, action = "/cells/harbour/check-ins", "check-ins"
    wrong = fill(ann, page, action, source_kind="book", source_title="Walden", text="Short.", week="2026-48")
    assert wrong.status_code == 422
    assert "Short." in wrong.text
    assert "Walden" in wrong.text
    good = fill(ann, page, action, source_kind="book", source_title="Walden", text=TEXT, week="2026-48")
    assert good.status_code == 302
    assert "Walden" in ann.get(good.location).text


def test_another_week_than_those_offered_is_refused(app, sign_in, fill):
    ann = sign_in(builders.member("Ann Adams"))
    typed = {"source_kind": "book", "source_title": "Walden", "text": TEXT}
    for week in ("2026-40", "9999-99", "-", "2026-48x", ""):
        assert fill(ann, "/cells/harbour/check-ins", "check-ins", week=week, **typed).status_code == 422


def test_strangers_do_not_learn_of_the_cell(app, visitor, sign_in):
    builders.cell()
    assert visitor.get("/cells/harbour/check-ins").status_code == 404
    assert sign_in(builders.account("Cho Min")).get("/cells/harbour/check-ins").status_code == 404


def test_nobody_changes_anothers_check_in(app, sign_in):
    number = builders.checkin(builders.member("Ann Adams"))
    assert sign_in(builders.member("Ben Brown")).get(f"/posts/{number}/check-in").status_code == 404


def test_a_cell_in_another_zone_has_its_own_weeks(app):
    clock.freeze(datetime(2026, 11, 23, 17, tzinfo=UTC))  # Tuesday in Taipei
    who = builders.viewer(builders.member("Mei Lin", builders.cell("Lantern", "Asia/Taipei")))
    with pytest.raises(Invalid), db.work():
        checkins.write(who, LAST, BOOK, TEXT, "late")
