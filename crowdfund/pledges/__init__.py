"""Pledges: promised with a saved card, charged only when the campaign is funded (RULES 9)."""

from crowdfund.pledges.rows import (
    COUNTED,
    HOLDING,
    MOVES,
    PURPOSE,
    UNENDED,
    Consent,
    Pledge,
    desk_page_of,
    get,
    page_of,
)

__all__ = ["COUNTED", "HOLDING", "MOVES", "PURPOSE", "UNENDED", "Consent", "Pledge", "desk_page_of", "get", "page_of"]
