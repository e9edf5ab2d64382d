"""Fragments: a part of a page that is made of values alone is rendered once for these values (SPEED)."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any

from flask import current_app
from markupsafe import Markup

from kernel.web.words import language

MOST = 4096
_kept: OrderedDict[Hashable, Markup] = OrderedDict()
_lock = Lock()


def kept(template: str, macro: str, key: Hashable, values: Callable[[], tuple[Any, ...]]) -> Markup:
    """What a macro makes of these values, rendered at most once a language while it is among the newest 4,096.

    `key` must hold everything that the macro shows, so that nothing ever has to be invalidated; `values` is asked
    only when the fragment is not there.
    """
    full = (template, macro, language(), key)
    found = _kept.get(full)
    if found is not None:
        return found
    module = current_app.jinja_env.get_template(template).module
    return _keep(full, getattr(module, macro)(*values()))


def part(template: str, key: Hashable, **values: Any) -> Markup:
    """The same for a whole template that is shown on page after page to one reader."""
    full = (template, language(), key)
    found = _kept.get(full)
    if found is not None:
        return found
    return _keep(full, current_app.jinja_env.get_template(template).render(**values))


def _keep(full: Hashable, html: str) -> Markup:
    made = Markup(html)  # noqa: S704 - made by a template of ours, which escapes its values
    with _lock:
        _kept[full] = made
        while len(_kept) > MOST:
            _kept.popitem(last=False)
    return made
