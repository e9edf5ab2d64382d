"""Ways round a campaign's rules: an address that was guessed, a tab from before, a role that came later."""

from __future__ import annotations

import pytest
from sqlalchemy import delete

from community.earning.milestones import Unlock
from community.joining import brands
from crowdfund import pictures, questions, updates
from kernel import db
from kernel.errors import Forbidden
from kernel.pictures import Upload
from tests import builders, people
from tests.crowdfund import drafts, stage
from tests.crowdfund.test_pictures import file
from tests.security import town
from tests.security.forms_table import ADDRESS, WORDS
from tests.security.town import Keys
from tests.shop import goods


@pytest.fixture
def keys(app) -> Keys:
    return Keys(app)


def slug(campaign_id: int) -> str:
    return drafts.row(campaign_id).slug


def lock(member_id: int) -> None:
    """Take the milestone away, as a lost one is."""
    with builders.work():
        db.session.execute(delete(Unlock).where(Unlock.member_id == member_id))


def wish(keys: Keys, amount: str = "50") -> dict[str, str]:
    said = {"csrf_token": keys.token, "key": builders.key(), "reward": "none", "amount": amount}
    return {**ADDRESS, **said, "shipping_minor": "0", "wording_version": "1", "was": ""}


def test_a_public_campaigns_pledge_form_is_shut_with_a_reason_to_whoever_is_no_member(keys):
    page = f"/campaigns/{slug(stage.campaign(visibility='public'))}/pledge"
    ann = builders.engaged("Ann Adams")
    builders.suspend(ann)
    for who in (people.applicant(), ann):
        client = keys.client(builders.viewer(who))
        assert client.get(page).status_code == 403
        assert client.post(page, data=wish(keys)).status_code == 403
        assert client.post(page + "/sum", data=wish(keys)).status_code == 403
    assert keys.client(None).get(page).status_code == 302


@pytest.mark.parametrize("how", ["lost", "suspended"])
def test_a_tab_from_before_the_lock_neither_pledges_nor_changes(keys, how):
    kiln, other, ann = stage.campaign(), stage.campaign(title="A wheel"), builders.engaged("Ann Adams")
    number = stage.pledge(ann, kiln)
    (builders.suspend if how == "suspended" else lock)(ann)
    client, before = keys.client(builders.viewer(ann)), town.rows()
    for path in (f"/campaigns/{slug(other)}/pledge", f"/campaigns/{slug(other)}/pledge/sum", f"/pledges/{number}"):
        assert client.post(path, data=wish(keys, "70")).status_code == 403, path
    assert town.differing(before) == []
    assert client.post(f"/pledges/{number}/cancellation", data={"csrf_token": keys.token}).status_code == 303
    assert stage.state(number) == "cancelled"


def test_who_runs_a_campaign_since_the_pledge_may_lower_it_or_call_it_off_and_never_raise_it(keys):
    kiln, ann = stage.campaign(10_000), builders.engaged("Ann Adams")
    number = stage.pledge(ann, kiln, 5_000)
    with builders.work():
        brands.name_admin(builders.viewer(builders.operator()), drafts.row(kiln).brand_id, ann)
    with pytest.raises(Forbidden, match="own_brand"):
        stage.change(ann, number, 10_000)
    client = keys.client(builders.viewer(ann))
    assert client.post(f"/pledges/{number}", data=wish(keys, "100")).status_code == 403
    assert stage.sums(kiln) == (5_000, 0, 1, 1)
    assert client.post(f"/pledges/{number}", data=wish(keys, "40")).status_code == 303
    assert stage.sums(kiln) == (4_000, 0, 1, 1)
    stage.cancel(ann, number)
    assert stage.sums(kiln) == (0, 0, 0, 0)


def test_who_wrote_a_campaign_does_not_pledge_to_it_after_leaving_the_brand(keys):
    kiln, maker = stage.campaign(), builders.engaged(goods.ADMINS["Kiln"])
    assert drafts.row(kiln).author_id == maker
    with builders.work():
        builders.roles.dismiss(builders.viewer(builders.operator()), maker, "brand_admin", goods.brand("Kiln"))
    assert builders.viewer(maker).may("crowdfund.back")
    with pytest.raises(Forbidden, match="own_brand"):
        stage.begin(maker, kiln)
    page = f"/campaigns/{slug(kiln)}/pledge"
    client = keys.client(builders.viewer(maker))
    assert client.get(page).status_code == 403
    assert client.post(page, data=wish(keys)).status_code == 403
    assert stage.sums(kiln) == (0, 0, 0, 0)


