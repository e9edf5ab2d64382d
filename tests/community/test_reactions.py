"""Likes: one a member and post, fifty a day, none for oneself."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from community.earning.grants import Grant
from community.living import reactions
from community.living.posts import Post
from kernel import db
from kernel.errors import Forbidden, TooMany
from tests import builders


def likes(number: str) -> int:
    db.session.rollback()
    return int(db.session.scalars(select(Post.likes_count).where(Post.number == number)).one())


@pytest.mark.db
def test_liking_again_and_again_is_one_like_and_one_grant(app, travel):
    ann, ben = builders.member("Ann Adams"), builders.member("Ben Brown")
    number = builders.post(ann)
    for _ in range(20):
        with builders.work():
            reactions.like(builders.viewer(ben), number)
            reactions.like(builders.viewer(ben), number)
        with builders.work():
            reactions.unlike(builders.viewer(ben), number)
            reactions.unlike(builders.viewer(ben), number)
    assert likes(number) == 0
    travel(days=4)
    assert db.session.execute(select(Grant.state).where(Grant.rule == "like")).all() == [("void",)] * 2  # both books


@pytest.mark.soak
@pytest.mark.db
def test_a_thousand_likes_taken_back_are_one_grant_and_nothing_paid(app, travel):
    ann, ben = builders.member("Ann Adams"), builders.member("Ben Brown")
    number = builders.post(ann)
    for _ in range(20):
        for _ in range(50):  # as many as a day holds
            with builders.work():
                reactions.like(builders.viewer(ben), number)
            with builders.work():
                reactions.unlike(builders.viewer(ben), number)
        travel(days=1)
    travel(days=4)
    told = select(Grant.purpose, Grant.state, Grant.paid).where(Grant.rule == "like").order_by(Grant.purpose)
    assert [tuple(row) for row in db.session.execute(told)] == [("spendable", "void", 0), ("standing", "void", 0)]


def test_nobody_likes_their_own_post(app):
    ann = builders.member("Ann Adams")
    number = builders.post(ann)
    with pytest.raises(Forbidden), builders.work():
        reactions.like(builders.viewer(ann), number)


def test_a_day_holds_fifty_likes(app, travel):
    ann, ben = builders.member("Ann Adams"), builders.member("Ben Brown")
    number = builders.post(ann)
    for _ in range(50):
        with builders.work():
            reactions.like(builders.viewer(ben), number)
            reactions.unlike(builders.viewer(ben), number)
    with pytest.raises(TooMany), builders.work():
        reactions.like(builders.viewer(ben), number)
    travel(days=1)
    with builders.work():
        reactions.like(builders.viewer(ben), number)


def test_the_button_works_without_scripts_and_gives_htmx_itself_alone(app, sign_in, fill):
    ann, ben = builders.member("Ann Adams"), builders.member("Ben Brown")
    number = builders.post(ann)
    client = sign_in(ben)
    assert fill(client, f"/posts/{number}", "likes").status_code == 302
    assert likes(number) == 1
    page = client.get(f"/posts/{number}").text
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    answer = client.post(
        f"/posts/{number}/likes", data={"csrf_token": token, "liked": ""}, headers={"HX-Request": "true"}
    )
    assert f'id="like-{number}"' in answer.text
    assert "<html" not in answer.text
    assert likes(number) == 0


def test_a_like_without_a_token_is_refused(app, sign_in):
    number = builders.post(builders.member("Ann Adams"))
    answer = sign_in(builders.member("Ben Brown")).post(f"/posts/{number}/likes", data={"liked": "1"})
    assert answer.status_code == 400
    assert likes(number) == 0


def test_suspended_people_like_nothing(app):
    ann, ben = builders.member("Ann Adams"), builders.member("Ben Brown")
    number = builders.post(ann)
    builders.suspend(ben)
    with pytest.raises(Forbidden), builders.work():
        reactions.like(builders.viewer(ben), number)
    assert db.session.scalar(select(func.count()).where(Grant.rule == "like")) == 0
