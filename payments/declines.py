"""Declines: which refusals of a saved card are final, so that charging it again only annoys its bank and its holder.

From docs.stripe.com/declines/codes and the hard declines that Stripe itself never retries (Smart Retries).
"""

from __future__ import annotations

from payments.gateway import CARD_GONE

# The holder must come to the page: another card, or 3-D Secure.
FINAL = frozenset(
    """authentication_required expired_card fraudulent highest_risk_level incorrect_cvc incorrect_number
    incorrect_pin invalid_account invalid_cvc invalid_expiry_month invalid_expiry_year invalid_number lost_card
    merchant_blacklist new_account_information_available pickup_card restricted_card
    revocation_of_all_authorizations revocation_of_authorization security_violation service_not_allowed stolen_card
    stop_payment_order transaction_not_allowed card_not_supported currency_not_supported""".split()  # noqa: SIM905
) | {CARD_GONE}


def may_retry(error: str, decline: str) -> bool:
    """Whether charging the same card again later may succeed, by Stripe's code and the bank's."""
    return not {error, decline} & FINAL
