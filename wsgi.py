"""`create_app()`: the only file that knows every package; no app is made at import."""

from __future__ import annotations

from pathlib import Path

from flask import Flask, has_request_context, request
from flask_babel import Babel
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.dispatcher import DispatcherMiddleware

import community
import crowdfund
import payments
import shop
from kernel import chain_invariants, cli, db, logs, seals, texts, verify
from kernel import config as configuration
from kernel.assets import Assets
from kernel.chores import kernel_chores
from kernel.config import Config
from kernel.db.engines import prepare
from kernel.demo import Journey, follow_row
from kernel.house import House
from kernel.viewer import VISITOR, Viewer
from kernel.web import front, headers, instants, media, pages, proofs, refusals
from kernel.web.app import build
from kernel.web.visitors import LIFE_S, VisitorCache

ROOT = Path(__file__).resolve().parent
PACKAGES = (payments, community, shop, crowdfund)


def create_app(config: Config | None = None) -> Flask:
    """The whole product as one WSGI app; raises Misconfigured when the environment is unsafe."""
    config = config or configuration.read()
    logs.configure(config)
    config.data_dir.mkdir(parents=True, exist_ok=True)
    app = build(config, str(ROOT))
    house = app.extensions["house"] = House(config)
    _database(app, config)
    _libraries(app, config, house)
    house.say(refusals.SENTENCES)
    house.blueprint(front.bp, media.bp, proofs.bp)
    house.chores.extend(kernel_chores())
    house.tickers.append(seals.ticker(config.timezone))
    if config.env in ("demo", "development"):
        house.journey = Journey(app, house)
    for package in PACKAGES:
        package.contribute(house)
    house.invariants = {**verify.kernel_invariants(house.chores), **chain_invariants.INVARIANTS, **house.invariants}
    _rooms(app, config, house)
    return app


def _database(app: Flask, config: Config) -> None:
    db.sql.init_app(app)
    Migrate(app, db.sql, directory=str(ROOT / "migrations"))
    with app.app_context():
        prepare(db.sql.engine, config.data_dir / "write.lock")
        if config.env == "demo" or config.env == "development":
            follow_row(db.sql.engine)


def _libraries(app: Flask, config: Config, house: House) -> None:
    locales = {code.replace("_", "-"): code for code in config.locales}

    def locale() -> str:
        # The worker writes mail where no browser says what it reads.
        wanted = request.accept_languages.best_match(locales) if has_request_context() else None
        return locales[wanted or next(iter(locales))]

    Babel(app, locale_selector=locale, timezone_selector=lambda: str(instants.zone()))
    app.extensions["csrf_protect"] = CSRFProtect(app)
    limiter = Limiter(
        get_remote_address,
        app=app,
        default_limits=["600 per minute"],
        strategy="moving-window",
        in_memory_fallback_enabled=True,  # without Redis each process counts by itself until it is back
    )
    app.extensions["limits"] = limiter
    login = LoginManager(app)
    login.session_protection = None  # networks change on a phone; a version in get_id ends sessions instead
    login._session_identifier_generator = lambda: ""  # it would hash address and browser on each page, for nothing
    login.anonymous_user = lambda: VISITOR
    login.unauthorized_handler(refusals.to_sign_in)

    def load(token: str) -> Viewer | None:
        named, _, version = token.partition(".")
        member_id = texts.whole(named)
        viewer = house.load_viewer(member_id) if member_id is not None else None
        return viewer if viewer is not None and str(viewer.version) == version else None

    login.user_loader(load)


def _rooms(app: Flask, config: Config, house: House) -> None:
    for blueprint in [*house.blueprints, *house.exempt]:
        app.register_blueprint(blueprint)
    for blueprint in house.exempt:
        app.extensions["csrf_protect"].exempt(blueprint)
        # A settled campaign brings thousands of notices in a minute from one address, each with its signature.
        app.extensions["limits"].exempt(blueprint)
    for command in (*cli.COMMANDS, *house.commands):
        app.cli.add_command(command)
    assets = Assets(ROOT / "static", ROOT / "node_modules", config.data_dir / "assets")
    house.plate = assets.plate
    house.plates = lambda: list(assets.drawn)
    pages.install(app, config, house, assets)
    headers.install(app, config, house)
    refusals.install(app)
    VisitorCache(app, 0.0 if config.env == "test" else LIFE_S)
    app.wsgi_app = assets.wrap(app.wsgi_app)  # type: ignore[method-assign]
    app.wsgi_app = DispatcherMiddleware(app.wsgi_app, house.mounts)  # type: ignore[method-assign]