def test_a_campaign_for_the_unlocked_does_not_exist_for_others_by_any_path(keys):
    kiln, maker = stage.campaign(title="Secret kiln", visibility="unlocked"), drafts.author()
    with builders.work():
        picture = pictures.add(maker, kiln, Upload(file(), "A secret"))
        updates.publish(maker, kiln, "Secret update", "It is a secret to all of you.", builders.key())
    ann, ben, eve = builders.engaged("Ann Adams"), builders.member("Ben Bauer"), builders.engaged("Eve Eastman")
    number = stage.pledge(ann, kiln)
    builders.suspend(eve)
    at, told = f"/campaigns/{slug(kiln)}", updates.of(kiln)[0].number
    rooms = ("texts", "updates", f"updates/{told}", "questions", "backers", "feed.atom", "pledge")
    reads = [at, *(f"{at}/{room}" for room in rooms), f"/media/{picture}/480.webp"]
    reads += [f"/pledges/{number}", f"/pledges/{number}/change"]
    posts = [f"{at}/pledge", f"{at}/pledge/sum", f"{at}/questions", f"/pledges/{number}", f"/pledges/{number}/card"]
    lists = ("/", "/campaigns", "/campaigns?sort=most", "/campaigns?sort=new", "/campaigns?show=ended", "/feed")
    before = town.rows()
    for who in (None, people.applicant("Cho Min-seo"), ben, eve):
        client = keys.client(builders.viewer(who) if who else None)
        for path in reads:
            answer = client.get(path)
            assert answer.status_code == 404 or (who is None and "/sign-in" in answer.headers["Location"]), (who, path)
            assert "Secret" not in answer.text, path
        for path in posts:
            answer = client.post(path, data={**wish(keys), "text": "What is this one about?"})
            assert answer.status_code == 404 or (who is None and answer.status_code == 302), (who, path)
            assert "Secret" not in answer.text, path
        for path in lists:
            assert "Secret" not in client.get(path).text, path
    assert keys.client(builders.viewer(ann)).get(at).status_code == 200
    assert [name for name in town.differing(before) if name.startswith(("crowdfund", "payments"))] == []


@pytest.mark.parametrize("when", ["0001-01-01T00:00", "1999-12-31T23:59", "9999-12-31T23:59"])
def test_a_draft_that_ends_in_another_century_is_told_so_and_still_has_a_preview(keys, when):
    draft, client = drafts.draft(), keys.client(drafts.author())
    said = {"csrf_token": keys.token, "key": "k", "version": str(drafts.row(draft).version), "ends_at": when}
    assert client.post(f"/desk/campaigns/{draft}", data=said).status_code == 422
    assert client.post(f"/desk/campaigns/{draft}/draft", data=said).status_code == 200
    assert client.get(f"/desk/campaigns/{draft}/preview").status_code == 200


def test_a_thing_of_another_campaign_is_not_found_under_this_one(keys):
    kiln, other, maker = stage.campaign(), stage.campaign(title="A wheel"), drafts.author()
    ben = builders.viewer(builders.member("Ben Bauer"))
    with builders.work():
        told = updates.publish(maker, other, "We are open", "Come and see us on Saturday.", builders.key())
        asked = questions.ask(ben, other, "How high is it?", builders.key())
    bowl, client = stage.bowl(other).id, keys.client(maker)
    paths = (f"rewards/{bowl}", f"rewards/{bowl}/removal", f"rewards/{bowl}/places", f"updates/{told}")
    words = {"count": "3", "answer": "Two metres.", "title": "We are open", "body": WORDS, "version": "1"}
    before = town.rows()
    for path in (*paths, f"questions/{asked}"):
        data = {"csrf_token": keys.token, "key": "k", **words}
        assert client.post(f"/desk/campaigns/{kiln}/{path}", data=data).status_code == 404, path
    assert [client.get(f"/desk/campaigns/{one}/updates/{told}").status_code for one in (kiln, other)] == [404, 200]
    assert town.differing(before) == []


def test_an_applicant_reads_no_names_of_a_public_campaigns_backers(keys):
    kiln, ann = stage.campaign(visibility="public"), builders.engaged("Ann Adams")
    stage.pledge(ann, kiln)
    client = keys.client(builders.viewer(people.applicant()))
    assert client.get(f"/campaigns/{slug(kiln)}").status_code == 200
    assert client.get(f"/campaigns/{slug(kiln)}/backers").status_code == 404
