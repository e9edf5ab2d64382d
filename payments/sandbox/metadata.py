"""Metadata within Stripe's limits: 50 keys of 40 characters, values of 500 (docs.stripe.com/api/metadata)."""

from typing import Any

from payments.sandbox.refusals import Refusal

KEYS, KEY_LENGTH, VALUE_LENGTH = 50, 40, 500


def within_limits(params: dict[str, Any], param: str = "metadata") -> dict[str, str]:
    """The metadata of a new object; an empty value keeps its key out, as it unsets one."""
    given: dict[str, str] = params.get("metadata") or {}
    if len(given) > KEYS:
        raise Refusal(f"Metadata can have up to {KEYS} keys, but you passed in {len(given)}.", param=param)
    for key, value in given.items():
        if len(key) > KEY_LENGTH:
            message = f"Metadata keys can be up to {KEY_LENGTH} characters, but you passed in one of {len(key)}: {key}"
            raise Refusal(message, param=param)
        if len(value) > VALUE_LENGTH:
            message = f"Metadata values can have up to {VALUE_LENGTH} characters, but you passed in one of {len(value)}"
            raise Refusal(message, param=f"{param}[{key}]")
    return {key: value for key, value in given.items() if value}
