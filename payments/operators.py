"""Operators: the only ones who see all money, and who set right what was parked."""

from __future__ import annotations

from kernel.errors import NotFound
from kernel.viewer import Viewer


def only(viewer: Viewer) -> None:
    """Raise NotFound for everybody else."""
    if not viewer.has("operator"):
        raise NotFound
