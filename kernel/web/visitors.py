"""Visitors' pages, cached whole in the process and served with an ETag before a session is opened (SPEED)."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from hashlib import blake2b
from typing import Any, TypeVar

from flask import Flask, Response, current_app, g, request
from flask_login import current_user

View = TypeVar("View", bound=Callable[..., Any])
Key = tuple[str, str, str, str]
LIFE_S = 5.0
MOST = 500
COOKIE = "ninefold="


def cached_for_visitors(view: View) -> View:
    """Mark a page that is the same for every visitor: it holds no form, no token and no name."""
    view.cached_for_visitors = True  # type: ignore[attr-defined]
    return view


class VisitorCache:
    """WSGI in front of the app: a fresh page for a request without our cookie is answered at once."""

    def __init__(self, app: Flask, life_s: float = LIFE_S) -> None:
        self.inner = app.wsgi_app
        self.life_s = life_s
        self.pages: OrderedDict[Key, tuple[float, str, list[tuple[str, str]], bytes]] = OrderedDict()
        app.wsgi_app = self  # type: ignore[method-assign]
        app.extensions["visitor_cache"] = self
        app.after_request(_offer)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer from the cache or let the app do it."""
        if environ["REQUEST_METHOD"] == "GET" and COOKIE not in environ.get("HTTP_COOKIE", ""):
            found = self.pages.get(_key(environ))
            if found and found[0] > time.monotonic():
                return _answer(found, environ, start_response)
        return self.inner(environ, start_response)

    def keep(self, environ: dict[str, Any], response: Response) -> None:
        """Keep a finished page for a few seconds; the oldest goes when there are too many."""
        body = response.get_data()
        etag = f'"{blake2b(body, digest_size=12).hexdigest()}"'
        response.headers["ETag"] = etag
        response.headers["Cache-Control"] = f"public, max-age={int(self.life_s)}"
        response.headers["Vary"] = "Cookie, Accept-Language"
        headers = [(k, v) for k, v in response.headers.items() if k.lower() != "set-cookie"]
        self.pages[_key(environ)] = (time.monotonic() + self.life_s, etag, headers, body)
        while len(self.pages) > MOST:
            self.pages.popitem(last=False)


def _key(environ: dict[str, Any]) -> Key:
    get = environ.get
    return get("HTTP_HOST", ""), get("PATH_INFO", ""), get("QUERY_STRING", ""), get("HTTP_ACCEPT_LANGUAGE", "")


def _answer(found: tuple[float, str, list[tuple[str, str]], bytes], environ: Any, start: Any) -> Iterable[bytes]:
    _, etag, headers, body = found
    if environ.get("HTTP_IF_NONE_MATCH") == etag:
        start("304 Not Modified", [(k, v) for k, v in headers if k.lower() not in ("content-length", "content-type")])
        return [b""]
    start("200 OK", headers)
    return [body]


def _offer(response: Response) -> Response:
    cache: VisitorCache = current_app.extensions["visitor_cache"]
    view = current_app.view_functions.get(request.endpoint or "")
    marked = getattr(view, "cached_for_visitors", False) and request.method == "GET" and cache.life_s > 0
    whole = response.status_code == 200 and not response.is_streamed and not g.get("csrf_token")
    if marked and whole and COOKIE not in request.headers.get("Cookie", "") and current_user.is_anonymous:
        cache.keep(request.environ, response)
    return response
