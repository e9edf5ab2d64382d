"""Builders of the shop: brands with their admins, products on the shelf, orders in any state; all by verbs."""

from __future__ import annotations

from sqlalchemy import select

from community.joining import brands
from community.joining.brands import Brand
from kernel import db, house, verify
from kernel.mail import Mail
from payments.demo import pay
from shop import carts, orders, parcels, products, shelf, shipping, stock, terms
from shop.orders import Address, Order
from shop.orders.placing import priced
from shop.parcels import Parcel
from shop.products import Product
from shop.stock import Variant
from tests import builders
from tests.memory import remembered

HOME = Address("Ann Adams", "Rua das Flores 118", "4050-265", "Porto", "PT")
STORY = "Made on Sundays and fired on Thursdays, forty at a time, by hands that know the size. " * 2
ADMINS = {"Kiln": "Dee Dyer", "Tea": "Bea Brewer", "Folio": "Fay Folder"}


@remembered
def brand(name: str = "Kiln", flat_minor: int = 500, free_from_minor: int | None = None, tax_bp: int = 2300) -> int:
    """A brand with an admin, a rate for Europe and its tax; the one that is there, if the name was used before."""
    found = db.session.scalar(select(Brand.id).where(Brand.name == name))
    if found is not None:
        return int(found)
    operator, admin = builders.viewer(builders.operator()), builders.member(ADMINS[name])
    with builders.work():
        brand_id = brands.make(operator, name, "Made by hand.")
        brands.name_admin(operator, brand_id, admin)
    seller = builders.viewer(admin)
    with builders.work():
        terms.set_tax(seller, brand_id, tax_bp)
        shipping.set_rate(seller, brand_id, "europe", flat_minor, free_from_minor)
    return brand_id


@remembered
def admin(name: str = "Kiln") -> int:
    """The admin of a brand."""
    brand(name)
    return builders.member(ADMINS[name])


@remembered
def product(
    name: str = "Kiln",
    title: str = "Evening bowl",
    *,
    price_minor: int = 4800,
    stock_count: int = 5,
    visibility: str = "members",
    live: bool = True,
    kind: str = "Blue",
) -> int:
    """A product of a brand with one variant, on the shelf unless told otherwise; the variant's id."""
    brand_id, seller = brand(name), builders.viewer(admin(name))
    with builders.work():
        said = {"title": title, "dek": "For soup.", "story": STORY, "figures": [["High", "8 cm"]], "plates": []}
        product_id = products.write(seller, brand_id, builders.key(), visibility=visibility, **said)
        variant_id = stock.add(seller, product_id, kind, "", price_minor, stock_count)
        if live:
            shelf.publish(seller, product_id)
    return variant_id


def slug(variant_id: int) -> str:
    """The address of a variant's product."""
    rows = select(Product.slug).join(Variant, Variant.product_id == Product.id).where(Variant.id == variant_id)
    return db.session.scalars(rows).one()


@remembered
def put(member_id: int, variant_id: int, quantity: int = 1) -> None:
    """Put units into a member's cart."""
    with builders.work():
        carts.put(builders.viewer(member_id), variant_id, quantity, builders.key())


@remembered
def place(member_id: int, *variants: int, points: int = 0, quantity: int = 1, key: str | None = None) -> str:
    """Order units of these variants, unpaid; the order's number."""
    for variant_id in variants:
        put(member_id, variant_id, quantity)
    with builders.work():
        viewer = builders.viewer(member_id)
        total_minor = priced(carts.of(viewer), "PT", points, viewer.purse).total_minor
        return orders.place(viewer, HOME, points, total_minor, key or builders.key())


@remembered
def order(member_id: int, *variants: int, points: int = 0, quantity: int = 1) -> str:
    """A paid order of these variants, or of a new product; its number."""
    number = place(member_id, *(variants or (product(),)), points=points, quantity=quantity)
    with builders.work():
        charge_id = row(number).charge_id
        assert charge_id is not None
        pay(charge_id)
    builders.drain()
    assert row(number).state == "paid", row(number).state
    return number


@remembered
def send(number: str) -> None:
    """Every brand sends its parcel of an order."""
    for parcel in packed(number):
        name = db.session.scalars(select(Brand.name).where(Brand.id == parcel.brand_id)).one()
        with builders.work():
            parcels.send(builders.viewer(admin(name)), parcel.number, "NF 1")


def row(number: str) -> Order:
    """The order as it stands now."""
    db.session.rollback()
    found = select(Order).where(Order.number == number).execution_options(populate_existing=True)
    return db.session.scalars(found).one()


def newest() -> str:
    """The number of the order that was placed last."""
    db.session.rollback()
    return db.session.scalars(select(Order.number).order_by(Order.id.desc()).limit(1)).one()


def packed(number: str) -> list[Parcel]:
    """The parcels of an order."""
    db.session.rollback()
    found = select(Parcel).join(Order, Order.id == Parcel.order_id).where(Order.number == number).order_by(Parcel.id)
    return list(db.session.scalars(found.execution_options(populate_existing=True)))


def left(variant_id: int) -> tuple[int, int, int]:
    """(on hand, held, sold) of a variant."""
    db.session.rollback()
    columns = select(Variant.on_hand, Variant.held, Variant.sold).where(Variant.id == variant_id)
    on_hand, held, sold = db.session.execute(columns).one()
    return on_hand, held, sold


def broken() -> list[str]:
    """The invariants that do not hold."""
    db.session.rollback()
    return [name for name, breaches in verify.check(house.current().invariants) if breaches]


def mails(template: str) -> list[str]:
    """Who got a mail of this kind."""
    return list(db.session.scalars(select(Mail.recipient).where(Mail.template == template).order_by(Mail.id)))
