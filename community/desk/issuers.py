"""Issuers at the desk: what those are called who pay for points, and a choice among those who exist."""

from __future__ import annotations

from flask_babel import gettext as _

from community.earning.issuers import COMMUNITY
from kernel import owners
from kernel.forms import Choice, options


def named() -> dict[str, str]:
    """What issuers are called, by plain name: the community, every brand, every campaign that was launched."""
    return {COMMUNITY: _("The community"), **owners.every("brand", "campaign")}


def offer(field: Choice, names: dict[str, str], stands: str = COMMUNITY) -> None:
    """Let a field choose among issuers; what stands there stays, by its plain name, when nobody knows it any more."""
    field.choices = options({stands: stands, **names}.items() if stands not in names else names.items())
