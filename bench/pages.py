"""The stage of the bench: its own data by the product's own verbs, and the pages that are timed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from flask_migrate import upgrade
from sqlalchemy import select

from community.living.posts import Post
from crowdfund.campaigns import Campaign
from kernel import clock, db, house
from kernel.config import Config
from kernel.web.visitors import VisitorCache
from shop.products import Product
from tests import builders
from tests.crowdfund import stage
from tests.shop import goods
from wsgi import create_app

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Page:
    """A page to time, as who; `cached` is a visitor's page out of the cache."""

    name: str
    path: str
    who: str
    cached: bool = False


PAGES = (
    Page("shop list, 24 products", "/shop", "visitor", cached=True),
    Page("shop list, 24 products, uncached", "/shop", "visitor"),
    Page("shop list, 24 products", "/shop", "member"),
    Page("product page", "{product}", "visitor", cached=True),
    Page("product page, uncached", "{product}", "visitor"),
    Page("product page", "{product}", "member"),
    Page("product page, locked", "{product}", "locked"),
    Page("campaign list, 12 campaigns", "/campaigns", "visitor", cached=True),
    Page("campaign list, 12 campaigns", "/campaigns", "member"),
    Page("campaign page", "{campaign}", "visitor", cached=True),
    Page("campaign page, uncached", "{campaign}", "visitor"),
    Page("campaign page", "{campaign}", "member"),
    Page("campaign page, locked", "{campaign}", "locked"),
    Page("a public post", "{post}", "visitor"),
    Page("feed of 20 posts", "/feed", "member"),
    Page("path", "/path", "locked"),
)


@dataclass
class Stage:
    """The app with its data, the same with visitors' cache on, and the cookies of who looks."""

    app: Flask
    cached: Flask
    cookies: dict[str, str]
    values: dict[str, str]

    def path(self, page: Page) -> str:
        """The page's address."""
        return page.path.format(**self.values)


def settings(folder: Path) -> Config:
    """The product alone in a folder, with a database of its own."""
    return Config(
        env="test",
        secret_key="only for the bench, long enough for it",
        site_url="http://127.0.0.1",
        database_url=f"sqlite:///{folder / 'bench.db'}",
        stripe_webhook_secrets=("whsec_bench",),
        data_dir=folder,
        media_root=folder / "media",
    )


def open_stage(folder: Path) -> Stage:
    """Fill a database of its own: 24 products of 3 brands, 12 campaigns, 20 posts with comments, two members."""
    clock.freeze(MONDAY)
    config = settings(folder)
    app = create_app(config)
    house.stay_indoors(app)
    with app.app_context():
        upgrade()
        values, people = _filled()
    cached = create_app(config)
    house.stay_indoors(cached)
    _cache_of(cached).life_s = 3600.0
    cookies = {"visitor": "", **{who: _cookie(app, member_id) for who, member_id in people.items()}}
    return Stage(app, cached, cookies, values)


def _filled() -> tuple[dict[str, str], dict[str, int]]:
    for brand in ("Kiln", "Tea", "Folio"):
        for number in range(8):
            goods.product(brand, f"{brand} thing {number}", visibility="public", stock_count=50)
    for number in range(12):
        stage.campaign(title=f"A kiln, the {number}th", visibility="public", days=10 + number)
    engaged, locked = builders.engaged("Ann Okafor"), builders.member("Ben Castillo")
    with clock.frozen(MONDAY + timedelta(days=2)):
        for number in range(20):
            post = builders.post(engaged, f"The kiln is at {900 + number} degrees and rising. " * 8)
            builders.comment(locked, post)
    first = db.session.scalars(select(Product.slug).order_by(Product.id)).first()
    public = db.session.scalars(select(Post.number).order_by(Post.id.desc())).first()
    _publish(engaged, str(public))
    campaign = db.session.scalars(select(Campaign.slug).order_by(Campaign.id)).first()
    places = {"product": f"/shop/products/{first}", "post": f"/posts/{public}", "campaign": f"/campaigns/{campaign}"}
    return places, {"member": engaged, "locked": locked}


def _publish(author: int, number: str) -> None:
    from community.living import posts

    with builders.work():
        posts.publish(builders.viewer(author), number, True)


def _cache_of(app: Flask) -> VisitorCache:
    cache: VisitorCache = app.extensions["visitor_cache"]
    return cache


def _cookie(app: Flask, member_id: int) -> str:
    with app.app_context():
        viewer = house.current().load_viewer(member_id)
        assert viewer is not None
        signer = SecureCookieSessionInterface().get_signing_serializer(app)
        assert signer is not None
        value = signer.dumps({"_user_id": viewer.get_id(), "_fresh": True, "csrf_token": "0" * 40})
    return f"{app.config['SESSION_COOKIE_NAME']}={value}"
