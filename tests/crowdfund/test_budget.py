"""Six queries a page, the same at ten pledges and at many thousands, and none that reads them all (SPEED: Goals)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, insert, select, text, update

from community.joining.members import Member
from crowdfund.campaigns import Campaign
from crowdfund.pledges import Pledge
from crowdfund.questions import Question
from crowdfund.updates import Update
from kernel import clock, db, texts
from payments.setups import Setup
from tests import builders
from tests.crowdfund import drafts, stage
from tests.shop import goods

pytestmark = [pytest.mark.usefixtures("app"), pytest.mark.db]
MOST = 6
PAGE = "/campaigns/a-second-kiln"
# A plan that walks through a campaign's pledges, in the words of either database.
BROAD = re.compile(r"SCAN (crowdfund_pledges|mine)\b|Seq Scan on crowdfund_pledges|pledges_(of_a_campaign|by_day)\b")
PATHS = ("/campaigns", PAGE, f"{PAGE}/updates", f"{PAGE}/questions", f"{PAGE}/feed.atom")


def crowd(campaign_id: int, count: int) -> None:
    """So many backers as rows, with all that hangs on them: a hundred thousand by verbs would take an hour."""
    like = dict(db.session.execute(select(*Member.__table__.c).limit(1)).mappings().one())
    own = {"cell_id": None, "squad_id": None, "state": "applicant", "picture_number": None, "key": None}
    now = clock.now()
    with builders.work():
        first = db.session.execute(text("SELECT max(id) FROM community_members")).scalar_one() + 1
        rows = [
            {**like, **own, "id": first + n, "handle": f"crowd-{n}", "email": f"crowd-{n}@ninefold.test"}
            for n in range(count)
        ]
        db.session.execute(insert(Member), rows)
        card = {"purpose": "crowdfund.pledge", "email": "x@ninefold.test", "what": "A kiln", "state": "saved"}
        card |= {"session_number": 1, "method_id": "pm_1", "card_brand": "visa", "card_last4": "4242"}
        card |= {"expires_at": now, "created_at": now, "saved_at": now, "payer_id": first, "subject_id": 0}
        setup_id = db.session.execute(insert(Setup).values(**card).returning(Setup.id)).scalar_one()
        db.session.execute(insert(Pledge), [_pledge(campaign_id, first + n, setup_id, n) for n in range(count)])
        totals = {"pledged_minor": 1_000 * count, "backers_count": count, "unended_count": count}
        db.session.execute(update(Campaign).where(Campaign.id == campaign_id).values(**totals))
    if db.sql.engine.dialect.name == "postgresql":
        db.session.execute(text("SELECT setval('community_members_id_seq', :at)"), {"at": first + count})
        db.session.commit()


def _pledge(campaign_id: int, member_id: int, setup_id: int, number: int) -> dict[str, Any]:
    now = clock.now() - timedelta(minutes=number % 1_000)
    where = dict.fromkeys(("recipient", "street", "postcode", "town", "country"), "")
    sums = {"amount_minor": 1_000, "shipping_minor": 0, "total_minor": 1_000, "currency": "USD"}
    why = {"milestone": "engaged", "milestone_version": 1, "unlocked_at": now, "setup_id": setup_id}
    at = {"begun_at": now, "expires_at": now, "pledged_at": now, "state": "pledged", "email": "x@ninefold.test"}
    who = {"number": f"{number:08d}", "campaign_id": campaign_id, "member_id": member_id, "key": f"crowd-{number}"}
    return {**where, **sums, **why, **at, **who, "listed": number % 3 > 0}


def chatter(campaign_id: int, count: int) -> None:
    """So many updates and answered questions."""
    maker, now = goods.admin(), clock.now()
    with builders.work():
        said = {"campaign_id": campaign_id, "by_id": maker, "title": "A week", "body": "Bricks.", "published_at": now}
        rows = [{**said, "number": texts.number(), "key": f"u{n}"} for n in range(count)]
        db.session.execute(insert(Update), rows)
        asked = {"campaign_id": campaign_id, "asker_id": maker, "text": "How high?", "asked_at": now, "answer": "High."}
        asked |= {"answered_by_id": maker, "answered_at": now}
        db.session.execute(insert(Question), [{**asked, "key": f"q{n}"} for n in range(count)])


def viewers(visitor: Any, sign_in: Any) -> dict[str, Any]:
    ann, eve = builders.engaged("Ann Adams"), builders.engaged("Eve Evans")
    kiln = stage.campaign(visibility="public")
    stage.pledge(eve, kiln, reward_id=stage.bowl(kiln).id)
    people = {"engaged": ann, "locked": builders.member("Ben Brown"), "maker": goods.admin(), "backer": eve}
    return {"visitor": visitor, **{who: sign_in(member_id) for who, member_id in people.items()}}


def counted(clients: dict[str, Any], queries: Any) -> dict[str, int]:
    found = {}
    for who, client in clients.items():
        for path in (*PATHS, *([f"{PAGE}/backers"] if who != "visitor" else [])):
            with queries() as seen:
                answer = client.get(path)
            assert answer.status_code == 200, (who, path, answer.status_code)
            assert len(seen) <= MOST, (who, path, len(seen), seen)
            assert len(answer.data) < 60 * 1024, (who, path)
            found[f"{who} {path}"] = len(seen)
    return found


def test_a_campaign_asks_six_things_however_many_back_it(visitor, sign_in, queries):
    clients = viewers(visitor, sign_in)
    kiln = db.session.scalars(select(Campaign.id)).one()
    chatter(kiln, 10)
    crowd(kiln, 10)
    few = counted(clients, queries)
    with builders.work():
        db.session.execute(text("DELETE FROM crowdfund_pledges WHERE key LIKE 'crowd-%'"))
        db.session.execute(text("DELETE FROM community_members WHERE handle LIKE 'crowd-%'"))
    chatter_more(kiln)
    crowd(kiln, 1_000)
    assert counted(clients, queries) == few
    nothing_reads_every_pledge(clients["backer"], queries)


def chatter_more(campaign_id: int) -> None:
    with builders.work():
        db.session.execute(text("DELETE FROM crowdfund_updates"))
        db.session.execute(text("DELETE FROM crowdfund_questions"))
    chatter(campaign_id, 1_000)


def nothing_reads_every_pledge(client: Any, queries: Any) -> None:
    """The plan of each statement of a member's page goes to pledges by an index that leads to few of them."""
    with builders.work():
        db.session.execute(text("ANALYZE"))  # the plans of what there is, not of what there was before
    for path in (PAGE, f"{PAGE}/backers"):
        with recorded() as ran:
            assert client.get(path).status_code == 200
        for statement, values in ran:
            if "crowdfund_pledges" in statement:
                plan = explained(statement, values)
                assert not BROAD.search(plan), (path, statement, plan)


