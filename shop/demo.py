"""The shop's part of the demo's story: four brands fill the shelf, members buy, brands send, one order goes back."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import select

from community import viewers
from community.earning import gates
from community.earning.gates import Unlock
from community.joining import brands, members, roles
from kernel import db
from kernel.demo import Stage
from kernel.errors import Conflict
from kernel.house import Scene
from kernel.viewer import Viewer
from payments import statements
from payments.demo import decide, dispute, pay
from payments.payouts import preparing, sending
from payments.payouts.rows import BANK
from shop import carts, orders, parcels, products, shelf, shipping, stock, terms
from shop.orders import Address, Order
from shop.orders.placing import priced
from shop.parcels import Parcel
from shop.products import GATE, Product
from shop.stock import Variant

WARES = Path(__file__).parent / "wares"
TAX_BP = {"kiln-kin": 2300, "hill-daughter-tea": 700, "marrow-dye-works": 2300, "folio-nine": 600}
FLAT_MINOR = {"kiln-kin": 650, "hill-daughter-tea": 390, "marrow-dye-works": 550, "folio-nine": 350}
FREE_FROM_MINOR = 9000
TOWNS = (
    ("Rua das Flores 118", "4050-265", "Porto", "PT"),
    ("Hafengasse 7", "20457", "Hamburg", "DE"),
    ("Calle del Pozo 22", "41003", "Sevilla", "ES"),
    ("Rue du Four 3", "29200", "Brest", "FR"),
    ("Sandgata 14", "5003", "Bergen", "NO"),
    ("Mill Lane 9", "BS1 4QA", "Bristol", "GB"),
    ("Yongkang Street 31", "106", "Taipei", "TW"),
)
ORDERS = 30
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
WHY = "The jug arrived in two halves, and the next one is five weeks away. Refunded whole, with thanks for the picture."
SCRATCH = "One card had a scratch from the press. Keep it, and have its price back."

Deed = Callable[[], None]


def story(stage: Stage) -> Iterable[Scene]:
    """From the second week the shelf, from the fifth on orders in every state."""
    yield from _shelves(stage)
    yield from _trade(stage)
    yield from _endings(stage)
    yield Scene(stage.ends_at - 12 * DAY, _pay_out)


def _shelves(stage: Stage) -> Iterable[Scene]:
    for number, path in enumerate(sorted(WARES.glob("*.toml"))):
        wares = tomllib.loads(path.read_text("utf-8"))["product"]
        if stage.large:
            wares += tomllib.loads((WARES / "more" / path.name).read_text("utf-8"))["product"]
        yield Scene(stage.day(9 + number), partial(_open_stall, path.stem))
        for place, ware in enumerate(wares):
            yield Scene(stage.day(9.1 + number + place * 1.7), partial(_show, path.stem, ware))


def _trade(stage: Stage) -> Iterable[Scene]:
    """Orders that are paid, sent the next day but one, and said to have come; the last are still on their way."""
    first, last = stage.day(36), stage.ends_at - 3 * DAY
    for number in range(ORDERS):
        at = first + (last - first) * number / ORDERS
        bought: list[str] = []
        yield Scene(at, partial(_buy, number, bought, points=number % 3 == 1))
        yield from _following(stage, at, bought, number)


def _following(stage: Stage, at: datetime, bought: list[str], number: int) -> Iterable[Scene]:
    steps: list[tuple[datetime, Deed]] = [
        (at + (28 + number % 9) * HOUR, partial(_send, bought)),
        (at + (5 + number % 4) * DAY, partial(_receive, bought)),
    ]
    yield from (Scene(when, deed) for when, deed in steps if when < stage.ends_at - HOUR)


def _endings(stage: Stage) -> Iterable[Scene]:
    """The exceptions: Ann's orders, one refunded, one that nobody paid, one called off, two that wait to be sent."""
    ann: list[str] = []
    at = stage.ends_at - 12 * DAY
    yield Scene(at, partial(_buy, 90, ann, points=True, handle="ann", slugs=("evening-bowl", "second-flush-100-g")))
    yield from _following(stage, at, ann, 2)
    back: list[str] = []
    yield Scene(stage.ends_at - 9 * DAY, partial(_buy, 91, back, points=True, slugs=("one-stroke-jug",)))
    yield Scene(stage.ends_at - 8 * DAY, partial(_give_back, back))
    yield from _after_the_sale(stage)
    yield Scene(stage.ends_at - 7 * DAY, partial(_buy, 92, [], paid=False, slugs=("ribbon-folder",)))
    off: list[str] = []
    yield Scene(stage.ends_at - 6 * DAY, partial(_buy, 93, off, paid=False, slugs=("dotted-tablecloth",)))
    yield Scene(stage.ends_at - 6 * DAY + HOUR / 4, partial(_call_off, off))
    yield Scene(stage.ends_at - 5 * DAY, partial(_buy, 94, [], slugs=("a-calendar-with-room",)))
    for number, hours in enumerate((20, 4)):
        slugs = ("harbour-mug", "letter-cards") if number else ("evening-bowl", "work-apron-indigo")
        yield Scene(stage.ends_at - hours * HOUR, partial(_buy, 95 + number, [], slugs=slugs))


