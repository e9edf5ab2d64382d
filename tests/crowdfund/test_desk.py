"""The desk of campaigns through its pages: the editor, its rewards and pictures, the queue, updates and questions."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import pytest
from PIL import Image
from sqlalchemy import update

from community.joining.members import Member
from crowdfund import questions, rewards, updates
from crowdfund.campaigns import reviewing, writing
from crowdfund.desk.campaigns.reviewing import waiting
from kernel import clock, db
from tests import builders
from tests.crowdfund import drafts
from tests.filling import forms_of
from tests.shop import goods


@pytest.fixture
def admin(app, sign_in):
    """The admin of Kiln at the desk."""
    return sign_in(goods.admin("Kiln"))


def at(campaign: int, rest: str = "") -> str:
    return f"/desk/campaigns/{campaign}{rest}"


def typed(client, campaign: int, **values):
    """The editor's form as a browser would send it, with other values."""
    page = client.get(at(campaign)).get_data(as_text=True)
    fields = next(form["fields"] for form in forms_of(page) if form["id"] == "editor")
    assert set(values) <= set(fields), set(values) - set(fields)
    return {name: value for name, value in {**fields, **values}.items() if value is not None}


def test_a_campaign_is_written_and_handed_in_through_its_pages(admin, fill):
    answer = fill(admin, "/desk/campaigns/new", "/desk/campaigns$", title="A second kiln")
    assert answer.status_code == 303
    campaign = int(answer.location.rsplit("/", 1)[1])
    said = {
        **{"dek": "So that nobody waits.", "story": drafts.STORY, "risks": drafts.RISKS, "goal": "10,000.00"},
        **{"what_0": "Bricks", "cost_0": "9000", "what_3": "Building", "cost_3": "1000"},
        **{"ends_at": "2026-12-20T18:00", "plate": "kiln", "alt": "A kiln"},
    }
    assert fill(admin, at(campaign), "editor", **said).status_code == 303
    assert fill(admin, at(campaign), "/rewards$", title="A bowl", price="48", estimated_on="2027-05").status_code == 303
    row = drafts.row(campaign)
    assert (row.goal_minor, row.budget) == (1_000_000, [["Bricks", 900_000], ["Building", 100_000]])
    assert rewards.of(campaign)[0].price_minor == 4_800
    page = admin.get(at(campaign)).get_data(as_text=True)
    assert "It lacks nothing" in page
    answer = admin.post(at(campaign, "/submission"), data=typed(admin, campaign, title="A second, larger kiln"))
    assert answer.status_code == 303
    assert (drafts.row(campaign).state, drafts.row(campaign).title) == ("review", "A second, larger kiln")
    assert "reads it now" in admin.get(at(campaign)).get_data(as_text=True)
    assert fill(admin, at(campaign), "/withdrawal").status_code == 303
    assert drafts.row(campaign).state == "draft"


def test_local_times_are_those_of_the_writer(app, sign_in, fill):
    campaign, admin = drafts.draft(), goods.admin("Kiln")
    with builders.work():
        db.changed(update(Member).where(Member.id == admin).values(timezone="Asia/Shanghai"))
    client = sign_in(admin)
    fill(client, at(campaign), "editor", ends_at="2026-12-20T18:00")
    assert drafts.row(campaign).ends_at.isoformat() == "2026-12-20T10:00:00+00:00"
    assert 'value="2026-12-20T18:00"' in client.get(at(campaign)).get_data(as_text=True)


def test_everything_that_is_missing_is_told_at_once_and_nothing_typed_is_lost(admin):
    campaign = drafts.draft()
    answer = admin.post(
        at(campaign, "/submission"), data=typed(admin, campaign, dek="", risks="None.", alt="", goal="12")
    )
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    for field in ("dek", "risks", "budget", "alt"):
        assert f'href="#{field}"' in page, field
    assert "None.</textarea>" in page
    assert drafts.row(campaign).state == "draft"


def test_a_wrong_amount_is_told_beside_its_field_and_stays(admin, fill):
    campaign = drafts.draft()
    answer = fill(admin, at(campaign), "editor", goal="a lot", title="New words")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'value="a lot"' in page
    assert "New words" in page
    assert drafts.row(campaign).title == "A second kiln"


