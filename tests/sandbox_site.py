"""The sandbox on a port of its own, so that a page's policy towards Stripe's host is really tried."""

from __future__ import annotations

from typing import Any

import wsgi
from payments import connection


def create_app() -> Any:
    """The sandbox's own WSGI application."""
    wsgi.create_app()
    assert connection.sandbox is not None
    return connection.sandbox.app
