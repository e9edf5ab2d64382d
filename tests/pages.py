"""Every page template with somebody who may see it: what the tests of accessibility and of valid HTML walk through."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

VISITOR = ""
DYE_HOUSE = "/campaigns/a-dye-house-that-eleven-makers-can-share"
KILN = "/campaigns/a-kiln-that-burns-what-the-storm-brought-down"


@dataclass(frozen=True)
class Stop:
    """An address, or the first link on it whose address matches."""

    path: str
    link: str = ""
    status: int = 200


WALKS: dict[str, tuple[Stop, ...]] = {
    VISITOR: (
        *map(Stop, ("/", "/join", "/join/account", "/join/covenant", "/sign-in", "/password-reset")),
        *map(
            Stop, ("/campaigns", "/campaigns?show=ended", DYE_HOUSE, f"{DYE_HOUSE}/updates", f"{DYE_HOUSE}/questions")
        ),
        Stop(DYE_HOUSE, rf"{DYE_HOUSE}/updates/\w{{8}}"),
        *map(Stop, ("/shop", "/shop/products/evening-bowl", "/terms", "/privacy", "/imprint", "/proofs")),
        *map(Stop, ("/ui", "/_mail/", "/_stripe/", "/_stripe/charges", "/_stripe/disputes", "/_stripe/accounts")),
        Stop("/_mail/", r"/_mail/\d+"),
        Stop("/nowhere", status=404),
    ),
    "cho": tuple(map(Stop, ("/join/application", "/path", "/account"))),
    "ben": (
        *map(Stop, ("/", "/path", "/cells/harbour", "/cells/harbour/check-ins", "/points", "/account")),
        Stop("/account/dues"),
        *map(
            Stop, ("/posts/new", "/shop", "/shop/products/evening-bowl", "/shop/cart", "/shop/orders", "/members/ann")
        ),
        *map(Stop, ("/campaigns", DYE_HOUSE, f"{DYE_HOUSE}/backers")),
        Stop(f"{DYE_HOUSE}/pledge", status=403),
        Stop("/campaigns?show=ended", r"/campaigns/[a-z0-9-]+"),
        Stop("/feed", r"/posts/\w{8}"),
        Stop("/members/ben", r"/posts/\w{8}"),
        Stop("/cells/harbour", r"/cells/harbour/heart-talks/\w{8}"),
        Stop("/desk", status=404),
    ),
    "ann": (
        *map(Stop, ("/path", "/shop/products/evening-bowl", "/shop/cart", "/shop/checkout", "/shop/orders")),
        *map(Stop, ("/cells/harbour/envelopes", "/cells/harbour/envelopes/new")),
        Stop("/", r"/cells/harbour/envelopes/\w{8}"),
        *map(Stop, ("/join/fee", "/cells/harbour/heart-talks/new", "/desk", "/leaderboards?days=all")),
        Stop("/account/dues"),
        Stop("/account/dues", r"/account/dues/change\?price=\d+"),
        Stop("/shop/orders", r"/shop/orders/\w{8}"),
        Stop("/pledges"),
        Stop("/pledges", r"/pledges/\w{8}"),
        *map(Stop, ("/campaigns/a-press-for-books-of-nine-pages", f"{KILN}/pledge")),
        *(Stop("/points", rf"/points/{kind}\d+") for kind in ("", "grants/")),
        *map(Stop, ("/points/lots", "/points?book=standing")),
    ),
    "eve": tuple(map(Stop, ("/", "/path", "/shop/products/evening-bowl", DYE_HOUSE, "/account"))),
    "dee": (
        *map(Stop, ("/desk", "/desk/parcels?show=sent", "/desk/products", "/desk/products/new", "/desk/shipping")),
        Stop("/desk", r"/desk/parcels/\w{8}"),
        Stop("/desk/products", r"/desk/products/\d+"),
        *map(Stop, ("/desk/campaigns", "/desk/campaigns/new")),
        Stop("/desk/campaigns", r"/desk/campaigns/\d+"),
        Stop("/desk/settlements", r"/desk/campaigns/\d+/backers"),
        Stop("/desk/settlements", r"/desk/campaigns/\d+/settlement"),
        *(Stop("/desk/campaigns/2", f"/desk/campaigns/2/{page}") for page in ("updates", "questions")),
        Stop("/desk/statements/brand-1"),
        Stop("/desk/statements/brand-1/payouts"),
        Stop(KILN),
        Stop(f"{KILN}/pledge", status=403),
    ),
    "sol": (
        *map(Stop, ("/desk", "/desk/applications", "/desk/members", "/desk/members/eve")),
        Stop("/desk/applications", r"/desk/applications/\d+"),
        Stop("/desk/members/eve", r"/desk/members/eve/penalties/\w{8}"),
        Stop("/desk/hidden"),
        Stop("/desk/hidden?show=comments", r"/desk/comments/\d+"),
        Stop("/campaigns/a-seed-library-in-ninety-nine-drawers/pledge"),
        Stop("/desk/campaigns/reviews"),
        Stop("/desk/campaigns/reviews", r"/desk/campaigns/\d+/review"),
    ),
    "hana": tuple(map(Stop, ("/account/dues", "/"))),
    "ola": (
        *map(Stop, ("/desk/dues", "/desk/dues/tiers", "/desk/dues/offers", "/desk/dues/complimentary")),
        Stop("/desk/dues/members?state=paid"),
        Stop("/desk/dues/tiers", r"/desk/dues/tiers/\d+"),
        *map(Stop, ("/desk", "/desk/cells", "/desk/brands", "/desk/orders", "/desk/members/eve")),
        *map(Stop, ("/desk/rules", "/desk/rules/like", "/desk/rules/caps", "/desk/milestones", "/desk/rules/engaged")),
        Stop("/desk/rules", r"/desk/rules/[a-z-]+/drafts/\d+"),
        *map(Stop, ("/desk/points", "/desk/adjustments", "/desk/signals?show=decided")),
        Stop("/desk/signals", r"/desk/signals/\d+"),
        Stop("/desk/brands", r"/desk/brands/\d+"),
        Stop("/desk/orders", r"/desk/orders/\w{8}"),
        *map(Stop, ("/desk/approvals", "/desk/mails")),
        Stop("/desk/settlements"),
        Stop("/desk/settlements", r"/desk/campaigns/\d+/settlement"),
        Stop("/desk/settlements", r"/desk/campaigns/\d+/errored"),
        *(Stop(f"/desk/payments/{page}") for page in ("charges", "refunds", "notices", "journal", "books")),
        *map(Stop, ("/desk/payments/reconciliation", "/desk/payments/reconciliation?show=explained")),
        Stop("/desk/payments/reconciliation", r"/desk/payments/reconciliation/\d+"),
        Stop("/desk/payments/charges?state=paid", r"/desk/payments/charges/\d+"),
        Stop("/desk/payments/charges/1/refund"),
        Stop("/desk/payments/refunds/1/outside"),
        Stop("/desk/payments/disputes"),
        Stop("/desk/payments/disputes", r"/desk/payments/disputes/\d+"),
        Stop("/desk/payments/payouts"),
        Stop("/desk/payments/payouts", r"/desk/payments/payouts/\w{8}"),
        Stop("/desk/payments/books", r"/desk/payments/journal\?account=\d+"),
        Stop("/desk/payments/books/accounts?unit=USD&kind=brand:&name=goods"),
    ),
}


def walked(who: str, read: Callable[[str], tuple[int, str]]) -> Iterator[tuple[str, str]]:
    """(address, HTML) of each stop of somebody's walk; `read` opens an address and answers its status and HTML."""
    for stop in WALKS[who]:
        path = stop.path
        if stop.link:
            found = re.search(rf'href="({stop.link})["#?]', read(path)[1])
            assert found, f"{who or 'a visitor'} finds no {stop.link} on {path}"
            path = found.group(1)
        status, html = read(path)
        assert status == stop.status, f"{who or 'a visitor'} gets {status} from {path}"
        yield path, html