def _after_the_sale(stage: Stage) -> Iterable[Scene]:
    """What may come later: a scratch for which a part goes back, and two disputes, one won and one to be answered."""
    scratched: list[str] = []
    yield Scene(stage.ends_at - 16 * DAY, partial(_buy, 97, scratched, slugs=("letter-cards", "work-apron-indigo")))
    yield from _following(stage, stage.ends_at - 16 * DAY, scratched, 1)
    yield Scene(stage.ends_at - 10 * DAY, partial(_give_a_part, scratched))
    for number, (days, reason, won) in enumerate(((20, "general", True), (4, "product_not_received", False))):
        claimed: list[str] = []
        named: list[str] = []
        at = stage.ends_at - days * DAY
        yield Scene(at, partial(_buy, 98 + number, claimed, slugs=("letter-cards",)))
        yield Scene(at + 2 * DAY, partial(_dispute, claimed, named, reason))
        if won:
            yield Scene(at + 6 * DAY, partial(_win, named))


def _give_back(bought: list[str]) -> None:
    orders.refund(_viewer("ola"), bought[0], WHY)


def _give_a_part(bought: list[str]) -> None:
    if not bought:  # a town so small that nobody could buy yet
        return
    order = orders.for_operator(_viewer("ola"), bought[0])
    parcel = parcels.of(order.id)[0]
    orders.refund(_viewer("ola"), bought[0], SCRATCH, {parcel.number: 600})


def _dispute(bought: list[str], named: list[str], reason: str) -> None:
    for number in bought:
        charge_id = orders.for_operator(_viewer("ola"), number).charge_id
        assert charge_id is not None, "it was paid"
        named.append(dispute(charge_id, reason))


def _win(named: list[str]) -> None:
    for name in named:
        decide(name, won=True)


def _open_stall(slug: str) -> None:
    """A brand's admin says what sending costs and which tax is inside the prices."""
    brand = brands.by_slug(slug)
    viewer = _seller(brand.id)
    terms.set_tax(viewer, brand.id, TAX_BP[slug])
    for zone, times in (("europe", 1), ("america", 3), ("world", 4)):
        free_from = FREE_FROM_MINOR if zone == "europe" else None
        shipping.set_rate(viewer, brand.id, zone, FLAT_MINOR[slug] * times, free_from)


def _show(slug: str, ware: dict[str, Any]) -> None:
    """A product is written, gets its variants and is put on the shelf."""
    brand = brands.by_slug(slug)
    viewer = _seller(brand.id)
    words = {name: ware[name] for name in ("title", "dek", "visibility", "plates", "figures")}
    product_id = products.write(
        viewer, brand.id, f"demo-{slug}-{ware['title']}"[:40], story=ware["story"].strip(), **words
    )
    for kind in ware["variants"]:
        stock.add(viewer, product_id, kind["title"], kind["note"], kind["price"], kind["initial"])
    shelf.publish(viewer, product_id)


