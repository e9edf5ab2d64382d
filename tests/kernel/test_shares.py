"""Shares: whatever is split adds up to the whole, cent by cent."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kernel import money


@given(st.integers(0, 10**9), st.lists(st.integers(0, 10**6), min_size=1, max_size=20))
def test_shares_add_up_to_the_whole(total: int, weights: list[int]) -> None:
    shares = money.share(total, weights)
    assert sum(shares) == total
    assert all(share >= 0 for share in shares)


@given(st.integers(0, 10**6), st.lists(st.integers(1, 10**4), min_size=1, max_size=20))
def test_a_share_is_never_a_cent_off_its_exact_part(total: int, weights: list[int]) -> None:
    whole = sum(weights)
    for share, weight in zip(money.share(total, weights), weights, strict=True):
        assert abs(share * whole - total * weight) < whole


def test_money_is_written_with_the_decimals_of_its_currency() -> None:
    assert money.formatted(4800, "USD") == "$48.00"
    assert money.formatted(1285, "JPY") == "¥1,285"
    assert money.formatted(1500, "KWD") == "KWD1.500"
