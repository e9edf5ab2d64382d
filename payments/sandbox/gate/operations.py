"""Every operation of Stripe's v1 API, read from the source of the installed library's services."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

import stripe

LIBRARY = Path(stripe.__file__).parent
PATH_ARGUMENT = re.compile(r"\{(\w+)\}")
REQUESTS = ("_request", "_request_stream")


@dataclass(frozen=True)
class Operation:
    """A method and a path template; `params` names the TypedDict that describes its parameters, by module and class."""

    method: str
    path: str
    params: tuple[str, str] | None

    @property
    def name(self) -> str:
        """For example `POST /v1/refunds`."""
        return f"{self.method} {self.path}"

    def match(self, path: str) -> dict[str, str] | None:
        """The arguments in a path of this operation, or None for another's."""
        found = _pattern(self.path).fullmatch(path)
        return found.groupdict() if found else None

    def schema(self) -> Any:
        """The TypedDict of its parameters, or None if it takes none."""
        return getattr(import_module(self.params[0]), self.params[1]) if self.params else None


@lru_cache(maxsize=1)
def operations() -> dict[str, Operation]:
    """All of them by name; a release of the library is read once a process (about a fifth of a second)."""
    sources = (p for p in LIBRARY.rglob("*_service.py") if "v2" not in p.relative_to(LIBRARY).parts)
    found = (op for source in sources for op in _in_file(ast.parse(source.read_text(encoding="utf-8"))))
    return {op.name: op for op in found}


def find(method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
    """The operation at a path and the path's arguments; a fixed path wins over one with arguments."""
    fixed = operations().get(f"{method} {path}")
    if fixed and "{" not in path:
        return fixed, {}
    for operation in operations().values():
        if operation.method == method and (arguments := operation.match(path)):
            return operation, arguments
    return None


@cache
def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(PATH_ARGUMENT.sub(r"(?P<\1>[^/]+)", path))


def _in_file(tree: ast.Module) -> Iterator[Operation]:
    modules = {
        alias.name: node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            yield from _in_function(node, modules)


def _in_function(function: ast.FunctionDef, modules: dict[str, str]) -> Iterator[Operation]:
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in REQUESTS:
            method, path = _text(node.args[0]), _text(node.args[1])
            if method and path and path.startswith("/v1/"):
                yield Operation(method.upper(), path, _params(function, modules))


def _text(node: ast.expr) -> str | None:
    """The constant, or the template of a `"...".format(...)`."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
        node = node.func.value
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _params(function: ast.FunctionDef, modules: dict[str, str]) -> tuple[str, str] | None:
    arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    annotation = next((a.annotation for a in arguments if a.arg == "params"), None)
    if annotation is None:
        return None
    names = (n.value for n in ast.walk(annotation) if isinstance(n, ast.Constant) and isinstance(n.value, str))
    return next(((modules[name], name) for name in names if name in modules), None)
