"""Backers at their brand's desk: who promised what, and not a word more than the brand needs."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from sqlalchemy import select

from crowdfund import backers
from crowdfund.pledges import Pledge
from kernel import clock, db
from tests import builders
from tests.crowdfund import stage
from tests.shop import goods

pytestmark = pytest.mark.usefixtures("app")


def text(answer) -> str:
    return answer.get_data(as_text=True)


def sheet(client, campaign_id: int) -> list[dict[str, str]]:
    answer = client.get(f"/desk/campaigns/{campaign_id}/backers.csv")
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(text(answer).removeprefix("\ufeff"))))


def test_an_address_comes_with_the_payment_and_not_before(sign_in, travel):
    kiln, ann = stage.campaign(), builders.engaged("Ann Adams")
    stage.pledge(ann, kiln, 12_000, stage.bowl(kiln).id)
    dee = sign_in(goods.admin())
    page, (row,) = text(dee.get(f"/desk/campaigns/{kiln}/backers")), sheet(dee, kiln)
    assert "Rua das Flores" not in page
    assert "Adams" not in page
    assert (row["First name"], row["Amount"], row["Post"], row["Street"]) == ("Ann", "120.00", "6.00", "")
    stage.settle(kiln, travel, hours=1)
    assert "Rua das Flores 118" in text(dee.get(f"/desk/campaigns/{kiln}/backers"))
    (row,) = sheet(dee, kiln)
    assert (row["Recipient"], row["Country"], row["State"]) == ("Ann Adams", "PT", "Paid")


def test_begun_pledges_are_nobodys_business_yet(sign_in):
    kiln = stage.campaign()
    stage.begin(builders.engaged("Ann Adams"), kiln)
    dee = sign_in(goods.admin())
    assert "No pledges yet" in text(dee.get(f"/desk/campaigns/{kiln}/backers"))
    assert sheet(dee, kiln) == []


def test_a_name_that_is_a_formula_is_text_in_the_file(sign_in, travel):
    kiln, ann = stage.campaign(), builders.engaged("Ann Adams")
    with builders.work():
        wanted = stage.wish(12_000, stage.bowl(kiln).id, recipient="=HYPERLINK(1)", street="+1", town="@SUM(A1)")
        number = stage.making.begin(builders.viewer(ann), kiln, wanted, builders.key())
    stage.save(number)
    stage.settle(kiln, travel, hours=1)
    (row,) = sheet(sign_in(goods.admin()), kiln)
    assert (row["Recipient"], row["Street"], row["Town"]) == ("'=HYPERLINK(1)", "'+1", "'@SUM(A1)")


def test_only_the_brands_admins_see_its_backers(sign_in, visitor):
    kiln = stage.campaign()
    others = [
        sign_in(goods.admin("Tea")),
        sign_in(builders.operator()),
        sign_in(builders.engaged("Ann Adams")),
        visitor,
    ]
    for other in others:
        for path in ("backers", "backers.csv"):
            assert other.get(f"/desk/campaigns/{kiln}/{path}").status_code == 404
    assert sign_in(goods.admin()).get("/desk/campaigns/999/backers").status_code == 404


def test_pledges_are_found_by_state_and_reward(sign_in):
    kiln = stage.campaign()
    cup = stage.tier(kiln)
    ann, ben = builders.engaged("Ann Adams"), builders.engaged("Ben Brown")
    stage.pledge(ann, kiln, 2_500, cup)
    stage.cancel(ben, stage.pledge(ben, kiln))
    dee, at = sign_in(goods.admin()), f"/desk/campaigns/{kiln}/backers"
    assert {"Ann", "Ben"} == {name for name in ("Ann", "Ben") if f'<th scope="row">{name}' in text(dee.get(at))}
    for query, here, gone in (
        ("state=pledged", "Ann", "Ben"),
        (f"reward={cup}", "Ann", "Ben"),
        ("reward=none", "Ben", "Ann"),
    ):
        said = text(dee.get(f"{at}?{query}"))
        assert f'<th scope="row">{here}' in said, query
        assert f'<th scope="row">{gone}' not in said, query
    for wrong in (
        "state=x",
        "reward=-1",
        "before=x",
        "before=9-99999999999999999999",
        "before=%00",
        "reward=1&reward=2",
    ):
        assert dee.get(f"{at}?{wrong}").status_code == 200


@pytest.mark.db
def test_every_pledge_stands_on_one_page_and_in_the_file_once(sign_in, queries):
    kiln = stage.campaign()
    stage.repeat(stage.pledge(builders.engaged("Ann Adams"), kiln), 120)
    dee, path, seen = sign_in(goods.admin()), f"/desk/campaigns/{kiln}/backers", []
    while path:
        with queries() as asked:
            said = text(dee.get(path))
        assert len(asked) <= 6, asked
        seen += [line.split(" · ")[0] for line in said.split('<span class="sub">')[1:] if line[8:9] == "<"]
        older = [part for part in said.split('href="') if 'rel="next"' in part.split(">")[0]]
        path = older[0].split('"')[0].replace("&amp;", "&") if older else ""
    numbers = set(db.session.scalars(select(Pledge.number)))
    found = [line[:8] for line in seen]
    assert sorted(found) == sorted(numbers)
    assert sorted(row["Number"] for row in sheet(dee, kiln)) == sorted(numbers)


@pytest.mark.db
def test_what_was_pledged_stands_on_its_day(travel):
    kiln, start = stage.campaign(), clock.now()
    stage.pledge(builders.engaged("Ann Adams"), kiln, 3_000)
    ben = builders.engaged("Ben Brown")
    travel(days=2)
    stage.pledge(ben, kiln, 2_000)
    midnight = start.replace(hour=0)
    starts = [midnight + timedelta(days=n) for n in range(4)]
    assert backers.by_day(kiln, starts) == [3_000, 0, 2_000, 0]
    assert backers.by_day(kiln, starts[:1]) == [5_000]
