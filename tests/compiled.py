"""Compiled statements that the tests of one process share."""

from __future__ import annotations

from typing import Any


class Compiled(dict[Any, Any]):
    """Statements compiled once a process, though every test has an engine, and so a dialect object, of its own."""

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get(key[1:], default)

    def __setitem__(self, key: Any, compiled: Any) -> None:
        super().__setitem__(key[1:], compiled)


COMPILED: dict[str, Compiled] = {"sqlite": Compiled(), "postgresql": Compiled()}
