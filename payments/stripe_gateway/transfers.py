"""Sending brands their share, at Stripe."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from payments.gateway import ConnectedAccount, Reversal, Transfer
from payments.stripe_gateway import objects
from payments.stripe_gateway.calls import PAGE, Calls

if TYPE_CHECKING:
    from stripe.params import AccountCreateParams, TransferCreateParams, TransferListParams


class StripeTransfers(Calls):
    """The port's transfers over the Stripe library."""

    def open_account(self, *, key: str, email: str, metadata: Mapping[str, str]) -> str:
        params: AccountCreateParams = {
            "email": email,
            # Stripe's own dashboard and questions for the holder; we answer for what a payer takes back.
            "controller": {
                "stripe_dashboard": {"type": "express"},
                "fees": {"payer": "application"},
                "losses": {"payments": "application"},
            },
            "capabilities": {"transfers": {"requested": True}},
            "metadata": dict(metadata),
        }
        with self._writing() as api:
            return api.accounts.create(params, self._options(key)).id

    def onboarding(self, *, account_id: str, again_url: str, return_url: str) -> str:
        with self._writing() as api:
            # No key: each click needs an address of its own, good for one visit.
            link = api.account_links.create(
                {
                    "account": account_id,
                    "type": "account_onboarding",
                    "refresh_url": again_url,
                    "return_url": return_url,
                },
                self._options(),
            )
        return link.url

    def account(self, account_id: str) -> ConnectedAccount:
        with self._reading() as api:
            return objects.account(api.accounts.retrieve(account_id, options=self._options()).to_dict())

    def transfer(
        self,
        *,
        key: str,
        account_id: str,
        amount_minor: int,
        currency: str,
        group: str,
        source_charge_id: str,
        metadata: Mapping[str, str],
    ) -> Transfer:
        params: TransferCreateParams = {
            "amount": amount_minor,
            "currency": currency.lower(),
            "destination": account_id,
            "transfer_group": group,
            "metadata": dict(metadata),
        }
        if source_charge_id:
            params["source_transaction"] = source_charge_id
        with self._writing() as api:
            return objects.transfer(api.transfers.create(params, self._options(key)).to_dict())

    def reverse_transfer(
        self, *, key: str, transfer_id: str, amount_minor: int, metadata: Mapping[str, str]
    ) -> Reversal:
        with self._writing() as api:
            back = api.transfers.reversals.create(
                transfer_id, {"amount": amount_minor, "metadata": dict(metadata)}, self._options(key)
            )
        return objects.reversal(back.to_dict())

    def reversals(self, *, transfer_id: str) -> Iterator[Reversal]:
        with self._reading() as api:
            page = api.transfers.reversals.list(transfer_id, {"limit": PAGE}, self._options())
        yield from map(objects.reversal, self._every(page))

    def transfer_of(self, transfer_id: str) -> Transfer:
        with self._reading() as api:
            return objects.transfer(api.transfers.retrieve(transfer_id, options=self._options()).to_dict())

    def transfers(self, *, group: str = "", since: datetime | None = None, after: str = "") -> Iterator[Transfer]:
        params: TransferListParams = {"limit": PAGE}
        if group:
            params["transfer_group"] = group
        if since:
            params["created"] = {"gte": int(since.timestamp())}
        if after:
            params["starting_after"] = after
        with self._reading() as api:
            page = api.transfers.list(params, self._options())
        yield from map(objects.transfer, self._every(page))
