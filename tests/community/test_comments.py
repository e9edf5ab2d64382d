"""Comments: said once, counted for others only."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from community.living import comments
from community.living.comments import Comment
from kernel import db
from kernel.errors import Forbidden, NotFound, TooMany
from kernel.facts import Fact
from tests import builders


@pytest.mark.db
def test_a_double_click_comments_once(app):
    ann, ben = builders.member("Ann Adams"), builders.member("Ben Brown")
    number = builders.post(ann)
    for _ in range(2):
        with builders.work():
            comments.write(builders.viewer(ben), number, "Thank you.", "same")
    assert db.session.scalar(select(func.count()).select_from(Comment)) == 1
    fact = db.session.scalars(select(Fact).where(Fact.name == "community.commented")).one()
    assert fact.fields["to_id"] == ann


def test_the_form_comments_below_the_post(app, sign_in, fill):
    number = builders.post(builders.member("Ann Adams"))
    client = sign_in(builders.member("Ben Brown"))
    assert fill(client, f"/posts/{number}", "comment-form", body="").status_code == 422
    fill(client, f"/posts/{number}", "comment-form", body="Which clay do you use?")
    page = client.get(f"/posts/{number}").text
    assert "Which clay do you use?" in page
    assert "One comment" in page


def test_script_in_a_comment_stays_text(app, sign_in):
    ann = builders.member("Ann Adams")
    number = builders.post(ann)
    builders.comment(ann, number, '<script>alert(1)</script> [x](javascript:alert(1)) <img src=x onerror="a()">')
    page = sign_in(ann).get(f"/posts/{number}").text
    assert "<script>alert" not in page
    assert 'href="javascript' not in page
    assert "<img src=x" not in page


def test_ten_replies_fit_into_the_first_day(app, travel):
    ann, ben = builders.member("Ann Adams"), builders.member("Ben Brown")
    number = builders.post(ann)
    for _ in range(10):
        builders.comment(ben, number)
    with pytest.raises(TooMany):
        builders.comment(ben, number)
    travel(days=1)
    builders.comment(ben, number)


def test_strangers_and_suspended_people_comment_nothing(app, visitor, sign_in):
    ann = builders.member("Ann Adams")
    number = builders.post(ann)
    cho = builders.account("Cho Min")
    with pytest.raises(Forbidden), builders.work():
        comments.write(builders.viewer(cho), number, "Hello.", "k")
    builders.suspend(ann)
    with pytest.raises(Forbidden), builders.work():
        comments.write(builders.viewer(ann), number, "Hello.", "k")
    with pytest.raises(NotFound), builders.work():
        comments.write(builders.viewer(builders.member("Ben Brown")), "22222222", "Hello.", "k")
