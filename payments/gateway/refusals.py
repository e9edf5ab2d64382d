"""What the provider, or the way to it, may refuse."""

from __future__ import annotations

from kernel.errors import Silence

CARD_GONE = "payment_method_gone"  # our own code: the provider no longer has the card on file for this customer


class GatewayError(Exception):
    """Something the provider, or the way to it, refused."""


class GatewayDown(GatewayError, Silence):
    """No usable answer came (time-out, connection, 5xx, 429, busy key); `maybe_done`: the work may have been done.

    `kept` says that this answer is stored under its key: the same key gets it again for a day, so another is needed.
    """

    def __init__(self, message: str, *, maybe_done: bool, kept: bool = False) -> None:
        super().__init__(message)
        self.maybe_done = maybe_done
        self.kept = kept


class GatewayRefused(GatewayError):
    """The provider answered no (4xx): asking again with the same words will get the same answer."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class GatewayDeclined(GatewayRefused):
    """The bank refused to charge a saved card, or the card is gone (`code` is then CARD_GONE, with no intent).

    The intent of the attempt, if there is one, waits for another card until it is canceled.
    """

    def __init__(self, code: str, decline_code: str, message: str, intent_id: str | None) -> None:
        super().__init__(code, message)
        self.decline_code = decline_code
        self.intent_id = intent_id


class BadSignature(GatewayError):
    """The notice is not signed with a known secret within 300 s of now, or what is signed is no notice."""
