"""Money as a child would count it: what a payer gave, what went back by whom, and what a bank holds or kept."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Payment:
    """One payment that the provider took for a charge of ours; the second one of a charge goes back whole."""

    name: str  # the provider's, of what was taken
    amount: int
    by_hand: int = 0
    dispute: str = ""  # "", inquiry, open, won, lost, closed
    dispute_name: str = ""


@dataclass
class Asked:
    """One charge of ours: its payments, and what we asked to give back."""

    charge_id: int
    amount: int
    payments: list[Payment] = field(default_factory=list)
    ours: int = 0


@dataclass
class Plain:
    """All charges of one life."""

    charges: dict[int, Asked] = field(default_factory=dict)

    def ask(self, charge_id: int, amount: int) -> None:
        """We ask for an amount."""
        self.charges[charge_id] = Asked(charge_id, amount)

    def pay(self, charge_id: int, name: str) -> None:
        """The provider takes it, perhaps a second time."""
        charge = self.charges[charge_id]
        charge.payments.append(Payment(name, charge.amount))

    def payments(self) -> list[Payment]:
        """Every payment that was taken."""
        return [payment for charge in self.charges.values() for payment in charge.payments]

    def dispute(self, payment: Payment, name: str, inquiry: bool) -> None:
        """A bank takes what had not gone back yet, or only asks."""
        payment.dispute, payment.dispute_name = ("inquiry" if inquiry else "open"), name

    def decide(self, payment: Payment, won: bool) -> None:
        """The bank decides."""
        payment.dispute = "closed" if payment.dispute == "inquiry" else "won" if won else "lost"
