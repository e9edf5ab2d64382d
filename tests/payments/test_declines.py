"""Declines: which of them may be tried again with the same card."""

from __future__ import annotations

import pytest

from payments import declines
from payments.gateway import CARD_GONE


@pytest.mark.parametrize(
    ("error", "decline"),
    [
        ("card_declined", "generic_decline"),
        ("card_declined", "insufficient_funds"),
        ("card_declined", "do_not_honor"),
        ("card_declined", "try_again_later"),
        ("processing_error", ""),
        ("card_declined", ""),
    ],
)
def test_a_bank_that_says_no_today_may_say_yes_later(error: str, decline: str) -> None:
    assert declines.may_retry(error, decline)


@pytest.mark.parametrize(
    ("error", "decline"),
    [
        ("card_declined", "lost_card"),
        ("card_declined", "stolen_card"),
        ("card_declined", "pickup_card"),
        ("card_declined", "invalid_account"),
        ("card_declined", "fraudulent"),
        ("expired_card", "expired_card"),
        ("expired_card", ""),
        ("incorrect_cvc", "invalid_cvc"),
        ("authentication_required", "authentication_required"),
        (CARD_GONE, ""),
    ],
)
def test_a_card_that_is_gone_or_wants_its_holder_is_not_tried_again(error: str, decline: str) -> None:
    assert not declines.may_retry(error, decline)
