"""Dues: what members pay again and again; access is what is paid through (RULES 14)."""

from dataclasses import replace
from functools import partial

from flask_babel import lazy_gettext as _l

from community.joining.dues.rows import CLOSED, FULL_ACCESS, MOVES, PAGE, PURPOSE, VERBS, Dues, of, tally
from kernel.house import DeskItem, House
from kernel.worker import Chore

__all__ = ["CLOSED", "FULL_ACCESS", "MOVES", "PAGE", "PURPOSE", "VERBS", "Dues", "contribute", "of", "tally"]


def contribute(house: House) -> None:
    """Bring dues, their pages and their clocks into the house."""
    from community.desk import dues as desk
    from community.desk import dues_tiers  # noqa: F401 - importing pages adds their routes
    from community.joining import members
    from community.joining.dues import clocks, invariants, paying, prices
    from community.web import dues as own

    house.purposes[PURPOSE] = replace(paying.charged(), label=_l("Dues"), desk_page=members.desk_page)
    house.subscription_purposes[PURPOSE] = paying.purpose()
    house.chores += [Chore("dues", Dues, clocks.meet), Chore("prices", prices.Price, prices.close_at_stripe)]
    house.invariants.update(invariants.invariants())
    house.tallies |= {f"dues_{state}": partial(tally, state) for state in ("past_due", "read_only")}
    house.today.append(desk.waiting)
    house.needs.append(own.need)
    at_work = DeskItem(_l("Community"), "coins", _l("Dues"), "desk_community.dues", 14, lambda v: v.has("operator"))
    house.desk.append(at_work)
