"""A picture at the introduction and in the account: taken in, refused with a sentence, seen by members only."""

from __future__ import annotations

import io
import re
import struct
import zlib

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import func, select

from community.joining import members, memberships
from kernel import db, storage
from kernel.pictures import Picture
from tests import builders, people
from tests.builders import INTRODUCTION, work
from tests.filling import forms_of

PAGE, ACCOUNT = "/join/introduction", "/account/portrait"
ALT = 'Me at the wheel, "laughing"'


def file(size: tuple[int, int] = (900, 600), kind: str = "JPEG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(out, kind)
    return out.getvalue()


def bomb() -> bytes:
    """A PNG whose header claims 20,000 by 20,000."""
    head = b"IHDR" + struct.pack(">IIBBBBB", 20_000, 20_000, 8, 2, 0, 0, 0)
    whole = file((9, 9), "PNG")
    return whole[:12] + head + struct.pack(">I", zlib.crc32(head)) + whole[33:]


def send(
    client: FlaskClient, page: str, action: str, body: bytes | None = None, /, name: str = "me.jpg", **values: str
):
    """Fill the form of a page as a browser does, with a file."""
    form = next(form for form in forms_of(client.get(page).text) if form["action"] == action)
    data = {field: value for field, value in {**form["fields"], **values}.items() if value is not None}
    sent = {"picture": (io.BytesIO(body if body is not None else b""), name if body is not None else "")}
    return client.post(action, data={**data, **sent}, content_type="multipart/form-data")


def introduce(client: FlaskClient, body: bytes | None = None, /, **values: str):
    return send(client, PAGE, PAGE, body, **{"body": INTRODUCTION, "symbol": "mine", "alt": ALT, **values})


@pytest.fixture
def cho(sign_in) -> FlaskClient:
    """Somebody at the last step."""
    return sign_in(people.seated())


def own() -> str:
    """The number of the one picture there is."""
    db.session.rollback()
    return db.session.scalars(select(Picture.number)).one()


def addresses(html: str) -> set[str]:
    return set(re.findall(r"/media/[^\"' ]+", html))


def test_a_picture_of_ones_own_stands_in_the_feed_with_its_words(cho):
    assert introduce(cho, file()).location == "/"
    page, number = cho.get("/").text, own()
    assert addresses(page) == {f"/media/{number}/480.webp", f"/media/{number}/1200.webp"}
    assert 'alt="Me at the wheel, &#34;laughing&#34;"' in page
    assert 'width="900" height="600"' in page
    for width in (480, 900):
        answer = cho.get(f"/media/{number}/{480 if width == 480 else 1200}.webp")
        assert (answer.status_code, answer.mimetype) == (200, "image/webp")
        assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert Image.open(io.BytesIO(answer.data)).width == width


@pytest.mark.db
def test_the_row_its_owner_and_the_member_say_the_same(cho):
    introduce(cho, file())
    db.session.rollback()
    row, member = db.session.scalars(select(Picture)).one(), members.by_handle("cho")
    worn = (member.picture_number, member.picture_width, member.picture_height, member.picture_alt)
    assert worn == (row.number, row.width, row.height, row.alt) == (row.number, 900, 600, ALT)
    assert (row.owner_id, row.purpose, member.symbol, member.state) == (member.id, "portrait", None, "active")


def test_a_picture_that_was_sent_counts_though_nothing_was_ticked_and_a_sign_that_was_ticked_counts_more(cho, sign_in):
    assert introduce(cho, file(), symbol="").status_code == 302
    assert members.by_handle("cho").picture_number == own()
    assert introduce(sign_in(people.seated("Dan Brown")), file(), symbol="spot-pear").status_code == 302
    dan = members.by_handle("dan")
    assert (dan.symbol, dan.picture_number) == ("spot-pear", None)


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 415, "JPEG, PNG or WebP"),
        (b"I am text, whatever my name says", 415, "JPEG, PNG or WebP"),
        (file(kind="GIF"), 415, "JPEG, PNG or WebP"),
        (file()[:900], 415, "damaged"),
        (bomb(), 413, "40 megapixels"),
        (file() + b"\0" * 12 * 1024 * 1024, 413, "12 MB"),
        (None, 422, "Choose the file"),
    ],
)
def test_what_is_refused_is_told_beside_the_field_and_the_text_stays(cho, body, status, said):
    answer = introduce(cho, body, name="me.png")
    assert answer.status_code == status
    assert said in answer.text.split('id="picture-error"')[1]
    assert INTRODUCTION in answer.text
    assert "laughing" in answer.text
    db.session.rollback()
    assert members.by_handle("cho").state == "applicant"
    assert db.session.scalar(select(func.count(Picture.id))) == 0


@pytest.mark.parametrize("alt", ["", "  ", "x" * 201, "a\u202eb"])
def test_a_picture_needs_words(cho, alt):
    answer = introduce(cho, file(), alt=alt)
    assert answer.status_code == 422
    assert 'id="alt-error"' in answer.text
    assert members.by_handle("cho").state == "applicant"


def test_more_than_a_request_may_hold_is_refused_with_a_sentence(cho):
    answer = introduce(cho, b"\xff\xd8" + b"\0" * 14 * 1024 * 1024)
    assert answer.status_code == 413
    assert "12 MB" in answer.text


