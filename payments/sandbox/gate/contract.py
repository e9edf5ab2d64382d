"""The parameters of a call held against the library's own types, and answered in Stripe's words where they differ."""

import re
import sys
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

import typing_extensions
from stripe._request_options import RequestOptions

from payments.sandbox.gate.forms import Tree
from payments.sandbox.refusals import Refusal, missing_param

Json = dict[str, Any]
MARKS = (typing_extensions.NotRequired, typing_extensions.Required)
INTEGER = re.compile(r"-?[0-9]{1,18}")
NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,12})?")


def check(schema: Any, given: dict[str, Tree], inside: str = "") -> Json:
    """The parameters with their right types, or the refusal that Stripe would give."""
    fields, required = _fields(schema) if schema else ({}, frozenset())
    unknown = [_named(inside, name) for name in given if name not in fields]
    if unknown:
        plural = "s" if len(unknown) > 1 else ""
        message = f"Received unknown parameter{plural}: {', '.join(unknown)}"
        raise Refusal(message, code="parameter_unknown", param=unknown[0])
    for name in sorted(required - given.keys()):
        raise missing_param(_named(inside, name))
    return {name: _value(fields[name], value, _named(inside, name)) for name, value in given.items()}


@cache
def _fields(schema: Any) -> tuple[dict[str, Any], frozenset[str]]:
    """The types of a TypedDict's own fields and the names of the required ones."""
    names = dict(vars(sys.modules[schema.__module__]))
    # Two names that the base class mentions are imported for type checkers only.
    names |= {"StripeContext": object, "Mapping": dict}
    hints = get_type_hints(schema, globalns=names, include_extras=False)
    if RequestOptions in getattr(schema, "__orig_bases__", ()):
        for option in RequestOptions.__annotations__:
            hints.pop(option, None)  # options of the library, such as its retries: never sent as parameters
    return hints, frozenset(schema.__required_keys__) & hints.keys()


def _value(expected: Any, given: Tree, param: str) -> Any:
    kinds = _kinds(expected)
    if isinstance(given, dict):
        return _nested(kinds, given, param)
    literals = [word for kind in kinds if get_origin(kind) in LITERALS for word in get_args(kind)]
    if given in literals:
        return given
    choices = [word for word in literals if word != ""]
    # The library's enums are open ("...|str") so that old releases survive new words; Stripe's own are closed.
    if choices and int not in kinds and not (bool in kinds and given in ("true", "false")):
        raise Refusal(f"Invalid {param}: must be one of {_either(choices)}", param=param)
    if given == "":
        message = f"You passed an empty string for '{param}'. You cannot unset '{param}'."
        raise Refusal(message, code="parameter_invalid_empty", param=param)
    return _scalar(kinds, given, param)


def _nested(kinds: list[Any], given: dict[str, Tree], param: str) -> Any:
    for kind in kinds:
        if is_typeddict(kind) or typing_extensions.is_typeddict(kind):
            return check(kind, given, param)
        if get_origin(kind) is list and all(key.isdecimal() for key in given):
            (item,) = get_args(kind)
            return [_value(item, given[i], f"{param}[{i}]") for i in sorted(given, key=int)]
        if get_origin(kind) is dict:
            (_, item) = get_args(kind)
            return {key: _entry(item, value, f"{param}[{key}]") for key, value in given.items()}
    raise _wrong(kinds, "{...}", param)


def _entry(item: Any, value: Tree, param: str) -> Any:
    # In a map of metadata an empty value unsets its key; it is not a missing value.
    return value if value == "" else _value(item, value, param)


def _scalar(kinds: list[Any], given: str, param: str) -> Any:
    for kind in kinds:
        read = SCALARS.get(kind)
        if read and (value := read(given)) is not None:
            return value
    raise _wrong(kinds, given, param)


def _wrong(kinds: list[Any], given: str, param: str) -> Refusal:
    if int in kinds:
        return Refusal(f"Invalid integer: {given}", code="parameter_invalid_integer", param=param)
    if bool in kinds:
        return Refusal(f"Invalid boolean: {given}", param=param)
    if float in kinds or Decimal in kinds:
        return Refusal(f"Invalid decimal: {given}", param=param)
    if any(get_origin(kind) is list for kind in kinds):
        return Refusal("Invalid array", param=param)
    if str in kinds or all(get_origin(kind) in LITERALS for kind in kinds):
        return Refusal(f"Invalid string: {given}", param=param)
    return Refusal("Invalid object", param=param)


def _kinds(expected: Any) -> list[Any]:
    """The members of a union, or the type alone."""
    origin = get_origin(expected)
    if origin in MARKS:
        return _kinds(get_args(expected)[0])
    if origin in (Union, UnionType):
        return [kind for member in get_args(expected) for kind in _kinds(member)]
    return [expected]


def _named(inside: str, name: str) -> str:
    return f"{inside}[{name}]" if inside else name


def _either(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])}{',' * (len(words) > 2)} or {words[-1]}"


LITERALS = (Literal, typing_extensions.Literal)
SCALARS: dict[Any, Callable[[str], Any]] = {
    int: lambda text: int(text) if INTEGER.fullmatch(text) else None,
    bool: lambda text: {"true": True, "false": False}.get(text),
    float: lambda text: float(text) if NUMBER.fullmatch(text) else None,
    Decimal: lambda text: Decimal(text) if NUMBER.fullmatch(text) else None,
    str: lambda text: text,
}


def leaves(given: dict[str, Tree], inside: str = "") -> list[str]:
    """The names of what was given without list indices: `line_items[].price_data.currency`."""
    names: list[str] = []
    for key, value in given.items():
        name = f"{inside}[]" if key.isdecimal() and inside else f"{inside}.{key}".lstrip(".")
        names += leaves(value, name) if isinstance(value, dict) else [name]
    return names
