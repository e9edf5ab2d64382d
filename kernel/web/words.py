"""The words and addresses of a page: looked up once each, not once a use (SPEED: Python is most of a page)."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import flask
from flask import Flask, g
from flask_babel import get_locale, get_translations
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup

PLAIN = (str, int)


def language() -> str:
    """The reader's language as a locale's name, worked out once a request."""
    known: str | None = g.get("language")
    if known is None:
        known = g.language = str(get_locale() or "en")
    return known


def install(app: Flask) -> None:
    """Give templates quick words and addresses."""
    app.jinja_env.globals.update(_=gettext, gettext=gettext, ngettext=ngettext, url_for=address)


@pass_eval_context
def gettext(context: EvalContext, message: str, **values: Any) -> str:
    """A message in the reader's language, safe for HTML, with its values put in."""
    text = _translated(language(), message)
    said = Markup(text) if context.autoescape else text  # noqa: S704 - messages are ours; values are escaped by %
    return said % values


@pass_eval_context
def ngettext(context: EvalContext, one: str, many: str, num: int, /, **values: Any) -> str:
    """A message for so many things; `num` is among its values."""
    text = _counted(language(), one, many, num)
    said = Markup(text) if context.autoescape else text  # noqa: S704 - as above
    return said % {"num": num, **values}


def address(endpoint: str, **values: Any) -> str:
    """Flask's url_for, remembered for plain values."""
    if endpoint.startswith(".") or any(type(value) not in PLAIN for value in values.values()):
        return flask.url_for(endpoint, **values)
    return _address(endpoint, tuple(values.items()))


@lru_cache(maxsize=16384)
def _address(endpoint: str, values: tuple[tuple[str, Any], ...]) -> str:
    return flask.url_for(endpoint, **dict(values))


def say(message: str, **values: Any) -> str:
    """The same for routes that say something many times on a page."""
    return _translated(language(), message) % values


@lru_cache(maxsize=16384)
def _counted(language: str, one: str, many: str, num: int) -> str:
    text: str = get_translations().ungettext(one, many, num)
    return text


@lru_cache(maxsize=16384)
def _translated(language: str, message: str) -> str:
    text: str = get_translations().ugettext(message)
    return text
