"""Settlement at the desk: who sees how far the money is, who calls a campaign off, who says that all is sent."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from kernel import db
from kernel.audits import Audit
from tests import builders
from tests.crowdfund import stage
from tests.shop import goods

pytestmark = pytest.mark.usefixtures("app")


def text(answer) -> str:
    return answer.get_data(as_text=True)


def at(campaign_id: int, page: str = "settlement") -> str:
    return f"/desk/campaigns/{campaign_id}/{page}"


def test_operators_see_every_settlement_admins_their_own_and_nobody_else_any(sign_in, visitor):
    kiln = stage.campaign()
    dee, bea, ola = sign_in(goods.admin()), sign_in(goods.admin("Tea")), sign_in(builders.operator())
    ann = sign_in(builders.engaged("Ann Adams"))
    for path in (at(kiln), at(kiln, "errored")):
        assert [client.get(path).status_code for client in (dee, ola, bea, ann, visitor)] == [200, 200, 404, 404, 404]
    assert "A second kiln" in text(ola.get("/desk/settlements"))
    assert "A second kiln" in text(dee.get("/desk/settlements"))
    assert "A second kiln" not in text(bea.get("/desk/settlements"))
    assert ann.get("/desk/settlements").status_code == 404
    assert "/sign-in" in visitor.get("/desk/settlements").headers["Location"]
    assert ola.get(at(999)).status_code == 404


def test_a_refused_card_stands_with_its_next_try_and_without_the_banks_reason_for_the_brand(sign_in, travel):
    kiln, ann = stage.campaign(), builders.engaged("Ann Adams")
    stage.pledge(ann, kiln, 12_000, card=stage.DECLINES)
    stage.settle(kiln, travel, minutes=5)
    dee, ola = sign_in(goods.admin()), sign_in(builders.operator())
    assert "One card was refused" in text(dee.get(at(kiln)))
    said = text(dee.get(at(kiln, "errored")))
    assert "Ann" in said
    assert "Adams" not in said
    assert "declined" not in said
    assert "declined by the bank" in text(ola.get(at(kiln, "errored")))
    assert "Refused card" in text(dee.get("/desk"))
    assert "Refused card" not in text(ola.get("/desk"))


def test_a_campaign_that_is_decided_within_a_day_is_named_to_operators(sign_in, travel):
    kiln = stage.campaign()
    ola = sign_in(builders.operator())
    assert "decided within a day" not in text(ola.get("/desk"))
    ends_at = stage.row_of(kiln).ends_at
    assert ends_at is not None
    travel(to=ends_at - timedelta(hours=2))
    assert "Campaign decided within a day" in text(ola.get("/desk"))


def test_an_operator_calls_a_campaign_off_with_a_reason_and_sees_it_wound_down(sign_in, fill):
    kiln, ann = stage.campaign(), builders.engaged("Ann Adams")
    number = stage.pledge(ann, kiln)
    ola, dee = sign_in(builders.operator()), sign_in(goods.admin())
    assert "call-off" not in text(dee.get(at(kiln)))
    assert fill(ola, at(kiln), "call-off", why="No").status_code == 422
    assert fill(ola, at(kiln), "call-off", why="The brand has closed.").status_code == 303
    working = text(ola.get(at(kiln)))
    assert 'hx-trigger="every 3s"' in working
    assert "1 pledge is being released" in working
    builders.drain()
    over = text(ola.get(at(kiln)))
    assert "Everything is released or given back" in over
    assert "hx-trigger" not in over
    assert stage.state(number) == "released"
    assert "The brand has closed." in text(sign_in(ann).get(f"/pledges/{number}"))
    assert db.session.scalar(select(Audit.why).where(Audit.act == "crowdfund.cancel")) == "The brand has closed."


def test_only_an_operator_calls_off_and_only_the_brand_says_that_all_is_sent(sign_in, travel):
    kiln, ann = stage.campaign(), builders.engaged("Ann Adams")
    number = stage.pledge(ann, kiln, 12_000, stage.bowl(kiln).id)
    bob = builders.engaged("Bob Brown")
    thanks_only = stage.pledge(bob, kiln)
    stage.settle(kiln, travel, days=1)
    dee, ola, bea = sign_in(goods.admin()), sign_in(builders.operator()), sign_in(goods.admin("Tea"))
    token = {name: _token(client, kiln) for name, client in (("dee", dee), ("ola", ola))}
    assert dee.post(at(kiln, "cancellation"), data={**token["dee"], "why": "I am tired of it."}).status_code == 404
    assert ola.post(at(kiln, "fulfilment"), data=token["ola"]).status_code == 404
    assert bea.post(at(kiln, "fulfilment"), data=token["ola"]).status_code == 400
    page = text(dee.get(at(kiln)))
    assert "Is owed from" in page
    assert "For the brand, less the commission" in page
    assert dee.post(at(kiln, "fulfilment"), data=token["dee"]).status_code == 303
    builders.drain()
    assert stage.row_of(kiln).state == "fulfilled"
    assert "has delivered the reward" in text(sign_in(ann).get(f"/pledges/{number}"))
    assert "has delivered" not in text(sign_in(bob).get(f"/pledges/{thanks_only}"))
    assert dee.post(at(kiln, "fulfilment"), data=token["dee"]).status_code == 409


def _token(client, campaign_id: int) -> dict[str, str]:
    page = text(client.get(at(campaign_id)))
    return {"csrf_token": page.split('name="csrf_token" value="')[1].split('"')[0]}


def test_the_pages_of_settlement_ask_six_things(sign_in, travel, queries):
    kiln = stage.campaign()
    for name in ("Ann Adams", "Ben Brown"):
        stage.pledge(builders.engaged(name), kiln, 12_000, card=stage.DECLINES)
    stage.settle(kiln, travel, minutes=5)
    for client in (sign_in(goods.admin()), sign_in(builders.operator())):
        for path in ("/desk/settlements", at(kiln), at(kiln, "errored"), "/desk"):
            with queries() as seen:
                assert client.get(path).status_code == 200
            assert len(seen) <= 6, (path, len(seen), seen)
