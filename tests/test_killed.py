"""Web server, worker and sandbox are killed in the middle of many orders and started again: every cent is explained."""

from __future__ import annotations

import random
import re
import sqlite3
import threading
import time
from pathlib import Path

import pytest
import requests

from tests.site import Site, books_agree, seeded

pytestmark = [pytest.mark.slow]
BUYERS = ("ann", "dee", "bea", "sol")
PRODUCTS = ("evening-bowl", "second-flush-100-g", "sewn-notebook")
ADDRESS = {"recipient": "A B", "street": "Rua 1", "postcode": "4050-265", "town": "Porto", "country": "PT", "phone": ""}
KILLS, BETWEEN_S = 3, (0.8, 2.0)
ENOUGH, PATIENCE_S = 5, 30
CARD = "4242424242424242"


class Buyer(threading.Thread):
    """Buys as fast as it can, whatever happens to the site meanwhile."""

    def __init__(self, site: Site, name: str, stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self.site, self.handle, self.stop = site, name, stop
        self.http = requests.Session()
        self.bought = 0

    def run(self) -> None:
        """Buy until told to stop; a site that is down is tried again."""
        dice = random.Random(self.handle)
        while not self.stop.is_set():
            try:
                if "ninefold" not in self.http.cookies:
                    self._sign_in()
                self._buy(dice.choice(PRODUCTS), dice)
            except (requests.RequestException, IndexError):
                time.sleep(0.1)

    def _sign_in(self) -> None:
        page = self._get("/sign-in")
        given = {"email": f"{self.handle}@ninefold.test", "password": "ninefold-demo"}
        self._post("/sign-in", {**_hidden(page), **given})

    def _buy(self, slug: str, dice: random.Random) -> None:
        page = self._get(f"/shop/products/{slug}")
        variant = re.findall(r'name="variant"[^>]*value="(\d+)"(?![^>]*disabled)', page)[0]
        self._post(f"/shop/products/{slug}/cart", {**_hidden(page), "variant": variant, "quantity": "1"})
        checkout = self._get("/shop/checkout")
        answer = self._post("/shop/orders", {**_hidden(checkout), **ADDRESS, "points": "0"})
        if answer.status_code == 303 and "/c/pay/" in answer.headers["Location"] and dice.random() < 0.8:
            self.http.post(answer.headers["Location"], data={"card": CARD}, timeout=5, allow_redirects=False)
            self.bought += 1
        elif answer.status_code == 409:  # two of its orders are unpaid: one makes room
            number = re.findall(r"/shop/orders/(\w{8})", self._get("/shop/orders"))[0]
            self._post(f"/shop/orders/{number}/cancellation", _hidden(self._get(f"/shop/orders/{number}")))

    def _get(self, path: str) -> str:
        return self.http.get(self.site.url + path, timeout=5).text

    def _post(self, path: str, data: dict[str, str]) -> requests.Response:
        return self.http.post(self.site.url + path, data=data, timeout=5, allow_redirects=False)


def _hidden(page: str) -> dict[str, str]:
    return dict(re.findall(r'<input[^>]*type="hidden"[^>]*name="(\w+)"[^>]*value="([^"]*)"', page))


def test_nothing_is_lost_or_charged_twice_when_everything_is_killed(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    seeded(tmp_path_factory, tmp_path)
    site, stop, dice = Site(tmp_path), threading.Event(), random.Random(9)
    site.start()
    buyers = [Buyer(site, name, stop) for name in BUYERS]
    try:
        for buyer in buyers:
            buyer.start()
        for _ in range(KILLS):
            time.sleep(dice.uniform(*BETWEEN_S))
            site.kill()
            site.start()
        patience = time.monotonic() + PATIENCE_S  # a busy machine needs longer for as much
        while sum(buyer.bought for buyer in buyers) < ENOUGH and time.monotonic() < patience:
            time.sleep(0.2)
    finally:
        stop.set()
        for buyer in buyers:
            buyer.join(timeout=15)
        site.kill()
    assert sum(buyer.bought for buyer in buyers) >= ENOUGH, "too little happened to prove anything"
    site.flask("demo", "advance", "2h")
    site.flask("verify")
    print(sum(buyer.bought for buyer in buyers), "bought")
    books_agree(site)
    _none_unended(site)


def _none_unended(site: Site) -> None:
    with sqlite3.connect(site.folder / "ninefold.db") as ours:
        assert ours.execute("SELECT count(*) FROM shop_orders WHERE state = 'placed'").fetchone()[0] == 0
