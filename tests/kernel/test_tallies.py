"""What waits at the desk is counted for all packages in one query, for whom it concerns."""

from sqlalchemy import literal, select

from kernel import house, tallies
from kernel.viewer import Viewer

OLA = Viewer(member_id=1, state="active", roles=frozenset({("operator", None)}))
SOL = Viewer(member_id=2, state="active", roles=frozenset({("steward", None)}))


def test_all_tallies_are_one_query_and_none_is_kept_for_later(app, queries):
    rooms = house.current()
    rooms.tallies["nine"] = lambda viewer: select(literal(9)).scalar_subquery() if viewer.has("operator") else None
    with queries() as seen, tallies.counted(OLA):
        assert (tallies.of(OLA, "nine"), tallies.of(OLA, "payments_notices")) == (9, 0)
    assert len(seen) == 1
    with tallies.counted(SOL):
        assert tallies.of(SOL, "nine") is None
    with queries() as seen:
        assert (tallies.of(OLA, "nine"), tallies.of(SOL, "nine")) == (9, None)
    assert len(seen) == 1
