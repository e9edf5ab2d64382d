"""People of the tests at the steps of the way in, made by the product's own verbs; `builders` makes their life."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy import func, select

from community.joining import accounts, applications, brands, covenants, decisions, fees, introductions, proofs, roles
from community.joining.applications import Application
from community.joining.brands import Brand
from community.joining.passwords import _hasher
from community.joining.proofs import Proof
from kernel import db
from kernel.viewer import Viewer
from payments.demo import pay
from tests import builders
from tests.builders import INTRODUCTION, drain, work
from tests.memory import remembered

PASSWORD = "four words in a row"
ANSWERS: dict[str, Any] = {
    "make": "Bowls and cups, thrown by hand and sold at two markets on the coast.",
    "stage": "selling",
    "learn": "How to write prices on them and still look people in the eye.",
    "give": "Ten years of standing at markets: what to say, and when to say nothing.",
    "hours": True,
}


def viewer(member_id: int) -> Viewer:
    """The member as the one who acts, as the last request or worker left them."""
    db.session.rollback()
    return builders.viewer(member_id)


@lru_cache(maxsize=1)
def password_hash() -> str:
    """The hash of the tests' password, made once."""
    return _hasher.hash(PASSWORD)


@remembered
def account(name: str = "Ann Okafor", confirmed: bool = True) -> int:
    """Somebody with an account and a password that is known."""
    handle = name.split()[0].lower()
    with work():
        member_id = accounts.enrol(name, f"{handle}@ninefold.test", password_hash(), f"account-{handle}")
    assert member_id is not None
    if confirmed:
        with work():
            accounts.confirm(token_of(member_id))
    return member_id


def token_of(member_id: int) -> str:
    """The token of the newest link that was mailed to a member."""
    return proofs.token(db.session.scalars(select(func.max(Proof.id)).where(Proof.member_id == member_id)).one())


@remembered
def applicant(name: str = "Cho Min-seo") -> int:
    """Somebody whose application waits for a decision."""
    member_id = account(name)
    with work():
        applications.begin(member_id)
        applications.submit(member_id, ANSWERS)
    return member_id


def application(member_id: int) -> Application:
    """The person's newest application as it stands now."""
    db.session.rollback()
    found = applications.newest(member_id)
    assert found is not None
    return found


@remembered
def approved(name: str = "Cho Min-seo", cell: int | None = None) -> int:
    """Somebody for whom a seat is kept."""
    member_id, place = applicant(name), cell or builders.cell()
    with work():
        decisions.approve(viewer(builders.operator()), application(member_id).id, place)
    return member_id


@remembered
def paid(name: str = "Cho Min-seo", cell: int | None = None) -> int:
    """Somebody who has paid the joining fee."""
    member_id = approved(name, cell)
    with work():
        pay(fees.knock(member_id))
    drain()
    return member_id


@remembered
def seated(name: str = "Cho Min-seo", cell: int | None = None) -> int:
    """Somebody with a seat, who has still to introduce themselves."""
    member_id = paid(name, cell)
    with work():
        covenants.accept(member_id, covenants.wording().content_hash, "en")
    return member_id


@remembered
def member(name: str = "Ann Okafor", cell: int | None = None) -> int:
    """An active member, who can sign in with PASSWORD."""
    member_id = seated(name, cell)
    with work():
        introductions.write(member_id, INTRODUCTION)
    drain()
    return member_id


@remembered
def steward(name: str = "Sol Herrera") -> int:
    """A steward of the whole community."""
    return _with_role(name, "steward")


@remembered
def operator(name: str = "Ola Nilsen") -> int:
    """An operator who is a member too."""
    return _with_role(name, "operator")


@remembered
def brand_admin(name: str = "Dee Marlow", brand_slug: str = "kiln-kin") -> int:
    """An admin of a brand, which is made when there is none."""
    member_id, boss = member(name), viewer(builders.operator())
    found = db.session.scalar(select(Brand.id).where(Brand.slug == brand_slug))
    with work():
        brand_id = found or brands.make(boss, brand_slug.replace("-", " ").title(), "Stoneware for every day.")
        brands.name_admin(boss, brand_id, member_id)
    return member_id


def _with_role(name: str, role: str) -> int:
    member_id = member(name)
    with work():
        roles.grant(builders.operator(), member_id, role)
    return member_id
