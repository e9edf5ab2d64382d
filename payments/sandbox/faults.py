"""Faults on order: the next call fails as a network or a provider does."""

from typing import Literal, get_args

from payments.sandbox.file import File
from payments.sandbox.refusals import Refusal

Fault = Literal["500", "500_after", "429", "timeout_before", "timeout_after"]
FAULTS: dict[Fault, str] = {
    "500": "answers 500, nothing done",
    "500_after": "answers 500, but the work was done",
    "429": "answers 429, too many requests",
    "timeout_before": "is never answered, nothing done",
    "timeout_after": "is never answered, but the work was done",
}


def order(file: File, kind: str, operation: str | None, times: int) -> None:
    """The next `times` calls (of that operation, such as `POST /v1/refunds`) fail so; ValueError on another kind."""
    if kind not in get_args(Fault):
        raise ValueError(f"a fault is one of {', '.join(FAULTS)}")
    with file.writing() as rows:
        for _ in range(times):
            rows.change("INSERT INTO faults (kind, operation) VALUES (?, ?)", kind, operation)


def armed(file: File) -> list[tuple[str, str | None]]:
    """The faults that wait for their calls, as (kind, operation), the next first."""
    with file.reading() as rows:
        return [(row["kind"], row["operation"]) for row in rows.all("SELECT kind, operation FROM faults ORDER BY seq")]


def disarm(file: File) -> None:
    """Forget every fault that was ordered."""
    with file.writing() as rows:
        rows.change("DELETE FROM faults")


def take(file: File, operation: str) -> str | None:
    """The fault ordered for this call, used up by it."""
    with file.reading() as rows:
        row = rows.one(
            "SELECT seq, kind FROM faults WHERE operation IS NULL OR operation = ? ORDER BY seq LIMIT 1", operation
        )
    if row is None:
        return None
    with file.writing() as rows:
        mine = rows.change("DELETE FROM faults WHERE seq = ?", row["seq"])
    return str(row["kind"]) if mine else None


def too_many() -> Refusal:
    """Stripe's 429; refused at the door, so nothing was done and nothing is kept."""
    return Refusal("Request rate limit exceeded.", code="rate_limit", status=429)


def broken() -> Refusal:
    """Stripe's 500; kept under its key like any other answer."""
    return Refusal("An unknown error occurred", kind="api_error", status=500)
