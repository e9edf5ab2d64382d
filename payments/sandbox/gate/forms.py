"""Stripe's form encoding: `line_items[0][price_data][currency]=usd` as nested values."""

import re
from typing import TypeAlias
from urllib.parse import parse_qsl

from payments.sandbox.refusals import Refusal

Tree: TypeAlias = "str | dict[str, Tree]"

NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
FIELDS = 2_000  # more fields, or deeper nesting, than any call of ours could need
DEPTH = 8


def decode(form: str) -> dict[str, Tree]:
    """The fields as nested dicts (a list has its indices as keys); what is no form is refused with 400."""
    try:
        pairs = parse_qsl(form, keep_blank_values=True, max_num_fields=FIELDS, errors="strict")
    except ValueError as wrong:
        raise Refusal("Invalid request: the body is no form in UTF-8.") from wrong
    tree: dict[str, Tree] = {}
    for name, value in pairs:
        if "\0" in value:
            raise Refusal(f"Invalid string: {name}", param=name)
        _plant(tree, name, _keys(name), value)
    return tree


def _keys(name: str) -> list[str]:
    found = NAME.fullmatch(name)
    keys = [found[1], *re.findall(r"\[([^\[\]]*)\]", found[2])] if found else []
    if not 1 <= len(keys) <= DEPTH:
        raise Refusal(f"Invalid request: the parameter name {name!r} is not well formed.", param=name)
    return keys


def _plant(tree: dict[str, Tree], name: str, keys: list[str], value: str) -> None:
    branch = tree
    for key in keys[:-1]:
        child = branch.setdefault(key or str(len(branch)), {})
        if isinstance(child, str):
            raise Refusal(f"Invalid request: {name} is given twice, as a value and as an object.", param=name)
        branch = child
    last = keys[-1] or str(len(branch))
    if last in branch:
        raise Refusal(f"Invalid request: {name} is given twice.", param=name)
    branch[last] = value
