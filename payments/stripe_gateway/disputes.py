"""Disputes, at Stripe."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from payments.gateway import Dispute
from payments.stripe_gateway import objects
from payments.stripe_gateway.calls import PAGE, Calls


class StripeDisputes(Calls):
    """The port's disputes over the Stripe library."""

    def dispute(self, dispute_id: str) -> Dispute:
        with self._reading() as api:
            return objects.dispute(api.disputes.retrieve(dispute_id, options=self._options()).to_dict())

    def disputes(self, *, since: datetime) -> Iterator[Dispute]:
        with self._reading() as api:
            page = api.disputes.list({"created": {"gte": int(since.timestamp())}, "limit": PAGE}, self._options())
        yield from map(objects.dispute, self._every(page))
