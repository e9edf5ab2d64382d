"""A small town for attacks: one person of every kind, one thing of every kind, all of it somebody else's."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Flask, g, session
from flask.testing import FlaskClient
from flask_wtf.csrf import generate_csrf
from sqlalchemy import select

from community.earning import adjustments, envelopes, penalties, rules, signals
from community.earning.adjustments import Adjustment
from community.earning.penalties import Penalty
from community.joining import members
from community.joining.dues import offers, tiers
from community.joining.members import Member
from crowdfund import questions, updates
from kernel import clock, db, moves
from kernel.approvals import Approval
from kernel.ledger import Account, LegRow
from kernel.mail import Mail
from kernel.viewer import Viewer
from payments import payables, reconciliation, refunds
from payments.charges import Charge
from payments.notices import Notice
from payments.payouts import preparing
from payments.payouts import rows as rows_of_payouts
from payments.reconciliation import findings
from shop import parcels
from shop.products import Product
from tests import builders, people
from tests.crowdfund import drafts, stage
from tests.payments import claims
from tests.shop import goods

KINDS = ("visitor", "applicant", "locked", "engaged", "suspended", "rival", "steward", "operator", "maker")
UNCOUNTED = ("community_tries", "community_code_tries")  # tries outlive refusals


@dataclass
class Town:
    """Who lives here, and the parts of addresses of what belongs to Zoe, to Cho and to the brand Kiln."""

    who: dict[str, int]
    at: dict[str, Any]


def build() -> Town:
    """Everybody and everything, by the product's own verbs."""
    zoe, ann, eve = builders.engaged("Zoe Zimmer"), builders.engaged("Ann Adams"), builders.engaged("Eve Eastman")
    bowl = goods.product()
    goods.product("Tea", "Green tea", visibility="public")
    order = goods.order(zoe, bowl)
    unpaid = goods.place(ann, bowl)
    dispute = _dispute(ann)
    for buyer in (zoe, ann, eve):
        goods.put(buyer, bowl)
    post = builders.post(zoe)
    checkin = _checkin(zoe)
    talk, _code = builders.talk()
    kiln = stage.campaign(title="A second kiln")
    pledge = stage.pledge(zoe, kiln, reward_id=stage.bowl(kiln).id)
    builders.points(zoe, 100)
    who = {
        "applicant": people.applicant(),
        "locked": builders.member("Ben Bauer"),
        "engaged": ann,
        "suspended": eve,
        "rival": goods.admin("Tea"),
        "steward": builders.steward(),
        "operator": people.operator(),
        "maker": goods.admin("Kiln"),
        "owner": zoe,
    }
    builders.suspend(eve)
    tier, offer = _dues()
    builders.drain()
    return Town(who, {**_places(zoe, bowl, who["applicant"], order), "order": order, "unpaid": unpaid, "post": post,
                      **_campaign(kiln, zoe), "pledge": pledge, "checkin": checkin, "talk": talk,
                      "finding": _finding(), "dispute": dispute,
                      **_decided(zoe, who["steward"], who["operator"], post),
                      "wish": _wish(zoe),
                      "picture": builders.picture(zoe), "width": "480",
                      "tier": tier, "offer": offer, "rule_name": "like", "draft": _draft(),
                      "refund": _came_back(order)})  # fmt: skip


def _came_back(order: str) -> int:
    """A cent of an order that its buyer's bank would not take."""
    with builders.work():
        refund_id = refunds.ask(goods.row(order).charge_id or 0, 1, "It came broken.", None)
        moves.move(refunds.Refund, refund_id, "fail", due_at=None)
    return refund_id


def _draft() -> int:
    """A draft of what a like is worth."""
    boss = builders.viewer(builders.operator())
    with builders.work():
        return rules.propose(boss, "like", "To see what it does.", spendable=2)


def _dispute(buyer: int) -> int:
    """A dispute about an order that was paid."""
    number = goods.order(buyer, goods.product("Tea", "Green tea", visibility="public"))
    charge_id = goods.row(number).charge_id or 0
    db.session.rollback()
    return claims.claim(charge_id)


def _dues() -> tuple[int, int]:
    """A tier and an offer, in a town that asks for no dues."""
    ola = builders.viewer(builders.operator())
    with builders.work():
        tier = tiers.make(ola, "Member", "Everything, for one person.", 1, (1200, 12000))
        words = {"percent": 50, "amount_minor": 0, "months": 0, "tier_id": None}
        return tier, offers.make(ola, "WELCOME", **words, valid_until=None, uses_most=None)


def _wish(member_id: int) -> int:
    """What an operator asks for that takes a second one."""
    boss, zoe = builders.viewer(builders.operator()), members.get(member_id)
    with builders.work():
        adjustments.adjust(boss, zoe, 0, 1_500, "For the year of the flood.", builders.key())
    return db.session.scalars(select(Approval.id)).one()


def _decided(zoe: int, steward: int, operator: int, post: str) -> dict[str, Any]:
    """What Zoe gave to the cell, and what was decided about her points; a comment of hers to her own post."""
    comment = builders.comment(zoe, post)
    viewer, boss = builders.viewer(steward), builders.viewer(operator)
    with builders.work():
        envelope = envelopes.open(builders.viewer(zoe), "random", 12, 3, "", builders.key())
        evidence = "Nine likes in a minute, none of them read."
        penalty = penalties.impose(viewer, members.get(zoe), "farming", 10, evidence, builders.key())
        adjustments.adjust(boss, members.get(zoe), 0, 22, "A talk was not counted.", builders.key())
        signals.raise_once("pair", [zoe, steward], clock.today("UTC"), "like:1:1")
    return {"envelope": envelope, "comment": comment, "signal": signals.latest()[0].id,
            "penalty": db.session.scalars(select(Penalty.number).where(Penalty.id == penalty)).one(),
            "adjustment": db.session.scalars(select(Adjustment.number)).one()}  # fmt: skip


