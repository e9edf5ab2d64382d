"""Amounts as people type them and as fields hold them: one reading, or none at all."""

from __future__ import annotations

import pytest

from kernel import money


@pytest.mark.parametrize(
    ("typed", "minor"),
    [
        ("1500", 150_000),
        ("1500.5", 150_050),
        ("1500,50", 150_050),
        ("1,500.00", 150_000),
        ("1.500,00", 150_000),
        ("1 500,50", 150_050),
        ("1\u202f500", 150_000),
        ("0", 0),
    ],
)
def test_an_amount_is_read_with_a_point_or_a_comma(typed, minor):
    assert money.read(typed, "USD") == minor


@pytest.mark.parametrize(
    "typed",
    [
        *("", "-1", "+1", "1.500", "1,500", "1.234.5", "1.5555", "1e9", "NaN", "inf", "0x10", "1_0"),
        *("\uff11", "\u0663", "1\x00", "1.", ".5", "ten", "0123456789"),
    ],
)
def test_what_is_no_clear_amount_is_none(typed):
    assert money.read(typed, "USD") is None


def test_a_currency_has_the_decimals_that_it_has():
    assert money.read("1500", "JPY") == 1500
    assert money.read("1500.5", "JPY") is None
    assert money.read("1.500", "KWD") == 1500


@pytest.mark.parametrize(("minor", "shown"), [(1250, "12.50"), (1200, "12"), (5, "0.05"), (0, "0")])
def test_a_field_holds_an_amount_that_it_reads_again(minor, shown):
    assert money.plain(minor, "USD") == shown
    assert money.read(shown, "USD") == minor


def test_a_round_sum_is_told_without_noughts():
    assert money.brief(1_426_000, "USD") == "$14,260"
    assert money.brief(1_050, "USD") == "$10.50"
    assert money.brief(0, "EUR") == "€0"
    assert money.brief(1_426_000, "JPY") == money.formatted(1_426_000, "JPY")
    assert money.brief(1_426_000, "USD", "es").replace("\xa0", " ").split()[0].replace(".", "") == "14260"
