"""What templates can call: the viewer, the shell round a page, and how money, time and texts are shown."""

from __future__ import annotations

from functools import cache, cached_property
from typing import Any

from flask import Flask, request, session
from flask_babel import gettext
from flask_login import current_user
from markupsafe import Markup

from kernel import clock, house, money, texts
from kernel.assets import Assets
from kernel.config import Config
from kernel.viewer import Viewer
from kernel.web import fragments, instants, words
from kernel.web.words import address, language


class Shell:
    """What stands round every page: navigation, path, purse, cart, desk; worked out only when a template asks."""

    def __init__(self, house: house.House, config: Config, viewer: Viewer) -> None:
        self.house = house
        self.viewer = viewer
        self.demo = config.env == "demo"
        self.site_url = config.site_url

    @cached_property
    def nav(self) -> list[tuple[Any, str, bool]]:
        """(label, address, whether it is the current page) in order."""
        items = sorted((i for i in self.house.nav if i.shown(self.viewer)), key=lambda i: i.order)
        return [(str(i.label), *_place(i.endpoint, i.values(self.viewer))) for i in items]

    @cached_property
    def desk_nav(self) -> list[dict[str, Any]]:
        """The desk's rail: headings with (icon, label, address, count, current)."""
        today = address("front.desk")
        heads: dict[str, list[Any]] = {"": [("sun", gettext("Today"), today, None, request.path == today)]}
        shown = sorted((i for i in self.house.desk if i.may(self.viewer)), key=lambda i: i.order)
        claiming = [item for item in shown if request.endpoint in item.also and item.about(request.view_args or {})]
        for item in shown:
            url, inside = _place(item.endpoint, {})
            current = item in claiming if claiming else inside
            heads.setdefault(str(item.head), []).append((item.icon, item.label, url, None, current))
        return [{"head": head, "items": items} for head, items in heads.items()]

    @cached_property
    def desk_url(self) -> str | None:
        """The way to the desk for those who have something to do there."""
        return address("front.desk") if self.viewer.roles else None

    @cached_property
    def path(self) -> Any:
        """How far to the next unlock; None for visitors."""
        return self.house.path(self.viewer)

    def part(self, name: str) -> Markup:
        """A part of a member's shell, rendered once for what it shows."""
        who, path = self.viewer, self.path
        shown = (who.name, getattr(who.picture, "src_small", ""), bool(who.roles), self.purse, self.cart_count)
        way = (path["url"], tuple(path["marks"]), path["done"], str(path["sentence"])) if path else None
        return fragments.part(f"shell/{name}.html", (shown, tuple(self.nav), way), shell=self, viewer=who)

    @property
    def purse(self) -> int | None:
        """Points to spend; None for people without a purse."""
        return self.viewer.purse if self.viewer.is_member else None

    @property
    def cart_count(self) -> int:
        """How many things lie in the cart."""
        return self.viewer.counters.get("cart", 0)

    @property
    def apply_url(self) -> str:
        """Where joining begins."""
        return address("community.join")

    @property
    def sign_in_url(self) -> str:
        """Where one signs in."""
        return address("community.sign_in")

    @property
    def legal(self) -> list[tuple[str, str]]:
        """The legal pages, and what anybody may check."""
        return [
            (gettext("Terms"), address("front.terms")),
            (gettext("Privacy"), address("front.privacy")),
            (gettext("Imprint"), address("front.imprint")),
            (gettext("Proofs"), address("proofs.proofs")),
        ]


def install(app: Flask, config: Config, rooms: house.House, assets: Assets) -> None:
    """Give templates their words."""
    app.jinja_env.globals.update(asset=assets.url, site_url=config.site_url, currency=config.currency)
    app.jinja_env.globals["act_words"] = lambda act, values: house.current().acts[act].words(values)
    app.jinja_env.globals["act_why"] = lambda act, why, values: house.current().acts[act].why(why, values)
    app.jinja_env.filters.update(
        money=lambda minor, currency=config.currency: money.formatted(minor, currency, language()),
        brief_money=lambda minor, currency=config.currency: money.brief(minor, currency, language()),
        when=instants.when,
        day=instants.day,
        moment=instants.moment,
        on=instants.on,
        month=instants.month,
        number=lambda value: f"{value:,}",
        markdown=lambda text: Markup(texts.rendered(text or "")),  # noqa: S704 - cleaned by nh3
    )
    words.install(app)
    app.jinja_env.globals["wordmark"] = _drawn_once(app, "shell/wordmark.html")
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True

    @app.context_processor
    def shown() -> dict[str, Any]:
        viewer = current_user._get_current_object()
        lang = language().replace("_", "-")
        return {"viewer": viewer, "shell": Shell(rooms, config, viewer), "now": clock.now(), "lang": lang}


def _drawn_once(app: Flask, template: str) -> Any:
    """A call that answers with a template which is the same on every page and in every language."""

    @cache
    def drawn() -> Markup:
        return Markup(app.jinja_env.get_template(template).render())  # noqa: S704 - a template of ours

    return drawn


def _place(endpoint: str, values: dict[str, Any]) -> tuple[str, bool]:
    url = address(endpoint, **values)
    path = request.path
    return url, path == url or (url != "/" and path.startswith(url + "/"))


def local_address(target: str | None) -> str | None:
    """The target when it is an address on this site, else None: no open redirects."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")) or "\\" in target:
        return None
    return None if any(ord(c) < 32 for c in target) else target


def begin_session() -> None:
    """Forget everything the session held, so that a sign-in starts a new one (no fixation)."""
    session.clear()
    session.permanent = True
