"""Questions: asked by who sees the campaign, answered by its brand in front of all."""

from __future__ import annotations

import pytest

from crowdfund import questions
from kernel import db
from kernel.errors import Conflict, Forbidden, Invalid, NotFound
from tests import builders
from tests.crowdfund import drafts
from tests.shop import goods


def ask(member: int, campaign: int, text: str = "How hot does it get?", key: str | None = None) -> int:
    with builders.work():
        return questions.ask(builders.viewer(member), campaign, text, key or builders.key())


@pytest.mark.db
def test_a_question_reaches_the_brand_and_its_answer_the_asker(app):
    campaign, ben = drafts.approved(), builders.member("Ben Bauer")
    question = ask(ben, campaign)
    assert goods.mails("crowdfund/question_asked") == [builders.viewer(goods.admin("Kiln")).email]
    assert questions.answered(campaign) == []
    with builders.work():
        questions.answer(drafts.author(), question, "1,280 degrees.")
        questions.answer(drafts.author(), question, "1,290 degrees.")
    db.session.rollback()
    assert [(row.answer, name) for row, name in questions.answered(campaign)] == [("1,290 degrees.", "Ben Bauer")]
    assert goods.mails("crowdfund/question_answered") == [builders.viewer(ben).email]


@pytest.mark.db
def test_a_double_click_asks_once(app):
    campaign, ben = drafts.approved(), builders.member("Ben Bauer")
    assert ask(ben, campaign, key="k") == ask(ben, campaign, key="k")


def test_five_questions_of_a_member_may_wait(app):
    campaign, ben = drafts.approved(), builders.member("Ben Bauer")
    first, *_others = (ask(ben, campaign) for _n in range(5))
    with pytest.raises(Conflict, match="questions_full"):
        ask(ben, campaign)
    with builders.work():
        questions.answer(drafts.author(), first, "Yes.")
    ask(ben, campaign)


def test_who_may_not_know_of_a_campaign_cannot_ask_it(app):
    ben, hidden = builders.member("Ben Bauer"), drafts.approved(visibility="unlocked")
    draft = drafts.draft(title="Not yet")
    for campaign in (hidden, draft, 999):
        with pytest.raises(NotFound):
            ask(ben, campaign)


def test_a_suspended_member_reads_and_does_not_ask(app):
    campaign, eve = drafts.approved(), builders.engaged("Eve Eastman")
    builders.suspend(eve)
    with pytest.raises(Forbidden):
        ask(eve, campaign)


@pytest.mark.parametrize("text", ["", "   ", "x" * 601])
def test_a_question_has_its_length(app, text):
    campaign, ben = drafts.approved(), builders.member("Ben Bauer")
    with pytest.raises(Invalid):
        ask(ben, campaign, text)


def test_nobody_answers_for_another_brand(app):
    campaign, ben = drafts.approved(), builders.member("Ben Bauer")
    question = ask(ben, campaign)
    with builders.work(), pytest.raises(NotFound):
        questions.answer(drafts.author("Tea"), question, "Tea.")
    with builders.work(), pytest.raises(Invalid):
        questions.answer(drafts.author(), question, " ")
    assert [row.id for row in questions.unanswered([goods.brand("Kiln")])] == [question]
    assert questions.unanswered([goods.brand("Tea")]) == []
