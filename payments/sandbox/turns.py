"""A turn: one transaction of the sandbox at one instant, with what its operations need to know."""

import secrets
import string
from dataclasses import dataclass, field
from typing import Any

from payments.sandbox.file import Rows
from payments.sandbox.refusals import missing

Json = dict[str, Any]
LETTERS = string.ascii_letters + string.digits


@dataclass(frozen=True)
class Turn:
    """`now` is in whole seconds of the sandbox's clock, as every time in Stripe's objects is."""

    rows: Rows
    now: int
    public_url: str
    request_id: str | None = None
    key: str | None = None
    path: dict[str, str] = field(default_factory=dict)

    def named(self, kind: str, param: str) -> Json:
        """The object that the path names; 404 `resource_missing` if there is none."""
        return self.need(kind, self.path[param], param, status=404)

    def need(self, kind: str, object_id: str, param: str, *, status: int = 400) -> Json:
        """The object of that id, or a refusal that names the parameter."""
        thing = self.rows.get(kind, object_id)
        if thing is None:
            raise missing(kind, object_id, param, status)
        return thing


def fresh_id(prefix: str) -> str:
    """An id that nobody can guess, with Stripe's prefix."""
    return f"{prefix}_{''.join(secrets.choice(LETTERS) for _ in range(24))}"
