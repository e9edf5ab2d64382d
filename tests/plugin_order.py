"""The order of a run: a module stays in one process, and what takes minutes begins first.

A module's tests begin alike, and builders remember in their own process. Those in the browser share one site. Whatever
took longest stands first, so that no process works on alone at the end.
"""

from __future__ import annotations

from typing import Any

import pytest

BROWSER = "tests/browser/"
LONG = (BROWSER, "tests/test_races.py", "tests/security/", "tests/test_killed.py", "tests/test_html.py")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=_rank)  # stable: everything else stays as it was


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    from xdist.scheduler import LoadScopeScheduling

    class Modules(LoadScopeScheduling):
        """Hands out module by module, and the browser's as one."""

        def _split_scope(self, nodeid: str) -> str:
            return BROWSER if nodeid.startswith(BROWSER) else nodeid.partition("::")[0]

    return Modules(config, log)


def _rank(item: pytest.Item) -> int:
    return next((rank for rank, path in enumerate(LONG) if item.nodeid.startswith(path)), len(LONG))
