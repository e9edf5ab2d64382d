"""Pictures of campaigns: taken in by the brand, seen by whoever sees the campaign, and nothing else in a story."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from crowdfund import pictures
from crowdfund.campaigns import writing
from kernel import db, texts
from kernel.errors import Conflict, Invalid, NotFound, WrongKind
from kernel.pictures import Upload
from tests import builders
from tests.crowdfund import drafts


def file(size: tuple[int, int] = (60, 40)) -> io.BytesIO:
    made = io.BytesIO()
    Image.new("RGB", size, "navy").save(made, "PNG")
    made.seek(0)
    return made


def add(campaign: int, brand: str = "Kiln") -> str:
    with builders.work():
        return pictures.add(drafts.author(brand), campaign, Upload(file(), "The old kiln"))


def test_a_picture_needs_words_and_has_to_be_one(app):
    campaign = drafts.draft()
    with builders.work(), pytest.raises(Invalid):
        pictures.add(drafts.author(), campaign, Upload(file(), " "))
    with builders.work(), pytest.raises(WrongKind):
        pictures.add(drafts.author(), campaign, Upload(io.BytesIO(b"<svg/>"), "A drawing"))
    assert pictures.of(campaign) == ()


def test_nobody_adds_pictures_to_another_brands_campaign(app):
    campaign = drafts.draft()
    with pytest.raises(NotFound):
        add(campaign, "Tea")


def test_a_campaign_holds_so_many_and_no_more(app, monkeypatch):
    campaign = drafts.draft()
    monkeypatch.setattr(pictures, "MOST", 2)
    add(campaign)
    add(campaign)
    with pytest.raises(Conflict):
        add(campaign)


@pytest.mark.db
def test_a_picture_is_seen_by_who_sees_its_campaign(app, sign_in, visitor):
    campaign = drafts.draft()
    number = add(campaign)
    address = f"/media/{number}/480.webp"
    member, admin, steward = builders.member("Ben Bauer"), builders.viewer(drafts.author().id).id, builders.steward()

    def seen() -> list[int]:
        db.session.rollback()
        people = (sign_in(admin), sign_in(steward), sign_in(member), visitor)
        return [person.get(address).status_code for person in people]

    assert seen() == [200, 404, 404, 404]
    with builders.work():
        writing.submit(drafts.author(), campaign)
    assert seen() == [200, 200, 404, 404]
    with builders.work():
        from crowdfund.campaigns import reviewing

        reviewing.approve(builders.viewer(steward), campaign)
    assert seen() == [200, 200, 200, 404]
    public = drafts.draft(title="For everybody", visibility="public")
    other = add(public)
    with builders.work():
        writing.submit(drafts.author(), public)
        reviewing.approve(builders.viewer(steward), public)
    assert visitor.get(f"/media/{other}/480.webp").status_code == 200


def test_a_story_shows_its_own_pictures_with_their_size(app):
    campaign = drafts.draft()
    number = add(campaign)
    html = texts.illustrated(f"Look:\n\n![At dusk]({number})", pictures.of(campaign))
    assert f'src="/media/{number}/1200.webp"' in html
    assert 'alt="At dusk"' in html
    assert 'loading="lazy"' in html
    assert 'width="' in html
    assert 'alt="The old kiln"' in texts.illustrated(f"![]({number})", pictures.of(campaign))


def test_a_picture_of_another_campaign_is_none_of_this_one(app):
    mine, other = drafts.draft(), drafts.draft(title="Another kiln")
    number = add(other)
    assert "<img" not in texts.illustrated(f"![x]({number})", pictures.of(mine))
    with builders.work():
        writing.save(drafts.author(), mine, 2, story=drafts.STORY + f"![x]({number})")
    with builders.work(), pytest.raises(Invalid, match="picture_unknown"):
        writing.submit(drafts.author(), mine)
    with builders.work(), pytest.raises(Invalid):
        writing.save(drafts.author(), mine, 3, cover_number=number)
