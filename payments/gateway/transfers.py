"""Sending a brand its share: connected accounts, transfers and their reversals, in the port's words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class ConnectedAccount:
    """The account of somebody whom we owe; only with `may_receive` can money be sent there."""

    id: str
    told_all: bool  # the provider has all it wants to know
    may_receive: bool


@dataclass(frozen=True)
class Transfer:
    """Money sent to a connected account; `reversed_minor` of it came back."""

    id: str
    account_id: str
    amount_minor: int
    reversed_minor: int
    currency: str
    group: str
    metadata: Mapping[str, str]
    created_at: datetime | None = None


@dataclass(frozen=True)
class Reversal:
    """A part of a transfer that came back."""

    id: str
    transfer_id: str
    amount_minor: int
    metadata: Mapping[str, str]


class Transfers(Protocol):
    """What is asked about payouts to brands (separate charges and transfers, PAYMENTS: Objects by use)."""

    def open_account(self, *, key: str, email: str, metadata: Mapping[str, str]) -> str:
        """Make a connected account that can receive transfers, and answer its id."""

    def onboarding(self, *, account_id: str, again_url: str, return_url: str) -> str:
        """The address of a page, good for minutes, on which the holder of the account says who they are."""

    def account(self, account_id: str) -> ConnectedAccount:
        """The connected account as it is now."""

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
        """Send money; from one charge, before it has settled, when `source_charge_id` is not empty.

        GatewayRefused when the balance, or the charge, does not hold as much or the account may not receive.
        """

    def reverse_transfer(
        self, *, key: str, transfer_id: str, amount_minor: int, metadata: Mapping[str, str]
    ) -> Reversal:
        """Take a part of a transfer back; GatewayRefused when it is more than the rest, or is no longer there."""

    def reversals(self, *, transfer_id: str) -> Iterator[Reversal]:
        """What came back of a transfer, newest first."""

    def transfer_of(self, transfer_id: str) -> Transfer:
        """The transfer as it is now."""

    def transfers(self, *, group: str = "", since: datetime | None = None, after: str = "") -> Iterator[Transfer]:
        """Every transfer, of a group or of all, newest first, also those made by hand at the provider."""
