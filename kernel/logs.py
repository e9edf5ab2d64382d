"""Logs: one line an event, JSON in production, with no personal text in them."""

from __future__ import annotations

import logging

import structlog

from kernel.config import Config


def configure(config: Config) -> None:
    """Set up structlog for this process."""
    level = logging.INFO if config.env != "test" else logging.CRITICAL
    renderer = (
        structlog.processors.JSONRenderer()
        if config.env == "production"
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=False,
    )