def test_a_file_in_a_field_for_text_and_text_in_a_field_for_a_file_are_refused(cho):
    form = next(form for form in forms_of(cho.get(PAGE).text) if form["action"] == PAGE)["fields"]
    as_text = {**form, "body": INTRODUCTION, "symbol": "mine", "alt": ALT, "picture": "me.jpg"}
    assert cho.post(PAGE, data=as_text).status_code == 422
    as_file = {**form, "body": (io.BytesIO(file()), "body.jpg"), "symbol": ""}
    assert cho.post(PAGE, data=as_file, content_type="multipart/form-data").status_code == 422


def test_the_name_of_a_file_goes_nowhere(cho):
    introduce(cho, file(), name="../../../../etc/passwd\\..\\x.jpg")
    assert storage.path(own(), "480.webp").is_file()
    assert "passwd" not in cho.get("/").text


def test_members_and_who_has_a_seat_there_see_it_and_nobody_else(cho, visitor, sign_in):
    introduce(cho, file())
    path = f"/media/{own()}/480.webp"
    ben, eve, elsewhere = builders.member("Ben Bauer"), builders.member("Eve Eastman"), builders.cell("Hill")
    builders.suspend(eve)
    assert visitor.get(path).status_code == 404
    assert sign_in(people.applicant("Nia New")).get(path).status_code == 404
    assert sign_in(people.seated("Hal Hill", elsewhere)).get(path).status_code == 404
    for insider in (ben, eve, people.seated("Sam Seated")):
        assert sign_in(insider).get(path).status_code == 200
    with work():
        memberships.leave(ben, None)
    assert sign_in(ben).get(path).status_code == 404


@pytest.mark.parametrize("path", [
    "/media/{n}/481.webp", "/media/{n}/1200.png", "/media/{n}/480.webp/", "/media/{n}", "/media/{n}/", "/media/",
    "/media/../{n}/480.webp", "/media/{n}/../../ninefold.db", "/media/%2e%2e/480.webp", "/media/{n}/480.webp%00.png",
    "/media/{N}/480.webp", "/media/{n}{n}/480.webp", "/media/22222222/480.webp", "/media/{n}-480.webp",
])  # fmt: skip
def test_tricks_with_the_address_find_nothing(cho, path):
    introduce(cho, file())
    assert cho.get(path.format(n=own(), N=own().upper() + "A")).status_code == 404


def test_a_row_without_its_file_is_not_found(cho):
    introduce(cho, file())
    storage.path(own(), "480.webp").unlink()
    assert cho.get(f"/media/{own()}/480.webp").status_code == 404


def test_a_public_introduction_shows_strangers_initials(cho, visitor, fill):
    introduce(cho, file())
    number = re.search(r'id="post-(\w{8})"', cho.get("/").text)[1]
    fill(cho, f"/posts/{number}", "/visibility", public="1")
    builders.comment(members.by_handle("cho").id, number)
    page = visitor.get(f"/posts/{number}")
    assert page.status_code == 200
    assert INTRODUCTION in page.text
    assert addresses(page.text) == set()
    assert "initials" in page.text
    assert addresses(cho.get(f"/posts/{number}").text)


def test_a_member_changes_the_picture_in_the_account_and_the_old_one_is_gone_for_others(cho, sign_in):
    introduce(cho, file())
    first, ben = own(), sign_in(builders.member("Ben Bauer"))
    assert send(cho, "/account", ACCOUNT).status_code == 302  # saved as it is: the picture stays
    assert members.by_handle("cho").picture_number == first
    assert send(cho, "/account", ACCOUNT, file((300, 300)), symbol="mine", alt="Only my hands").status_code == 302
    db.session.rollback()
    second = members.by_handle("cho").picture_number
    assert ben.get(f"/media/{second}/480.webp").status_code == 200
    assert ben.get(f"/media/{first}/480.webp").status_code == 404
    assert cho.get(f"/media/{first}/480.webp").status_code == 200
    for symbol in ("spot-kite", ""):
        assert send(cho, "/account", ACCOUNT, symbol=symbol).status_code == 302
        db.session.rollback()
        member = members.by_handle("cho")
        assert (member.symbol, member.picture_number, member.picture_alt) == (symbol or None, None, None)
    assert ben.get(f"/media/{second}/480.webp").status_code == 404


def test_what_is_wrong_in_the_account_is_said_there(cho, sign_in):
    introduce(cho, symbol="")
    assert send(cho, "/account", ACCOUNT, symbol="mine").status_code == 422
    assert send(cho, "/account", ACCOUNT, b"no", symbol="mine", alt=ALT).status_code == 415
    assert send(cho, "/account", ACCOUNT, file(), symbol="mine").status_code == 422
    assert send(cho, "/account", ACCOUNT, symbol="face-01").status_code == 422


def test_only_active_members_change_their_portrait(sign_in):
    eve = builders.member("Eve Eastman")
    client = sign_in(eve)
    fields = next(form for form in forms_of(client.get("/account").text) if form["action"] == ACCOUNT)["fields"]
    builders.suspend(eve)
    assert client.post(ACCOUNT, data={**fields, "symbol": "spot-pear"}).status_code == 403
    assert ACCOUNT not in client.get("/account").text


def test_pages_with_pictures_ask_no_more_of_the_database(cho, queries):
    introduce(cho, file())
    for path in ("/", "/account", f"/media/{own()}/480.webp"):
        with queries() as seen:
            assert cho.get(path).status_code == 200
        assert len(seen) <= 6, (path, seen)
