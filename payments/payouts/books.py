"""What payouts move on the ledger: what a payee is owed becomes less, and so does the bank's or the gateway's money."""

from __future__ import annotations

from kernel import ledger
from kernel.ledger import Leg
from payments.payouts.rows import BANK, Payout, Reversal, Transfer

ACCOUNT = "payouts"  # of a payee, and of the bank
TRANSFERS = ("gateway", "transfers")


def sent_by_bank(payout: Payout) -> None:
    """The whole of a payout left our bank."""
    _moved(payout, payout.total_minor, (BANK, ACCOUNT), "payments.payout_sent", f"payout:{payout.id}:sent")


def came_back(payout: Payout) -> None:
    """The whole of a payout is in our bank again."""
    _moved(payout, -payout.total_minor, (BANK, ACCOUNT), "payments.payout_came_back", f"payout:{payout.id}:back")


def transferred(payout: Payout, transfer: Transfer) -> None:
    """A transfer left our balance at the gateway."""
    key = f"transfer:{transfer.id}:sent"
    _moved(payout, transfer.amount_minor, TRANSFERS, "payments.transfer_sent", key)


def reversed_(payout: Payout, reversal: Reversal) -> None:
    """A part of a transfer is in our balance at the gateway again."""
    key = f"reversal:{reversal.id}:done"
    _moved(payout, -reversal.amount_minor, TRANSFERS, "payments.transfer_reversed", key)


def _moved(payout: Payout, amount_minor: int, source: tuple[str, str], reason: str, key: str) -> None:
    legs = [Leg(payout.payee, ACCOUNT, payout.currency, amount_minor), Leg(*source, payout.currency, -amount_minor)]
    ledger.post(legs, reason, key, f"payments_payouts:{payout.id}")
