"""A hidden text is read at no address by anybody but its author and those who decide, nor is why it is hidden."""

from __future__ import annotations

from typing import Any

from flask import url_for
from sqlalchemy import select, update

from community.living import hidings, posts
from community.living.posts import Post
from kernel import db
from tests import builders
from tests.security.test_hidden_things import _readable

WORDS = ("Hidden glaze", "Hidden reply", "Hidden answer", "Hidden chapter", "Hidden reason")
OF_THE_COMMUNITY = ("community.", "front.", "proofs.")


def test_a_hidden_text_stands_at_no_address(app, sign_in, visitor):
    ann, ben, steward = builders.member("Ann Adams"), builders.member("Ben Bauer"), builders.viewer(builders.steward())
    post, shown, read = builders.post(ann, WORDS[0]), builders.post(ann, "For all to see."), builders.checkin(ann)
    builders.comment(ben, post, WORDS[1])
    comment_id = builders.comment(ann, shown, WORDS[2])
    with builders.work():
        db.session.execute(update(Post).where(Post.number == read).values(body=WORDS[3]))
        for number in (post, read):
            posts.publish(builders.viewer(ann), number, True)
    readers = {"visitor": visitor, "Ben": sign_in(ben)}
    for client in readers.values():  # whatever is kept of a page is kept now
        assert WORDS[0] in client.get(f"/posts/{post}").text
    with builders.work():
        for number in (post, read):
            hidings.hide_post(steward, number, WORDS[4])
        hidings.hide_comment(steward, comment_id, WORDS[4])
    builders.drain()
    told = {"slug": "harbour", "handle": "ann"}
    found, asked = [], 0
    for rule in _readable(app):
        for number in (post, shown, read) if "number" in rule.arguments else (post,):
            said: dict[str, Any] = {name: comment_id if name.endswith("_id") else told.get(name, number)
                                    for name in rule.arguments}  # fmt: skip
            if not rule.endpoint.startswith(OF_THE_COMMUNITY) or set(said) - {*told, "number", "leg_id", "grant_id"}:
                continue
            with app.test_request_context():
                address = url_for(rule.endpoint, **said)
            for who, client in readers.items():
                text, asked = client.get(address).text, asked + 1
                found += [f"{who}: {address}: {word}" for word in WORDS if word in text]
    assert not found, "\n".join(found)
    assert asked > 60
    assert db.session.scalars(select(Post.id).where(Post.hidden_at.is_not(None))).all()
