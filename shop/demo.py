"""The shop's part of the demo's story."""

from __future__ import annotations

from collections.abc import Iterable

from kernel.demo import Stage
from kernel.house import Scene


def story(stage: Stage) -> Iterable[Scene]:
    """Nothing has been told yet."""
    return []