def _buy(
    number: int,
    bought: list[str],
    points: bool = False,
    paid: bool = True,
    handle: str | None = None,
    slugs: tuple[str, ...] = (),
) -> None:
    """Somebody for whom the shop is open fills a cart, orders, and usually pays at once."""
    viewer = _viewer(handle) if handle else _buyer(number)
    if viewer is None or not viewer.may(GATE):
        return
    for variant_id in _chosen(viewer, number, slugs):
        carts.put(viewer, variant_id, 1 + (number % 5 == 0), f"demo-cart-{number}-{variant_id}")
    lines = carts.of(viewer)
    if not lines:
        return
    address = _address(viewer, number)
    most = priced(lines, address.country, 0, viewer.purse).points_most
    spent = most * 3 // 4 if points else 0
    total_minor = priced(lines, address.country, spent, viewer.purse).total_minor
    order_number = orders.place(viewer, address, spent, total_minor, f"demo-order-{number}")
    bought.append(order_number)
    charge_id = orders.mine(viewer, order_number).charge_id
    if paid and charge_id is not None:
        pay(charge_id)


def _send(bought: list[str]) -> None:
    """Each brand sends its parcel of an order."""
    waiting = select(Parcel.number, Parcel.brand_id).join(Order, Order.id == Parcel.order_id)
    rows = db.session.execute(waiting.where(Order.number.in_(bought), Order.state == "paid", Parcel.state == "waiting"))
    for number, brand_id in rows.all():
        parcels.send(_seller(brand_id), number, f"NF {number.upper()} {brand_id:02}")


def _receive(bought: list[str]) -> None:
    """The member says that the parcels came."""
    rows = select(Order.number, Order.member_id, Parcel.number).join(Parcel, Parcel.order_id == Order.id)
    for number, member_id, parcel in db.session.execute(
        rows.where(Order.number.in_(bought), Parcel.state == "sent")
    ).all():
        parcels.deliver(_loaded(member_id), number, parcel)


def _pay_out() -> None:
    """The operator prepares what is owed, and makes the first bank transfer; the others wait at the desk."""
    ola = _viewer("ola")
    with suppress(Conflict):  # the first of the month has prepared it all
        preparing.prepare_all(ola)
    small = [row for row in statements.payouts(state="prepared") if not sending.takes_four_eyes(row, ola)]
    for row in small[-1:]:
        sending.send(ola, row.number, row.total_minor, BANK, f"Ninefold {row.number}")


def _call_off(bought: list[str]) -> None:
    for number in bought:
        member_id = db.session.scalars(select(Order.member_id).where(Order.number == number)).one()
        orders.cancel(_loaded(member_id), number)


def _buyer(number: int) -> Viewer | None:
    """One of those for whom the shop is open, another one for each number."""
    open_to = select(Unlock.member_id).where(Unlock.gate == GATE, gates.standing())
    ids = list(db.session.scalars(open_to.order_by(Unlock.id)))
    people = [viewer for viewer in (_loaded(i) for i in ids[number * 7 % (len(ids) or 1) :][:5]) if viewer.may(GATE)]
    return people[0] if people else None


def _chosen(viewer: Viewer, number: int, slugs: tuple[str, ...]) -> list[int]:
    """Variants that can be had: those of the slugs, else one to three by the dice."""
    rows = select(Variant.id, Product.slug).join(Product, Product.id == Variant.product_id)
    rows = rows.where(products.seen_by(viewer), stock.available >= 3 if not slugs else stock.available >= 1)
    found = list(db.session.execute(rows.order_by(Variant.id)).all())
    if slugs:
        return [next(row for row, slug in found if slug == wanted) for wanted in slugs]
    dice = random.Random(number)  # noqa: S311 - the same story every time
    return [row for row, _ in dice.sample(found, min(len(found), 1 + number % 3))]


def _address(viewer: Viewer, number: int) -> Address:
    return Address(viewer.name, *TOWNS[(number + viewer.id) % len(TOWNS)])


def _seller(brand_id: int) -> Viewer:
    return _loaded(roles.holders("brand_admin", brand_id)[0])


def _viewer(handle: str) -> Viewer:
    return _loaded(members.by_handle(handle).id)


def _loaded(member_id: int) -> Viewer:
    viewer = viewers.load(member_id)
    assert viewer is not None
    return viewer
