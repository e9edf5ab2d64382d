"""Disputes, at Stripe."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from payments.gateway import Dispute
from payments.stripe_gateway import objects
from payments.stripe_gateway.calls import PAGE, Calls

if TYPE_CHECKING:
    from stripe.params import DisputeListParams


class StripeDisputes(Calls):
    """The port's disputes over the Stripe library."""

    def dispute(self, dispute_id: str) -> Dispute:
        with self._reading() as api:
            return objects.dispute(api.disputes.retrieve(dispute_id, options=self._options()).to_dict())

    def disputes(self, *, since: datetime, after: str = "") -> Iterator[Dispute]:
        params: DisputeListParams = {"created": {"gte": int(since.timestamp())}, "limit": PAGE}
        if after:
            params["starting_after"] = after
        with self._reading() as api:
            page = api.disputes.list(params, self._options())
        yield from map(objects.dispute, self._every(page))
