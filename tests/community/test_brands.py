"""Brands: made by an operator, with admins who are members."""

from __future__ import annotations

import pytest

from community.joining import brands, fees, roles
from kernel.errors import Forbidden
from tests import builders, people
from tests.builders import work
from tests.people import viewer


def test_an_operator_makes_a_brand_and_names_its_admin(sign_in, fill):
    dee, client = people.member("Dee Marlow"), sign_in(builders.operator())
    answer = fill(client, "/desk/brands", "/desk/brands", name="Kiln & Kin", about="Stoneware for every day.")
    page = answer.location
    assert fill(client, page, "/admins", email="nobody@ninefold.test").status_code == 422
    assert fill(client, page, "/admins", email="dee@ninefold.test").status_code == 302
    brand = brands.by_slug("kiln-kin")
    assert viewer(dee).scopes("brand_admin") == [brand.id]
    assert "Dee Marlow" in client.get(page).text


def test_a_name_is_taken_once(sign_in, fill):
    client = sign_in(builders.operator())
    for status in (302, 409):
        answer = fill(client, "/desk/brands", "/desk/brands", name="Kiln & Kin", about="Stoneware.")
        assert answer.status_code == status


def test_an_applicant_is_no_admin(sign_in, fill):
    people.applicant("Cho Min-seo")
    client = sign_in(builders.operator())
    page = fill(client, "/desk/brands", "/desk/brands", name="Kiln & Kin", about="Stoneware.").location
    assert fill(client, page, "/admins", email="cho@ninefold.test").status_code == 409


def test_others_make_none(app, sign_in):
    dee = people.brand_admin()
    with pytest.raises(Forbidden), work():
        brands.make(viewer(dee), "Another", "By herself.")
    assert sign_in(dee).get("/desk/brands").status_code == 404


def test_who_leaves_is_no_admin_any_more(app):
    dee = people.brand_admin()
    with work():
        fees.take_back(dee)
    assert roles.held(dee) == []
