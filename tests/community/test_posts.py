"""Posts: the own cell's feed, public ones for everybody, and what a newcomer may write on the first day."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from community.living import invariants, posts
from community.living.posts import Post
from kernel import db
from kernel.errors import Forbidden, NotFound, TooMany
from tests import builders


@pytest.mark.db
def test_hostile_keys_and_texts_are_refused(app, sign_in, fill):
    client = sign_in(builders.member("Ann Adams"))
    assert fill(client, "/posts/new", "/posts", body="Words.", key="a\x00b").status_code == 422
    assert fill(client, "/posts/new", "/posts", body="Wor\x00ds.").status_code == 422
    assert fill(client, "/posts/new", "/posts", body="Words.", title="x" * 121).status_code == 422
    assert fill(client, "/posts/new", "/posts", body="\u202eWords.").status_code == 422
    token = client.get("/posts/new").text.split('name="csrf_token" value="')[1].split('"')[0]
    extra = {"csrf_token": token, "key": "k", "body": "Mine.", "author_id": "1", "public": "1", "kind": "checkin"}
    number = client.post("/posts", data=extra).location.rpartition("/")[2]
    row = db.session.execute(select(Post.kind, Post.public).where(Post.number == number)).one()
    assert tuple(row) == ("post", False)


@pytest.mark.db
def test_a_double_click_writes_one_post(app):
    who = builders.viewer(builders.member("Ann Adams"))
    with builders.work():
        first = posts.write(who, "", "Quinces at the door.", "same")
        assert posts.write(who, "", "Quinces at the door.", "same").number == first.number


def test_an_introduction_becomes_a_post_of_the_cell(app):
    ann = builders.member("Ann Adams")
    row = db.session.execute(select(Post.kind, Post.body).where(Post.author_id == ann)).one()
    assert tuple(row) == ("introduction", builders.INTRODUCTION)


def test_home_shows_the_cells_feed_the_squad_and_the_next_step(app, sign_in):
    ann = builders.member("Ann Adams")
    builders.post(ann, "The kiln is at 900 degrees.", "Tonight")
    page = sign_in(ann).get("/").text
    assert "Tonight" in page
    assert "Your next step" in page
    assert "Squad 1" in page


@pytest.mark.db
def test_the_feed_goes_on_below_twenty(app, sign_in, travel):
    ann = builders.member("Ann Adams")
    travel(days=2)
    for number in range(25):
        builders.post(ann, f"Line number {number} of the evening.")
    client = sign_in(ann)
    first = client.get("/feed").text
    assert "Line number 24 of" in first
    assert "Line number 4 of" not in first
    older = first.split('href="/feed?before=')[1].split('"')[0]
    assert "Line number 4 of" in client.get(f"/feed?before={older}").text


def test_feed_needs_as_many_queries_at_ten_as_at_two_hundred(app, sign_in, queries, travel):
    ann = builders.member("Ann Adams")
    travel(days=2)
    for _ in range(10):
        builders.post(ann)
    client = sign_in(ann)
    with queries() as few:
        client.get("/")
    for _ in range(190):
        builders.post(ann)
    with queries() as many:
        client.get("/")
    assert len(few) == len(many) <= 6


def test_the_form_writes_and_an_empty_text_is_refused(app, sign_in, fill):
    client = sign_in(builders.member("Ann Adams"))
    assert fill(client, "/posts/new", "/posts", body=" ").status_code == 422
    good = fill(client, "/posts/new", "/posts", title="Tonight", body="The <b>kiln</b> is **hot**.")
    page = client.get(good.location).text
    assert "<strong>hot</strong>" in page
    assert "<b>kiln</b>" not in page


def test_a_stranger_reads_public_posts_only(app, visitor, sign_in, fill):
    ann = builders.member("Ann Adams")
    number = builders.post(ann, "For all of you.")
    cho = sign_in(builders.account("Cho Min"))
    assert visitor.get(f"/posts/{number}").status_code == 404
    assert cho.get(f"/posts/{number}").status_code == 404
    fill(sign_in(ann), f"/posts/{number}", "visibility")
    for client in (visitor, cho):
        assert "For all of you." in client.get(f"/posts/{number}").text
    fill(sign_in(ann), f"/posts/{number}", "visibility")
    assert visitor.get(f"/posts/{number}").status_code == 404


def test_visitors_are_sent_to_sign_in_and_applicants_to_their_step(app, visitor, sign_in):
    assert "/sign-in" in visitor.get("/feed").location
    assert sign_in(builders.account("Cho Min")).get("/").location == "/join"
    assert sign_in(builders.account("Cho Two")).get("/feed").status_code == 404


def test_only_the_author_changes_the_words(app, sign_in, fill):
    ann, ben = builders.member("Ann Adams"), builders.member("Ben Brown")
    number = builders.post(ann, "First words.")
    assert sign_in(ben).get(f"/posts/{number}/edit").status_code == 404
    with pytest.raises(NotFound), builders.work():
        posts.edit(builders.viewer(ben), number, "", "Other words.")
    with pytest.raises(NotFound), builders.work():
        posts.publish(builders.viewer(ben), number, True)
    fill(sign_in(ann), f"/posts/{number}/edit", f"/posts/{number}", body="Better words.")
    assert "Better words." in sign_in(ann).get(f"/posts/{number}").text


def test_suspended_people_read_with_the_reason_and_write_nothing(app, sign_in):
    ann = builders.member("Ann Adams")
    number = builders.post(ann)
    builders.suspend(ann, "Three letters, and no answer.")
    client = sign_in(ann)
    assert "Three letters, and no answer." in client.get("/").text
    assert client.get(f"/posts/{number}").status_code == 200
    assert client.get("/posts/new").status_code == 403
    with pytest.raises(Forbidden), builders.work():
        posts.write(builders.viewer(ann), "", "Anyway.", "k")


def test_the_first_day_holds_three_topics_and_two_links(app, travel):
    ann = builders.member("Ann Adams")
    with pytest.raises(TooMany), builders.work():
        posts.write(builders.viewer(ann), "", "https://a.test https://b.test https://c.test", "links")
    for _ in range(3):
        builders.post(ann)
    with pytest.raises(TooMany):
        builders.post(ann)
    travel(days=1)
    builders.post(ann, "https://a.test https://b.test https://c.test")


def test_a_feed_that_is_not_there_is_not_found(app, sign_in):
    client = sign_in(builders.member("Ann Adams"))
    assert client.get("/posts/22222222").status_code == 404
    for nonsense in ("99999999999999999999999", "²", "-1", "0", "x", "%00"):
        assert client.get(f"/feed?before={nonsense}").status_code == 200
        assert client.get(f"/points?before={nonsense}").status_code == 200


def test_counters_are_proven_by_verify(app):
    ann, ben = builders.member("Ann Adams"), builders.member("Ben Brown")
    number = builders.post(ann)
    builders.comment(ben, number)
    assert invariants.counters_are_true() == []
    with builders.work():
        db.session.execute(Post.__table__.update().values(comments_count=7))
    assert len(invariants.counters_are_true()) > 0