def test_a_draft_saves_itself_and_says_when(admin):
    campaign = drafts.draft()
    answer = admin.post(at(campaign, "/draft"), data=typed(admin, campaign, story="So far", goal="half a"))
    assert answer.status_code == 200
    assert answer.json["version"] == 3
    assert answer.json["said"].startswith("Saved ")
    assert "except: Goal" in answer.json["said"]
    row = drafts.row(campaign)
    assert (row.story, row.goal_minor) == ("So far", 1_000_000)


def test_what_was_saved_elsewhere_is_not_overwritten_unasked(admin):
    campaign = drafts.draft()
    stale = typed(admin, campaign, dek="From the sofa")
    with builders.work():
        writing.save(drafts.author(), campaign, 2, dek="From the workshop")
    assert admin.post(at(campaign, "/draft"), data=stale).status_code == 409
    answer = admin.post(at(campaign), data=stale)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "saved elsewhere" in page
    assert "From the sofa" in page
    assert drafts.row(campaign).dek == "From the workshop"
    again = next(form["fields"] for form in forms_of(page) if form["id"] == "editor")
    again = {name: value for name, value in again.items() if value is not None}
    assert admin.post(at(campaign), data=again).status_code == 303
    assert drafts.row(campaign).dek == "From the sofa"


def test_the_preview_is_for_the_brand_and_for_who_judges(app, sign_in, admin):
    campaign = drafts.draft()
    assert "A second kiln" in admin.get(at(campaign, "/preview")).get_data(as_text=True)
    steward = sign_in(builders.steward())
    assert steward.get(at(campaign, "/preview")).status_code == 404
    with builders.work():
        writing.submit(drafts.author(), campaign)
    assert steward.get(at(campaign, "/preview")).status_code == 200
    assert sign_in(goods.admin("Tea")).get(at(campaign, "/preview")).status_code == 404


def test_an_approver_reads_approves_and_the_campaign_lives(app, sign_in, fill):
    campaign, steward = drafts.submitted(), sign_in(builders.steward())
    assert "Campaign to judge" in steward.get("/desk").get_data(as_text=True)
    assert "A second kiln" in steward.get("/desk/campaigns/reviews").get_data(as_text=True)
    rail = re.search(r'<a href="([^"]+)" aria-current="page">', steward.get(at(campaign, "/review")).text)
    assert rail is not None
    assert rail.group(1) == "/desk/campaigns/reviews"
    assert fill(steward, at(campaign, "/review"), "/approval$").status_code == 303
    assert drafts.row(campaign).state == "live"


def test_an_approver_sends_back_with_the_reason_that_the_brand_reads(app, sign_in, fill, admin):
    campaign, steward = drafts.submitted(), sign_in(builders.steward())
    assert fill(steward, at(campaign, "/review"), "/return$", why="").status_code == 422
    assert fill(steward, at(campaign, "/review"), "/return$", why="Where do the bricks come from?").status_code == 303
    assert "Where do the bricks come from?" in admin.get(at(campaign)).get_data(as_text=True)


def test_a_live_campaign_changes_its_words_in_public_and_nothing_else(admin, fill):
    campaign = drafts.approved()
    answer = fill(admin, at(campaign), "/texts$", risks=drafts.RISKS + "And the rain.")
    assert answer.status_code == 303
    assert drafts.row(campaign).text_version == 2
    assert fill(admin, at(campaign), "/texts$", cost_0="1").status_code == 422
    forged = {**typed(admin, campaign), "goal": "1", "visibility": "public", "plate": "", "ends_at": "2027-01-01T00:00"}
    assert admin.post(at(campaign), data=forged).status_code == 409
    assert drafts.row(campaign).goal_minor == 1_000_000


def test_rewards_are_added_changed_and_taken_away(admin, fill):
    campaign = drafts.draft()
    reward = rewards.of(campaign)[0].id
    page = at(campaign)
    assert fill(admin, page, f"/rewards/{reward}$", price="52.50", estimated_on="2027-05").status_code == 303
    db.session.rollback()
    assert rewards.get(reward).price_minor == 5_250
    refused = fill(admin, page, f"/rewards/{reward}$", price="0.10", places="many", estimated_on="2027-05")
    assert refused.status_code == 422
    assert 'value="many"' in refused.get_data(as_text=True)
    assert fill(admin, page, f"/rewards/{reward}/removal$").status_code == 303
    db.session.rollback()
    assert rewards.of(campaign) == []


