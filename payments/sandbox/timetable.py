"""The timetable: what happens by itself once the sandbox's clock has come to it."""

from payments.sandbox import disputes, renewals, sessions
from payments.sandbox.file import Rows
from payments.sandbox.turns import Turn

# Of each noun that time changes: the second at which the next change is due, and the changes that are due.
TIMED = ((sessions.next_at, sessions.end_due), (disputes.next_at, disputes.lose_due), (renewals.next_at, renewals.come))


def next_at(rows: Rows) -> int | None:
    """When the next change is due, in seconds; None when nothing waits for the clock."""
    return min((at for at in (look(rows) for look, _ in TIMED) if at is not None), default=None)


def come(turn: Turn) -> int:
    """Let everything happen that is due by now; answers how much."""
    return sum(change(turn) for _, change in TIMED)
