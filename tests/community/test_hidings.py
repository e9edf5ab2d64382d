"""Hidden posts and comments: gone for everybody but their author and who decides, and their points with them."""

from __future__ import annotations

import random
import re
from html import unescape

import pytest
from sqlalchemy import select

from community.earning import decision_invariants, point_invariants, points
from community.earning.contents import HEARD, hear
from community.living import feeds, hidings, invariants, posts, reactions
from community.living.posts import Post
from kernel import db
from kernel.errors import Conflict, Forbidden, Invalid, NotFound
from kernel.facts import Fact
from kernel.mail import Mail
from tests import builders

LIKERS = ("Ben Bauer", "Eve Eastman")
WHY = "It names a customer, and the address."


@pytest.fixture
def town(app, travel):
    """Ann wrote a post that Ben and Eve like; Sol is a steward; the first thirty days' caps hold."""
    ann, ben, eve = (builders.member(name) for name in ("Ann Adams", *LIKERS))
    number = builders.post(ann, "The recipe of the glaze.")
    for liker in (ben, eve):
        with builders.work():
            reactions.like(builders.viewer(liker), number)
    return ann, ben, builders.steward(), number


def hide(steward: int, number: str) -> None:
    with builders.work():
        hidings.hide_post(builders.viewer(steward), number, WHY)


def restore(steward: int, number: str) -> None:
    with builders.work():
        hidings.restore_post(builders.viewer(steward), number, "The address was the shop's own.")


def sound() -> None:
    db.session.rollback()
    checks = {**decision_invariants.INVARIANTS, **point_invariants.INVARIANTS, **invariants.INVARIANTS}
    assert {name: found for name, check in checks.items() if (found := check())} == {}


@pytest.mark.db
def test_hidden_and_restored_in_any_order_and_number_is_neutral(town, travel):
    ann, _ben, steward, number = town
    dice = random.Random(4)
    for _ in range(6):
        hide(steward, number)
        if dice.random() < 0.5:
            travel(days=dice.choice((1, 4)))
        restore(steward, number)
        if dice.random() < 0.5:
            builders.drain()
    travel(days=4)
    assert (points.purse(ann), points.standing(ann)) == (52, 52)
    hide(steward, number)
    builders.drain()
    assert (points.purse(ann), points.standing(ann)) == (50, 50)
    sound()
    told = list(db.session.scalars(select(Fact).where(Fact.name.in_(HEARD)).order_by(Fact.id)))
    # Whatever is heard last, twice or late, as here that it was restored: the post as it is now decides.
    told.sort(key=lambda fact: (fact.name, dice.random()))
    for fact in told:
        with builders.work():
            hear(fact)
    builders.drain()
    assert points.purse(ann) == 50
    restore(steward, number)
    builders.drain()
    assert (points.purse(ann), points.standing(ann)) == (52, 52)
    sound()


def test_a_hidden_post_is_seen_by_its_author_and_those_who_decide(town):
    ann, ben, steward, number = town
    hide(steward, number)
    cell = builders.viewer(ann).cell_id
    for member_id in (ann, ben, steward):
        viewer = builders.viewer(member_id)
        found = feeds.post(viewer, number)
        assert (found is not None and found.hidden_why == WHY) is (member_id != ben)
        assert number not in [row.number for row in feeds.posts_of(viewer, cell)]
        assert number not in [row.number for row in feeds.posts_by(viewer, ann)]
    for act in (reactions.like, reactions.unlike):
        with pytest.raises(NotFound), builders.work():
            act(builders.viewer(ben), number)
    with pytest.raises(NotFound):
        builders.comment(ann, number)
    with pytest.raises(NotFound), builders.work():
        posts.counted(db.session.scalars(select(Post.id).where(Post.number == number)).one(), likes=1)
    mail = db.session.scalars(select(Mail).where(Mail.template == "community/text_hidden")).one()
    assert (mail.values["why"], mail.values["number"], mail.values["hides"]) == (WHY, number, True)
    assert [row.number for row in hidings.hidden(builders.viewer(steward), "post")] == [number]


def test_all_that_is_hidden_is_found_page_by_page(town, sign_in, monkeypatch):
    _ann, _ben, steward, number = town
    monkeypatch.setattr(hidings, "A_PAGE", 1)
    numbers = [number, *(builders.post(builders.member(name), f"{name}, on glaze.") for name in LIKERS)]
    for each in numbers:  # at one instant: the id decides
        hide(steward, each)
    browser, page, found = sign_in(steward), "/desk/hidden", []
    while page:
        text = browser.get(page).text
        found += re.findall(r'<a href="/desk/posts/(\w+)"', text)
        older = re.search(r'href="([^"]+)" rel="next"', text)
        page = unescape(older[1]) if older else None
    assert found == numbers[::-1]
    assert browser.get("/desk/hidden?before=99999999999999999-1").status_code == 200


def test_a_hidden_comment_counts_no_more_and_a_restored_one_does(town):
    ann, ben, steward, number = town
    comment_id = builders.comment(ben, number, "Buy mine instead.")
    assert comment_id is not None
    stella = builders.viewer(steward)
    with builders.work():
        hidings.hide_comment(stella, comment_id, WHY)
    post = feeds.post(builders.viewer(ann), number)
    assert post.comments_count == 0
    listed = next(row for row in feeds.posts_of(stella, stella.cell_id) if row.number == number)
    assert (listed.last_id, listed.last_body) == (None, None)
    seen = {who: [row.hidden_why for row in feeds.comments_of(builders.viewer(who), post.id)] for who in town[:3]}
    assert seen == {ann: [], ben: [WHY], steward: [WHY]}
    with pytest.raises(Conflict), builders.work():
        hidings.hide_comment(stella, comment_id, WHY)
    sound()
    with builders.work():
        hidings.restore_comment(stella, comment_id, "It was a joke between the two.")
    assert feeds.post(builders.viewer(ann), number).comments_count == 1
    told = ("community.comment_hidden", "community.comment_restored")
    assert tuple(db.session.scalars(select(Fact.name).where(Fact.name.in_(told)).order_by(Fact.id))) == told
    sound()


def test_a_check_in_and_an_introduction_take_along_what_they_earned(app, travel):
    ann, steward = builders.member("Ann Adams"), builders.steward()
    read = builders.checkin(ann)
    introduced = db.session.scalars(select(Post.number).where(Post.author_id == ann, Post.kind == "introduction")).one()
    travel(days=4)
    assert points.purse(ann) == 60
    for number, left in ((read, 50), (introduced, 0)):
        hide(steward, number)
        builders.drain()
        assert (points.purse(ann), points.standing(ann)) == (left, left)
    for number, left in ((introduced, 50), (read, 60)):
        restore(steward, number)
        builders.drain()
        assert (points.purse(ann), points.standing(ann)) == (left, left)
    sound()


def test_only_who_decides_hides_never_their_own_and_with_a_reason(town):
    ann, ben, steward, number = town
    for viewer in (builders.viewer(ann), builders.viewer(ben)):
        with pytest.raises(NotFound), builders.work():
            hidings.hide_post(viewer, number, WHY)
    own = builders.post(steward)
    with pytest.raises(Forbidden), builders.work():
        hidings.hide_post(builders.viewer(steward), own, WHY)
    with pytest.raises(Invalid), builders.work():
        hidings.hide_post(builders.viewer(steward), number, "  ")
    with pytest.raises(Conflict), builders.work():
        hidings.restore_post(builders.viewer(steward), number, WHY)
