"""The app class: the unit of work stands round dispatch, and the limits that Flask leaves open are set."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar
from urllib.parse import urlsplit

import flask
from flask import Flask, request
from flask.typing import ResponseReturnValue
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import BaseConverter

from kernel import db
from kernel.config import Config
from kernel.db.engines import options
from kernel.db.work import SAFE

View = TypeVar("View", bound=Callable[..., Any])
TYPED_BYTES = 512 * 1024
REDIS = {"socket_connect_timeout": 0.5, "socket_timeout": 0.5}  # a request never waits long for a limit


class IdConverter(BaseConverter):
    """An id of at most 18 digits, so that no address can overflow a BIGINT."""

    regex = "[1-9][0-9]{0,17}"

    def to_python(self, value: str) -> int:
        """The id as a number."""
        return int(value)


class NumberConverter(BaseConverter):
    """A random public number of 8 characters."""

    regex = "[2-9a-z]{8}"


class SlugConverter(BaseConverter):
    """A readable part of an address."""

    regex = "[a-z0-9][a-z0-9-]{0,79}"


def only_reads(view: View) -> View:
    """Mark a view that is sent by POST for the length of what was typed, and changes nothing."""
    view.only_reads = True  # type: ignore[attr-defined]
    return view


class Request(flask.Request):
    """A request whose typed bodies are small: only a form with files may be as large as a picture."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.mimetype != "multipart/form-data":  # parsing 13 MB of `a&a&a` takes seconds
            self.max_content_length = TYPED_BYTES


class App(Flask):
    """Flask with the unit of work: a normal return of an unsafe method commits, an exception rolls back first."""

    request_class = Request

    def dispatch_request(self) -> ResponseReturnValue:
        """Run the view; unsafe methods as one unit of work, safe ones without any commit."""
        if request.method in SAFE or request.routing_exception is not None:
            return super().dispatch_request()
        if getattr(self.view_functions.get(request.endpoint or ""), "only_reads", False):
            with db.reading():
                return super().dispatch_request()
        return db.run(super().dispatch_request)

    def handle_user_exception(self, e: Exception) -> Any:
        """Show what went wrong; nothing is written any more, so other writers do not wait for the page."""
        with db.reading():
            return super().handle_user_exception(e)


def build(config: Config, root: str) -> App:
    """The bare app with its limits, cookies, converters and trust in proxies."""
    app = App("ninefold", root_path=root, template_folder="templates", static_folder=None)
    app.config.update(_settings(config))
    app.extensions["config"] = config
    app.url_map.converters.update(id=IdConverter, number=NumberConverter, slug=SlugConverter)
    if config.trusted_proxies:
        hops = config.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=0, x_prefix=0)  # type: ignore[method-assign]
    return app


def _settings(config: Config) -> dict[str, Any]:
    return {
        "SECRET_KEY": config.secret_key,
        "TESTING": config.env == "test",
        "SQLALCHEMY_DATABASE_URI": _driver(config.database_url),
        "SQLALCHEMY_ENGINE_OPTIONS": options(config.database_url),
        "SESSION_COOKIE_SECURE": config.https,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_NAME": "ninefold",
        "PERMANENT_SESSION_LIFETIME": timedelta(days=60),
        "SESSION_REFRESH_EACH_REQUEST": False,  # a page that changes nothing sets no cookie
        "PREFERRED_URL_SCHEME": urlsplit(config.site_url).scheme,
        "MAX_CONTENT_LENGTH": 13 * 1024 * 1024,
        "MAX_FORM_MEMORY_SIZE": 256 * 1024,
        "MAX_FORM_PARTS": 200,
        "TRUSTED_HOSTS": _hosts(config),
        "WTF_CSRF_TIME_LIMIT": None,  # tokens live as long as the session
        "WTF_CSRF_SSL_STRICT": config.https,
        "BABEL_DEFAULT_LOCALE": config.locales[0],
        "BABEL_DEFAULT_TIMEZONE": config.timezone,
        "BABEL_TRANSLATION_DIRECTORIES": "templates/locale",
        "RATELIMIT_STORAGE_URI": config.redis_url or "memory://",
        "RATELIMIT_STORAGE_OPTIONS": REDIS if config.redis_url else {},
        "RATELIMIT_ENABLED": config.env != "test",
        "TEMPLATES_AUTO_RELOAD": config.env == "development",
    }


def _driver(url: str) -> str:
    # The newest SQLAlchemy takes plain postgresql:// for psycopg 3; older addresses say so themselves.
    return url.replace("postgres://", "postgresql://", 1) if url.startswith("postgres://") else url


def _hosts(config: Config) -> list[str]:
    host = urlsplit(config.site_url).hostname or "127.0.0.1"
    loopback = ["127.0.0.1", "localhost"] if config.playful or host in ("127.0.0.1", "localhost") else []
    return [host, *loopback]
