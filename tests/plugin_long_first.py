"""The order of a run: what takes minutes begins first, so that no process works on alone at the end."""

from __future__ import annotations

import pytest

LONG = ("browser", "races", "killed", "html")  # by xdist group; each group stays in one process


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=_rank)  # stable: everything else stays as it was


def _rank(item: pytest.Item) -> int:
    marked = item.get_closest_marker("xdist_group")
    name = marked.args[0] if marked else ""
    return LONG.index(name) if name in LONG else len(LONG)
