"""The pages of the way in: each shows exactly the step at which the person stands."""

from __future__ import annotations

import pytest

from tests import people

PAGES = ("/join/application", "/join/fee", "/join/introduction")


def test_visitors_read_what_joining_is(visitor):
    page = visitor.get("/join")
    assert page.status_code == 200
    assert "$99.00" in page.text
    assert "<form" not in page.text.split("<main")[1].split("</main>")[0]


@pytest.mark.parametrize("path", PAGES)
def test_visitors_are_sent_to_sign_in(visitor, path):
    answer = visitor.get(path)
    assert answer.status_code == 302
    assert answer.location.startswith("/sign-in?next=%2Fjoin") or answer.location.startswith("/sign-in?next=/join")


@pytest.mark.parametrize(
    ("step", "at", "says"),
    [
        (people.account, "/join/application", "Tell us what you make"),
        (people.applicant, "/join/application", "It is with a steward"),
        (people.approved, "/join/fee", "is kept for you"),
        (people.paid, "/join/covenant", "I have read this"),
        (people.seated, "/join/introduction", "Introduce yourself to Harbour"),
    ],
)
def test_every_page_leads_to_the_step_at_hand(sign_in, step, at, says):
    client = sign_in(step())
    assert says in client.get(at).text
    for path in PAGES:
        answer = client.get(path)
        while answer.status_code == 302:
            answer = client.get(answer.location)
        assert answer.request.path == at or path == "/join/fee", (path, answer.request.path)


@pytest.mark.parametrize("path", ["/join/application", "/join/fee", "/join/covenant", "/join/introduction"])
def test_a_post_without_a_token_changes_nothing(sign_in, path):
    assert sign_in(people.account()).post(path).status_code == 400


def test_who_is_signed_in_needs_no_account(sign_in):
    assert sign_in(people.account()).get("/join/account").location == "/join/application"


@pytest.mark.parametrize("path", ["/join", "/join/application", "/account", "/join/fee"])
def test_the_pages_stay_within_six_queries(sign_in, queries, path):
    client = sign_in(people.member("Ann Okafor"))
    client.get(path)
    with queries() as seen:
        assert client.get(path).status_code == 200
    assert len(seen) <= 6, seen