@contextmanager
def recorded() -> Iterator[list[tuple[str, Any]]]:
    """The statements of a block with their values."""
    ran: list[tuple[str, Any]] = []

    def note(conn: Any, cursor: Any, statement: str, values: Any, *rest: Any) -> None:
        ran.append((statement, values))

    event.listen(db.sql.engine, "before_cursor_execute", note)
    yield ran
    event.remove(db.sql.engine, "before_cursor_execute", note)


def explained(statement: str, values: Any) -> str:
    """How the database would go about it; PostgreSQL by indexes, also where a thousand rows are too few for one."""
    db.session.rollback()
    with db.sql.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
            rows = connection.exec_driver_sql(f"EXPLAIN {statement}", values)
        else:
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        return "\n".join(str(row[-1]) for row in rows)


@pytest.mark.soak
def test_a_hundred_thousand_pledges_cost_a_page_what_ten_do(visitor, sign_in, queries):
    clients = viewers(visitor, sign_in)
    kiln = db.session.scalars(select(Campaign.id)).one()
    few = counted(clients, queries)
    crowd(kiln, 100_000)
    with builders.work():
        db.session.execute(text("ANALYZE"))
    assert counted(clients, queries) == few
    nothing_reads_every_pledge(clients["backer"], queries)


def test_a_long_list_of_campaigns_asks_six_things(visitor, sign_in, queries):
    stage.campaign(visibility="public")
    like = dict(db.session.execute(select(*Campaign.__table__.c)).mappings().one())
    with builders.work():
        rows = [{**like, "id": None, "slug": f"kiln-{n}", "key": f"kiln-{n}"} for n in range(1_000)]
        for row in rows:
            del row["id"]
        db.session.execute(insert(Campaign), rows)
    assert drafts.row(like["id"]).slug
    for client in (visitor, sign_in(builders.engaged("Ann Adams"))):
        for path in ("/campaigns", "/campaigns?sort=new&page=9", "/campaigns?sort=most", "/campaigns?show=ended", "/"):
            with queries() as seen:
                answer = client.get(path)
            assert answer.status_code == 200
            assert len(seen) <= MOST, (path, seen)
            assert len(answer.data) < 60 * 1024, (path, len(answer.data))
