"""What the tests of one process compile once: statements, templates, addresses; each test has its own app."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.routing import Rule

from kernel.assets import Assets


class Compiled(dict[Any, Any]):
    """Statements compiled once a process, though every test has an engine, and so a dialect object, of its own."""

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get(key[1:], default)

    def __setitem__(self, key: Any, compiled: Any) -> None:
        super().__setitem__(key[1:], compiled)


COMPILED: dict[str, Compiled] = {"sqlite": Compiled(), "postgresql": Compiled()}


class Templates(BytecodeCache):
    """Templates compiled once a process, as long as their text is the same."""

    def __init__(self) -> None:
        self.kept: dict[str, tuple[str, Any]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        checksum, code = self.kept.get(bucket.key, ("", None))
        if checksum == bucket.checksum:
            bucket.code = code

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.kept[bucket.key] = (bucket.checksum, bucket.code)


TEMPLATES = Templates()

_assets: list[Assets] = []


def shared_assets(static_dir: Path, node_modules: Path, out_dir: Path) -> Assets:
    """The assets as the first app of this process built them: their files are the same for all that follow."""
    if not _assets:
        _assets.append(Assets(static_dir, node_modules, out_dir.resolve()))
    return _assets[0]


_compile = Rule._compile_builder
_builders: dict[Any, Any] = {}


def _compiled_builder(self: Rule, append_unknown: bool = True) -> Any:
    """The function that builds a rule's addresses: the same for the same rule, whichever app binds it."""
    known = (self.rule, tuple(self._trace), tuple(sorted((self.defaults or {}).items())), append_unknown)
    if known not in _builders:
        _builders[known] = _compile(self, append_unknown)
    return _builders[known]


def share_addresses() -> None:
    """Let all apps of this process share the functions that build addresses: compiling them took a tenth of a test."""
    Rule._compile_builder = _compiled_builder  # type: ignore[method-assign]
