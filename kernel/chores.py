"""kernel's own due tables: deliveries of facts, mail, wishes that wait, and nights to be sealed."""

from __future__ import annotations

from kernel import approvals, facts, mail, seals
from kernel.worker import Chore


def kernel_chores() -> list[Chore]:
    """What the worker does for kernel."""
    return [
        Chore("deliveries", facts.Delivery, facts.deliver),
        Chore("mails", mail.Mail, mail.send),
        Chore("approvals", approvals.Approval, approvals.come_due),
        seals.chore(),
    ]