def test_a_chosen_reward_shows_no_fields_but_more_places(admin, fill):
    campaign = drafts.approved()
    reward = rewards.of(campaign)[0].id
    with builders.work():
        rewards.take(reward)
    page = admin.get(at(campaign)).get_data(as_text=True)
    assert "it stays as it is" in page
    assert not [form for form in forms_of(page) if form["action"].endswith(f"/rewards/{reward}")]
    assert fill(admin, at(campaign), f"/rewards/{reward}/places$", count="3").status_code == 303
    assert rewards.get(reward).places == 12


def test_a_picture_is_taken_in_and_chosen_for_the_front(admin, fill):
    campaign = drafts.draft()
    file = io.BytesIO()
    Image.new("RGB", (60, 40), "navy").save(file, "PNG")
    file.seek(0)
    token = typed(admin, campaign)["csrf_token"]
    data = {"csrf_token": token, "alt_text": "The old kiln", "file": (file, "kiln.png")}
    answer = admin.post(at(campaign, "/pictures"), data=data)
    assert answer.status_code == 303
    page = admin.get(at(campaign)).get_data(as_text=True)
    number = page.split("![The old kiln](", 1)[1][:8]
    assert admin.post(at(campaign), data=typed(admin, campaign, plate=f"own:{number}")).status_code == 303
    assert drafts.row(campaign).cover_number == number
    assert admin.post(at(campaign, "/pictures"), data={"csrf_token": token, "alt_text": "x"}).status_code == 422


def test_an_update_is_published_and_corrected(admin, fill):
    campaign = drafts.approved()
    said = {"title": "The bricks are here", "body": "Two tonnes of them, on Monday."}
    assert fill(admin, at(campaign, "/updates"), "/updates$", **said).status_code == 303
    published = updates.of(campaign)[0].id
    page = at(campaign, f"/updates/{published}")
    assert fill(admin, page, rf"/updates/{published}$", body="Two tonnes of them, on Tuesday.").status_code == 303
    assert "on Monday" in admin.get(page).get_data(as_text=True)


def test_a_question_waits_at_the_desk_until_it_is_answered(admin, fill):
    campaign = drafts.approved()
    with builders.work():
        questions.ask(builders.viewer(builders.engaged("Ann Adams")), campaign, "How hot does it get?", "k")
    assert "Question to answer" in admin.get("/desk").get_data(as_text=True)
    assert fill(admin, at(campaign, "/questions"), r"/questions/\d+$", answer="").status_code == 422
    assert fill(admin, at(campaign, "/questions"), r"/questions/\d+$", answer="1,280 degrees.").status_code == 303
    assert "Question to answer" not in admin.get("/desk").get_data(as_text=True)


@pytest.mark.parametrize("rest", ["", "/preview", "/updates", "/questions", "/review"])
def test_other_brands_and_members_find_nothing(app, sign_in, rest):
    campaign = drafts.draft()
    for person in (goods.admin("Tea"), builders.engaged("Ann Adams")):
        assert sign_in(person).get(at(campaign, rest)).status_code == 404


def test_who_is_no_admin_any_more_is_out_at_once(app, sign_in):
    campaign, admin = drafts.draft(), goods.admin("Kiln")
    client = sign_in(admin)
    assert client.get(at(campaign)).status_code == 200
    with builders.work():
        builders.roles.dismiss(builders.viewer(builders.operator()), admin, "brand_admin", goods.brand("Kiln"))
    assert client.get(at(campaign)).status_code == 404
    assert client.get("/desk/campaigns").status_code == 404


def test_a_campaign_that_waited_for_three_days_is_late(app):
    drafts.submitted()
    with clock.frozen(clock.now() + timedelta(days=3)), app.test_request_context():
        assert [entry.late for entry in waiting(builders.viewer(builders.steward()))] == [True]
        assert reviewing.queue(builders.viewer(goods.admin("Kiln"))) == []
