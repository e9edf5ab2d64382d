"""Six queries a page, the same at ten rows and at a thousand, for everybody who may see it (SPEED: Goals)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, select

from community.joining.applications import Application
from community.joining.members import Member
from community.living.comments import Comment
from community.living.posts import Post
from kernel import clock, db, texts
from kernel.ledger import Leg, post
from tests import builders, people
from tests.shop import goods

MOST = 6
POST = {"kind": "post", "title": "", "body": "Hello", "public": False, "likes_count": 0, "comments_count": 0}
FEW, MANY = 10, 1000
PAGES = {
    "engaged": (
        "/",
        "/feed",
        "{post}",
        "{cell}",
        "{cell}/check-ins",
        "{cell}/envelopes",
        "/path",
        "/points",
        "/account",
        "/account/dues",
        "/members/ann",
        "/leaderboards",
        "/shop/orders",
    ),
    "locked": ("/", "/members/ann", "/leaderboards", "/feed", "{post}", "/path", "/points", "/shop", "/shop/cart"),
    "steward": ("/desk", "/desk/applications", "/desk/members", "/desk/hidden"),
    "operator": (
        "/desk",
        "/desk/applications",
        "/desk/members",
        "/desk/cells",
        "/desk/brands",
        "/desk/dues",
        "/desk/orders",
    ),
    "seller": ("/desk", "/desk/parcels", "/desk/products", "/desk/shipping"),
}


def _write(author: int, post_id: int, count: int, start: int) -> None:
    """So many posts, comments and movements of points, as rows: a thousand by verbs would take a minute."""
    cell_id, now = builders.cell(), clock.now()
    with builders.work():
        rows = [
            {
                "number": texts.number(),
                "author_id": author,
                "cell_id": cell_id,
                "created_at": now,
                "key": f"k{n}",
                **POST,
            }
            for n in range(start, start + count)
        ]
        db.session.execute(insert(Post), rows)
        said = [
            {"post_id": post_id, "author_id": author, "to_id": author, "body": "Yes", "created_at": now, "key": f"k{n}"}
            for n in range(start, start + count)
        ]
        db.session.execute(insert(Comment), said)
        for n in range(start, start + count // 10):
            legs = [Leg(f"member:{author}", "purse", "points", 1, floor=True), Leg("community", "issued", "points", -1)]
            post(legs, "grant", f"bulk-{n}", "bulk:1")


def _apply(count: int, start: int) -> None:
    """So many people whose applications wait."""
    now = clock.now()
    with builders.work():
        ann = db.session.execute(select(*Member.__table__.columns).limit(1)).mappings().one()
        for n in range(start, start + count):
            row = {
                **ann,
                "handle": f"bulk-{n}",
                "email": f"bulk-{n}@ninefold.test",
                "state": "applicant",
                "name": f"Bulk {n}",
            }
            row.update(dict.fromkeys(("id", "cell_id", "squad_id")))
            row.update({k: f"bulk-{n}" for k in ("key", "sign_up_key") if k in row})
            del row["id"]
            member_id = db.session.execute(insert(Member).values(**row).returning(Member.id)).scalar_one()
            db.session.execute(
                insert(Application).values(
                    member_id=member_id, state="submitted", answers=people.ANSWERS, seat="none", reason="", attempts=0,
                    created_at=now, submitted_at=now - timedelta(days=1),
                )
            )  # fmt: skip


def _counts(clients: dict[str, FlaskClient], queries: Callable[[], Any], values: dict[str, str]) -> dict[str, int]:
    found = {}
    for who, pages in PAGES.items():
        for page in pages:
            path = page.format(**values)
            with queries() as seen:
                answer = clients[who].get(path)
            assert answer.status_code == 200, (who, path, answer.status_code)
            assert len(seen) <= MOST, (who, path, seen)
            found[f"{who} {path}"] = len(seen)
    return found


def test_a_page_asks_six_things_however_much_there_is(app: Flask, sign_in: Any, queries: Any) -> None:
    engaged, locked = builders.engaged("Ann Okafor"), builders.member("Ben Castillo")
    variant = goods.product()
    goods.order(engaged, variant)
    number = builders.post(engaged)
    post_id = db.session.scalars(select(Post.id).where(Post.number == number)).one()
    people_of = {
        "engaged": engaged,
        "locked": locked,
        "steward": people.steward(),
        "operator": people.operator("Otto Operator"),
        "seller": goods.admin(),
    }
    clients = {who: sign_in(member_id) for who, member_id in people_of.items()}
    values = {"post": f"/posts/{number}", "cell": "/cells/harbour"}
    _write(engaged, post_id, FEW, 0)
    _apply(FEW, 0)
    few = _counts(clients, queries, values)
    _write(engaged, post_id, MANY, FEW)
    _apply(MANY // 5, FEW)
    assert _counts(clients, queries, values) == few
