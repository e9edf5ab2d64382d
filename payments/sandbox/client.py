"""The library's way into the sandbox: its HTTP client without any HTTP."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import stripe

from payments.sandbox.api import Api
from payments.sandbox.refusals import ConnectionLost

PAUSE_S = 0.02  # between the library's own retries; half a second and more over a real network


class InProcess(stripe.HTTPClient):
    """Hands each request of the library to the sandbox's API in this process."""

    name = "sandbox"

    def __init__(self, api: Api) -> None:
        super().__init__()
        self.api = api

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        """Body, status and headers; a lost connection is what a time-out looks like to the library."""
        where = urlsplit(url)
        try:
            answer = self.api.answer(method.upper(), where.path, where.query, headers or {}, post_data or "")
        except ConnectionLost as lost:
            message = "The sandbox did not answer in time."
            raise stripe.APIConnectionError(message, should_retry=True) from lost  # type: ignore[no-untyped-call]
        return json.dumps(answer.body), answer.status, answer.headers

    def close(self) -> None:
        """Nothing is open."""

    def _sleep_time_seconds(self, num_retries: int) -> float:
        return PAUSE_S
