"""Dues: what members pay again and again; access is what is paid through (RULES 14)."""

from community.joining.dues.rows import CLOSED, FULL_ACCESS, MOVES, PAGE, PURPOSE, VERBS, Dues, of, tally

__all__ = ["CLOSED", "FULL_ACCESS", "MOVES", "PAGE", "PURPOSE", "VERBS", "Dues", "of", "tally"]
