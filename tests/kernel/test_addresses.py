"""What an address brings along: pages and rows, or the beginning for anything that is neither."""

from __future__ import annotations

import pytest

from kernel.web import addresses

NONSENSE = ["", " ", "-1", "1.5", "\u00b2", "\uff17", "x", "1" * 19]


@pytest.fixture
def asked(app):
    """What a reader of an address makes of it: asked("page=3", addresses.page_number)."""

    def read(query, reader):
        with app.test_request_context(f"/?{query}"):
            return reader()

    return read


def test_nonsense_is_the_beginning(asked):
    assert {asked(f"page={said}", addresses.page_number) for said in [*NONSENSE, "0", "10000"]} == {1}
    assert {asked(f"before={said}", addresses.seen) for said in [*NONSENSE, "0"]} == {None}
    assert {asked(f"returned={said}", addresses.looks) for said in [*NONSENSE, "100"]} == {0}


def test_a_page_a_row_and_a_look_are_read(asked):
    assert asked("page=9999", addresses.page_number) == 9999
    assert asked("of=3", lambda: addresses.page_number("of")) == 3
    assert asked("before=999999999999999999", addresses.seen) == 10**18 - 1
    assert asked("returned=3", addresses.looks) == 3


def test_there_is_an_older_page_when_there_is_more_and_a_newer_one_behind_the_first(asked):
    def turned(page, more):
        return addresses.turned("shop.index", page, more, brand="kiln", sort=None)

    assert asked("", lambda: turned(1, False)) == {"older": None, "newer": None}
    assert asked("", lambda: turned(2, True)) == {
        "older": "/shop?brand=kiln&page=3",
        "newer": "/shop?brand=kiln&page=1",
    }
