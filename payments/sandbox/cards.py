"""Stripe's test cards and what each of them does (docs.stripe.com/testing)."""

from dataclasses import dataclass

from payments.sandbox.refusals import Declined

GENERIC = Declined("card_declined", "Your card was declined.", "generic_decline")
EXPIRED = Declined("expired_card", "Your card has expired.", "expired_card")
UNAUTHENTICATED = Declined(
    "authentication_required",
    "Your card was declined. This transaction requires authentication.",
    "authentication_required",
)
# Reasons that Stripe gives a code of their own; any other is a decline code under `card_declined`.
OWN_CODES = ("expired_card", "incorrect_cvc", "incorrect_number", "processing_error")

GOOD = "4242424242424242"


@dataclass(frozen=True)
class Card:
    """A test card: `decline` says how the bank refuses it, `challenge` that the payer must confirm (3-D Secure).

    A declined card can't be put on file either, unless it `saves`. A challenged one is charged off the page once it
    was put on file, unless it asks `always`. A paid one is disputed at once for the reason in `dispute`, or only
    inquired about.
    """

    number: str
    does: str
    brand: str = "visa"
    decline: Declined | None = None
    challenge: bool = False
    always: bool = False
    saves: bool = True
    dispute: str = ""
    inquiry: bool = False

    @property
    def last4(self) -> str:
        """The only digits that are ever kept."""
        return self.number[-4:]

    @property
    def spaced(self) -> str:
        """In groups of four, as on the card."""
        return " ".join(self.number[i : i + 4] for i in range(0, len(self.number), 4))


CARDS = (
    Card(GOOD, "Pays at once"),
    Card("4000000000000002", "Declined", decline=GENERIC, saves=False),
    Card(
        "4000000000009995",
        "Insufficient funds",
        decline=Declined("card_declined", "Your card has insufficient funds.", "insufficient_funds"),
        saves=False,
    ),
    Card("4000000000000069", "Expired card", decline=EXPIRED, saves=False),
    Card("4000002500003155", "3-D Secure", challenge=True),
    Card("4000002760003184", "3-D Secure always", challenge=True, always=True),
    Card("4000000000000259", "Pays, then is disputed", dispute="fraudulent"),
    Card("4000000000001976", "Pays, then the bank inquires", dispute="fraudulent", inquiry=True),
)
# Worth a button only where a card is saved: on a page that takes money it is one more that is declined.
SAVED_ONLY = (Card("4000000000000341", "Saved, then declined", decline=GENERIC),)
BY_NUMBER = {card.number: card for card in (*CARDS, *SAVED_ONLY)}
NO_TEST_CARD = Declined(
    "card_declined", "Your card was declined. This is a sandbox, but that is no test card.", "test_mode_live_card"
)
MISTYPED = Declined("incorrect_number", "Your card number is incorrect.")


def by_number(typed: str) -> Card:
    """The test card of that number, spaces or dashes allowed; any other raises Declined and is not kept."""
    number = typed.replace(" ", "").replace("-", "")
    card = BY_NUMBER.get(number)
    if card is None:
        raise NO_TEST_CARD if _checks(number) else MISTYPED
    return card


def refusal(reason: str) -> Declined:
    """The decline that a bank's reason makes, for example `insufficient_funds` (docs.stripe.com/declines/codes)."""
    if reason == UNAUTHENTICATED.code:
        return UNAUTHENTICATED
    code = reason if reason in OWN_CODES else "card_declined"
    return Declined(code, f"Your card was declined ({reason.replace('_', ' ')}).", reason)


def _checks(number: str) -> bool:
    """Whether it has the form of a card number (ISO/IEC 7812: 12 to 19 digits, Luhn's sum)."""
    if not (number.isascii() and number.isdecimal() and 12 <= len(number) <= 19):
        return False
    doubled = "".join(str(int(digit) * (1 + i % 2)) for i, digit in enumerate(reversed(number)))
    return sum(map(int, doubled)) % 10 == 0