def _campaign(kiln: int, asker: int) -> dict[str, Any]:
    """A campaign of Kiln with an update and a question that waits."""
    with builders.work():
        updates.publish(drafts.author(), kiln, "We are open", "Come and see.", builders.key())
        question = questions.ask(builders.viewer(asker), kiln, "How high is it?", builders.key())
    told = updates.of(kiln)[0]
    return {"campaign": kiln, "campaign_slug": drafts.row(kiln).slug, "reward": stage.bowl(kiln).id,
            "update": told.id, "told": told.number, "question": question, "draft": drafts.draft(title="A wheel"),
            "review": drafts.submitted(title="A shed")}  # fmt: skip


def _finding() -> int:
    """Something at Stripe that nobody has explained."""
    with builders.work():
        run_id = reconciliation.ask("person")
        assert run_id is not None
        findings.note(run_id, "unknown_payment", "ch_of_somebody", findings.Doubt(None, 500, None, "USD"))
    builders.drain()
    return db.session.scalars(select(reconciliation.Finding.id)).one()


def _checkin(author: int) -> str:
    with clock.frozen(clock.now() + timedelta(seconds=1)):
        written = select(builders.Post.number).where(builders.Post.author_id == author, builders.Post.kind == "checkin")
        return db.session.scalars(written.order_by(builders.Post.id.desc())).first() or builders.checkin(author)


def _places(owner: int, bowl: int, applicant: int, order: str) -> dict[str, Any]:
    db.session.rollback()
    product = select(Product.id).where(Product.slug == goods.slug(bowl))
    leg = select(LegRow.id).join(Account, Account.id == LegRow.account_id)
    return {
        "cell": "harbour",
        "handle": db.session.scalars(select(Member.handle).where(Member.id == owner)).one(),
        "slug": goods.slug(bowl),
        "variant": bowl,
        "product": db.session.scalars(product).one(),
        "brand": goods.brand("Kiln"),
        "application": people.application(applicant).id,
        "leg": db.session.scalars(leg.where(Account.owner == f"member:{owner}").limit(1)).one(),
        "mail": db.session.scalars(select(Mail.id).limit(1)).one(),
        "parcel": goods.packed(order)[0].number,
        "charge": db.session.scalars(select(Charge.id).where(Charge.payer_id == owner).limit(1)).one(),
        "notice": db.session.scalars(select(Notice.id).limit(1)).one(),
        "payout": _payout(order),
        "name": f"brand-{goods.brand('Kiln')}",
        "token": "f" * 40,
        "grant": 1,
        "hold": 1,
    }


def _payout(order: str) -> str:
    parcel = goods.packed(order)[0]
    with builders.work():
        payables.release(parcels.cause(parcel.id), clock.now())
        (payout_id,) = preparing.prepare(f"brand:{parcel.brand_id}")
        return rows_of_payouts.get(payout_id).number


class Keys:
    """A CSRF secret that every client of a test shares, so that no page need be loaded for a token."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        app.testing = False  # errors become pages, as they would for an attacker
        with app.test_request_context():
            g.pop("csrf_token", None)  # the test's own app context would keep the first one
            self.token = generate_csrf()
            self.raw = session["csrf_token"]

    def client(self, viewer: Viewer | None) -> FlaskClient:
        """A new browser, signed in unless `viewer` is None, that holds the token's other half."""
        client = self.app.test_client()
        with client.session_transaction() as kept:
            kept["csrf_token"] = self.raw
            if viewer is not None:
                kept["_user_id"], kept["_fresh"] = viewer.get_id(), True
        return client


def rows() -> dict[str, str]:
    """Every table as it stands, in short: two equal answers mean that nothing changed."""
    db.session.rollback()
    found = {}
    for table in db.Model.metadata.sorted_tables:
        if table.name not in UNCOUNTED:
            said = db.session.execute(select(table).order_by(*table.primary_key.columns)).all()
            found[table.name] = hashlib.sha256(repr(said).encode()).hexdigest()
    db.session.rollback()
    return found


class Watch:
    """Tells what changed since it last looked; on SQLite without reading anything as long as nobody committed."""

    def __init__(self) -> None:
        url = db.sql.engine.url
        self.file = sqlite3.connect(str(url.database)) if url.drivername.startswith("sqlite") else None
        self.version, self.before = self._version(), rows()

    def changed(self, at_the_end: bool = False) -> list[str]:
        """The tables that changed; from now on they count as they are. On PostgreSQL it looks at the end only."""
        version = self._version()
        if not at_the_end and version == self.version:
            return []
        self.version, found = version, differing(self.before)
        if found:
            self.before = rows()
        return found

    def _version(self) -> int:
        db.session.rollback()
        return int(self.file.execute("PRAGMA data_version").fetchone()[0]) if self.file is not None else 0


def differing(before: Mapping[str, str]) -> list[str]:
    """The tables that changed since."""
    now = rows()
    return [name for name, hashed in before.items() if now[name] != hashed]
