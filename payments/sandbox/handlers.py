"""The operations that the sandbox imitates: each says which parameters it heeds, so that none is ever ignored."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from payments.sandbox.gate.contract import check, leaves
from payments.sandbox.gate.forms import Tree
from payments.sandbox.gate.operations import Operation
from payments.sandbox.refusals import unsupported
from payments.sandbox.turns import Turn

Json = dict[str, Any]
Work = Callable[[Turn, Json], Json]


@dataclass(frozen=True)
class Handler:
    """What answers one operation; `heeds` are names such as `line_items[].quantity`, each with all that is under it."""

    work: Work
    heeds: tuple[str, ...]

    def read(self, operation: Operation, given: dict[str, Tree]) -> Json:
        """The parameters, typed; refuses what Stripe would refuse and what the sandbox would have to ignore."""
        params = check(operation.schema(), given)
        for leaf in leaves(given):
            if not any(leaf == name or leaf.startswith((f"{name}.", f"{name}[")) for name in self.heeds):
                raise unsupported(f"the parameter {leaf}", leaf)
        return params


HANDLERS: dict[str, Handler] = {}


def imitates(operation: str, *heeds: str) -> Callable[[Work], Work]:
    """Register the function that answers an operation, for example `POST /v1/refunds`."""

    def register(work: Work) -> Work:
        HANDLERS[operation] = Handler(work, heeds)
        return work

    return register
