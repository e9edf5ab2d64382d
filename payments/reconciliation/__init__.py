"""Reconciliation: what the provider has and what we have are held against each other until nothing is unexplained.

What never came is put into the inbox, so that notice, look-up and reconciliation end in the same verb (PAYMENTS).
"""

from payments.reconciliation.findings import PAGE, about, close, count_open, listed
from payments.reconciliation.invariants import invariants
from payments.reconciliation.rows import KINDS, Finding, Run
from payments.reconciliation.runs import ask, ask_now, get, hourly, hurry, latest, proceed

__all__ = [
    "KINDS",
    "PAGE",
    "Finding",
    "Run",
    "about",
    "ask",
    "ask_now",
    "close",
    "count_open",
    "get",
    "hourly",
    "hurry",
    "invariants",
    "latest",
    "listed",
    "proceed",
]
