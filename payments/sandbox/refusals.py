"""The sandbox's ways of saying no, in the words and codes of Stripe's API."""

from typing import Any

Json = dict[str, Any]

UNSUPPORTED = "sandbox_unsupported"  # our own code: Stripe would take it, the sandbox does not imitate it


class Refusal(Exception):
    """An answer of 4xx or 5xx; whatever the operation wrote is taken back, the answer is kept under its key."""

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        status: int = 400,
        kind: str = "invalid_request_error",
    ) -> None:
        super().__init__(message)
        self.status = status
        self.error: Json = {"message": message, "type": kind}
        if code:
            self.error["code"] = code
        if param:
            self.error["param"] = param


class Declined(Exception):
    """A card that the bank refused, with the sentence that the payer reads."""

    def __init__(self, code: str, message: str, decline_code: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.decline_code = decline_code


class CardError(Refusal):
    """A 402: the bank said no to a charge. Unlike any other refusal, what was written about the attempt stands."""

    def __init__(self, error: Json) -> None:
        super().__init__(error["message"], status=402, kind="card_error")
        self.error |= error


class ConnectionLost(Exception):
    """The caller never hears an answer, whether or not the work was done."""


class SandboxRefused(Exception):
    """The sandbox was asked to stand where real money moves."""


def missing(kind: str, object_id: str, param: str, status: int) -> Refusal:
    """No such object: 404 when it was named in the path, 400 when in a parameter."""
    return Refusal(f"No such {kind}: '{object_id}'", code="resource_missing", param=param, status=status)


def missing_param(param: str) -> Refusal:
    """A required parameter that is not there."""
    return Refusal(f"Missing required param: {param}.", code="parameter_missing", param=param)


def unsupported(what: str, param: str | None = None) -> Refusal:
    """Something that Stripe knows and the sandbox does not: refused loudly rather than ignored."""
    return Refusal(f"The sandbox does not imitate {what}.", code=UNSUPPORTED, param=param)
