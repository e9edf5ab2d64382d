"""A campaign's page and the list: what each kind of person reads in each state, and what it never tells."""

from __future__ import annotations

import io
import json
import re
from datetime import timedelta

import pytest

from crowdfund import pictures, questions
from kernel import clock
from kernel.pictures import Upload
from tests import builders, people
from tests.community.test_introduction_pictures import file
from tests.crowdfund import drafts, stage
from tests.shop import goods

pytestmark = pytest.mark.usefixtures("app")
PAGE = "/campaigns/a-second-kiln"


def text(client, path: str = PAGE, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, (path, answer.status_code)
    return answer.get_data(as_text=True)


@pytest.fixture
def ann() -> int:
    return builders.engaged("Ann Adams")


@pytest.fixture
def kiln() -> int:
    return stage.campaign(visibility="public")


def test_the_list_shows_open_campaigns_with_what_is_pledged_and_how_long_they_run(visitor, kiln, ann):
    stage.pledge(ann, kiln, 5_500)
    said = text(visitor, "/campaigns")
    for words in ("A second kiln", "Kiln", "$55", "of $100, 55 per cent", "30 days left", "How to join"):
        assert words in said, words
    assert "<form" not in said
    assert text(visitor, "/campaigns?show=ended").count("Nothing has ended yet") == 1


@pytest.mark.parametrize("query", ["?sort=best", "?page=0", "?page=99999", "?show=all", "?sort=new&page=x"])
def test_the_list_takes_any_query_for_its_first_page(visitor, kiln, query):
    assert "A second kiln" in text(visitor, f"/campaigns{query}")


def test_an_empty_list_says_what_will_stand_there(visitor):
    assert "Nothing asks for backing now" in text(visitor, "/campaigns")


def test_the_landing_shows_public_campaigns_only(visitor, kiln):
    stage.campaign(title="Among us", visibility="members")
    said = text(visitor, "/")
    assert "A second kiln" in said
    assert "Among us" not in said


def test_a_visitor_reads_the_story_and_what_it_takes_and_learns_no_names(visitor, kiln, ann):
    stage.pledge(ann, kiln, reward_id=stage.bowl(kiln).id)
    said = text(visitor)
    for words in ("Backed among members", "One member backs this", "8 of 9 places left", "What could go wrong"):
        assert words in said, words
    for hidden in ("Dee Dyer", "Ann", "csrf_token", "/pledge?reward="):
        assert hidden not in said, hidden
    assert visitor.get(f"{PAGE}/backers").status_code in (302, 404)


def test_who_may_back_it_finds_a_button_at_each_reward_and_a_field_without_one(kiln, ann, sign_in):
    said = text(sign_in(ann))
    assert f"{PAGE}/pledge?reward={stage.bowl(kiln).id}" in said
    assert 'name="amount"' in said
    assert "Dee Dyer" in said


def test_a_locked_member_reads_what_is_missing_and_the_shortest_way(kiln, sign_in):
    said = text(sign_in(builders.member("Ben Brown")))
    assert "What is missing" in said
    assert "/pledge?reward=" not in said


def test_suspended_people_and_applicants_read_why_they_cannot_back_it(kiln, ann, sign_in):
    applicant = people.applicant()
    builders.suspend(ann)
    assert "Your membership is suspended" in text(sign_in(ann))
    assert "Your way in" in text(sign_in(applicant))


def test_the_brand_sees_that_it_is_theirs_and_nothing_to_press(kiln, sign_in):
    said = text(sign_in(goods.admin()))
    assert "This is yours" in said
    assert f"/desk/campaigns/{kiln}" in said
    assert "/pledge?reward=" not in said
    assert "ask-form" not in said


def test_a_backer_sees_the_own_pledge_instead_of_buttons(kiln, ann, sign_in):
    number = stage.pledge(ann, kiln, 5_000, stage.bowl(kiln).id)
    said = text(sign_in(ann))
    assert "You back this with" in said
    assert f"/pledges/{number}" in said
    assert "/pledge?reward=" not in said
    assert "<small>A bowl</small>" in said


def test_time_is_told_by_the_servers_clock_and_by_the_readers_zone(kiln, ann, sign_in):
    row = stage.row_of(kiln)
    with clock.frozen(row.ends_at - timedelta(days=2, hours=3, minutes=7)):
        said = text(sign_in(ann))
    assert f'data-count-left="{(2 * 24 * 60 + 3 * 60 + 7) * 60}"' in said
    assert "Ends" in said
    assert row.ends_at.isoformat(timespec="minutes") in said


def test_after_the_end_the_page_says_that_cards_are_still_being_saved(kiln, ann, sign_in):
    client = sign_in(ann)
    with clock.frozen(stage.row_of(kiln).ends_at):
        said = text(client)
    assert "Settling begins" in said
    assert "/pledge?reward=" not in said
    assert "backbar" not in said


def test_a_funded_campaign_shows_pledged_and_collected_and_when_cards_are_tried(ann, sign_in, travel):
    ben = builders.engaged("Ben Brown")
    kiln = stage.campaign(days=2)
    stage.pledge(ann, kiln, 9_000)
    stage.pledge(ben, kiln, 3_000, card=stage.DECLINES)
    stage.settle(kiln, travel, minutes=5)
    said = text(sign_in(ann))
    for words in ("Cards are being charged", "Collected: $90", "Each card is tried on", "You paid"):
        assert words in said, words
    assert "Your card was refused" in text(sign_in(ben))
    travel(days=8)
    said = text(sign_in(ann))
    assert "Funded" in said
    assert "Collected: $90" in said


def test_a_failed_campaign_says_that_nobody_was_charged(ann, sign_in, travel):
    kiln = stage.campaign(days=2)
    stage.pledge(ann, kiln, 1_000)
    stage.settle(kiln, travel, minutes=5)
    said = text(sign_in(ann))
    assert "Not reached" in said
    assert "Nobody was charged" in said
    assert "$10" in said


def test_too_little_collected_is_given_back_and_said_so(ann, sign_in, travel):
    kiln = stage.campaign(days=2)
    stage.pledge(ann, kiln, 7_000)
    stage.pledge(builders.engaged("Ben Brown"), kiln, 4_000, card=stage.DECLINES)
    stage.settle(kiln, travel, days=8)
    assert "Given back" in text(sign_in(ann))


def test_a_cancelled_campaign_says_why(kiln, visitor, worker):
    stage.call_off(kiln, "The landlord has sold the yard.")
    worker.drain()
    said = text(visitor)
    assert "Called off" in said
    assert "The landlord has sold the yard." in said
    assert "Nobody was charged" in said


def test_a_preview_is_the_same_page_for_its_writer_alone(app, sign_in):
    from crowdfund.web.campaigns import page

    campaign = drafts.draft(title="Not yet", ends_at=None, plate="", alt="")
    with app.test_request_context("/desk"):
        said = page(drafts.author(), drafts.row(campaign), preview=True)
    assert "nobody else sees this" in said
    assert "Not yet" in said
    assert "The last day is not set yet" in said
    assert sign_in(builders.engaged("Ann Adams")).get("/campaigns/not-yet").status_code == 404


def test_a_story_shows_its_own_pictures_and_never_what_was_typed_as_html(kiln, ann, sign_in):
    maker = drafts.author()
    campaign = drafts.draft(title="Drawn")
    with builders.work():
        number = pictures.add(maker, campaign, Upload(io.BytesIO(file()), "The yard"))
    from crowdfund.campaigns import reviewing, writing

    story = f"{drafts.STORY}\n\n![The yard]({number})\n\n<script>alert(1)</script>"
    with builders.work():
        writing.save(maker, campaign, drafts.row(campaign).version, story=story)
        writing.submit(maker, campaign)
    with builders.work():
        reviewing.approve(builders.viewer(builders.steward()), campaign)
    said = text(sign_in(ann), "/campaigns/drawn")
    assert f"/media/{number}/" in said
    assert "<script>alert" not in said


def test_search_engines_are_told_of_public_campaigns_only(kiln, visitor, ann, sign_in):
    found = re.search(r'<script type="application/ld\+json">(.+?)</script>', text(visitor))
    assert found
    words = json.loads(found[1])
    assert (words["@type"], words["mainEntity"]["@type"]) == ("WebPage", "Project")
    assert words["expires"].startswith(stage.row_of(kiln).ends_at.isoformat(timespec="minutes")[:16])
    stage.campaign(title="Among us", visibility="members")
    said = text(sign_in(ann), "/campaigns/among-us")
    assert "ld+json" not in said
    assert "feed.atom" not in said


def test_a_question_is_seen_by_its_asker_and_by_all_once_it_is_answered(kiln, ann, sign_in, fill, visitor):
    client, ben = sign_in(ann), sign_in(builders.member("Ben Brown"))
    answer = fill(client, PAGE, "ask-form", text="Is the indigo grown or made?")
    assert answer.status_code == 302
    assert "It waits for its answer" in text(client)
    assert "Is the indigo" not in text(ben)
    asked = questions.of(kiln)[0][0]
    with builders.work():
        questions.answer(drafts.author(), asked.id, "Grown, by two sisters.")
    assert "Asked by Ann Adams" in text(ben)
    for path in (PAGE, f"{PAGE}/questions"):
        said = text(visitor, path)
        assert "Grown, by two sisters." in said
        assert "Ann" not in said


def test_a_question_that_is_too_short_stays_typed(kiln, ann, sign_in, fill):
    answer = fill(sign_in(ann), PAGE, "ask-form", text="Why?")
    assert answer.status_code == 422
    assert ">Why?</textarea>" in answer.get_data(as_text=True).replace("\r", "").replace("\n", "")


def test_backers_are_read_a_page_at_a_time_by_members(kiln, ann, sign_in):
    stage.pledge(ann, kiln)
    ben = sign_in(builders.member("Ben Brown"))
    assert "<span>Ann<small>Thanks only</small></span>" in text(ben, f"{PAGE}/backers")
    assert "Adams" not in text(ben, f"{PAGE}/backers")
    for query in ("?before=1", "?before=x", "?before=999999999999999999"):
        assert ben.get(f"{PAGE}/backers{query}").status_code == 200


def test_what_a_campaign_said_before_stays_to_be_read(kiln, visitor):
    from crowdfund.campaigns import editing

    assert "Read what stood here before" not in text(visitor)
    with builders.work():
        editing.edit_texts(drafts.author(), kiln, drafts.row(kiln).version, title="A kiln for all", story="New. " * 60)
    said = text(visitor)
    assert "A kiln for all" in said
    assert "Read what stood here before" in said
    former = text(visitor, f"{PAGE}/texts")
    assert "<h1>A second kiln</h1>" in former
    assert "Forty bowls a firing" in former
    assert "<h1>A kiln for all</h1>" in text(visitor, f"{PAGE}/texts?version=2")
    assert visitor.get(f"{PAGE}/texts?version=9").status_code == 404
