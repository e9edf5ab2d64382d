"""Refunds: our row first, capped by a guard on the charge; the worker sends it, and the owner hears when it went.

Money also goes back without our asking: by hand at the provider, or because a dispute was lost. Each has its row.
What Stripe can never send an operator pays by bank transfer.
"""

from payments.refunds.asking import (
    REST,
    ask,
    ask_again,
    ask_rest,
    give_way,
    is_large,
    known,
    rest,
    send_again,
    takes_two,
    void,
)
from payments.refunds.hearing import count_lost, finished, heard, looked, not_covered, paid_outside, told
from payments.refunds.reading import done, of_charge, stuck
from payments.refunds.rows import BANK, DISPUTE, ELSEWHERE, MOVES, NOT_BY_STRIPE, OURS, NotReturned, Refund
from payments.refunds.sending import send

__all__ = [
    "BANK",
    "DISPUTE",
    "ELSEWHERE",
    "MOVES",
    "NOT_BY_STRIPE",
    "OURS",
    "REST",
    "NotReturned",
    "Refund",
    "ask",
    "ask_again",
    "ask_rest",
    "count_lost",
    "done",
    "finished",
    "give_way",
    "heard",
    "is_large",
    "known",
    "looked",
    "not_covered",
    "of_charge",
    "paid_outside",
    "rest",
    "send",
    "send_again",
    "stuck",
    "takes_two",
    "told",
    "void",
]
